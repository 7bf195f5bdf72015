"""What a mistake in the playbook is, and the words in which it is told to the owner.

Finding mistakes belongs to the modules beside this one.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from pydantic_core import PydanticCustomError

from orchestration_project.errors import PlaybookError


@dataclass(frozen=True)
class Mistake:
    file: str  # as the owner sees it: playbook/playbook.yaml
    line: int | None  # None: the whole file
    what: str
    mend: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.what} Mend: {self.mend}"


def playbook_error(mistakes: Iterable[Mistake]) -> PlaybookError:
    lines = [str(mistake) for mistake in mistakes]
    count = "a mistake" if len(lines) == 1 else f"{len(lines)} mistakes"
    return PlaybookError("\n".join([f"The playbook has {count}:", *lines]))


def refuse(what: str, mend: str) -> PydanticCustomError:
    """What a validator raises; `shape_mistakes` adds file and line."""
    return PydanticCustomError("mistake", "{what}", {"what": what, "mend": mend})


def suggest(wrong: str, known: Iterable[str]) -> str:
    """The mend for a name that is not one of the known ones."""
    names = sorted(known)
    by_folded = {name.casefold(): name for name in names}
    close = get_close_matches(wrong.casefold(), by_folded, n=1, cutoff=0.6)
    if close:
        return f"Did you mean `{by_folded[close[0]]}`?"
    if not names:
        return "There is none to choose from yet: add it, or take this line out."
    few = 25
    listed = ", ".join(names[:few]) + (" …" if len(names) > few else "")
    return f"Use one of: {listed}."


_SECRET = re.compile(
    r"^(sk-|sk_|rk_live|xox[a-z]-|xapp-|pat-|pat[A-Za-z0-9]{14}\.|gh[opsu]_|glpat-|AIza|ya29\.|eyJ|xkeysib-|Bearer\s)"
    r"|://[^/\s]*:[^/\s]*@"  # a URL with a password in it
    r"|hooks\.slack\.com/services/",
)


def looks_secret(value: str) -> bool:
    return bool(_SECRET.search(value))


def shown(value: object) -> str:
    """A value as it may be repeated in a message: short, and never a secret."""
    text = " ".join(str(value).split())
    longest = 40
    if looks_secret(text):
        return "(hidden)"
    return text if len(text) <= longest else text[:longest] + "…"
