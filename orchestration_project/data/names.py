"""Reading the name of a person, in any script.

How a name is used in a greeting is the draft's part.
"""

import re
from dataclasses import dataclass

import nameparser
from linkify_it import LinkifyIt

from orchestration_project.model import Problem
from orchestration_project.text import one_line

_MAX_CHARACTERS = 120
# Han, Kana and Hangul: written family name first and often without a space, so a split would be a guess
_CJK = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003fffd]")
_LINKS = LinkifyIt()


@dataclass(frozen=True)
class Name:
    """A person's name as far as it can be told apart; a full name alone is left whole."""

    full: str | None = None
    given: str | None = None
    family: str | None = None


def read_name(full: str, given: str, family: str) -> tuple[Name, Problem | None]:
    """The name from a form's one name field, its two, or all three. Words in capitals only, or in small
    letters only, get the usual case; a name in mixed case is left as its bearer wrote it."""
    typed = full, given, family
    full, given, family = (one_line(part, _MAX_CHARACTERS) for part in typed)
    if any("@" in part or _LINKS.test(part) for part in (full, given, family)):
        return Name(), Problem(
            field="name",
            code="ignored",
            message="The name holds a link or an e-mail address, which is how spam reaches a greeting. "
            "It is left out; the submission itself is kept.",
        )
    problem = None
    if max(map(len, typed)) > _MAX_CHARACTERS:
        problem = Problem(
            field="name",
            code="too_long",
            message=f"The name is longer than {_MAX_CHARACTERS} characters; the rest was cut off.",
        )
    return (_two_fields(full, given, family) if given or family else _one_field(full)), problem


def _one_field(text: str) -> Name:
    if not text or _CJK.search(text):
        return Name(full=text or None)
    parsed = nameparser.parse(text).capitalized()
    regular = str(parsed) if "," in text or _single_case(text) else text
    return Name(full=regular or text, given=_beyond_initial(parsed.given), family=parsed.family or None)


def _two_fields(full: str, given: str, family: str) -> Name:
    if _CJK.search(given + family):
        return Name(full=full or f"{family} {given}".strip(), given=given or None, family=family or None)
    # "family, given" is the one order the parser never has to guess
    family_first = ", ".join(part.replace(",", " ") for part in (family, given) if part)
    parsed = nameparser.parse(family_first).capitalized() if given and family else None
    if parsed and parsed.family and parsed.given:
        given, family = f"{parsed.given} {parsed.middle}".strip(), parsed.family
    else:
        given, family = _cased(given), _cased(family)
    regular = _one_field(full).full or f"{given} {family}".strip()
    return Name(full=regular, given=_beyond_initial(given), family=family or None)


def _cased(text: str) -> str:
    return str(nameparser.parse(text).capitalized()) or text


def _single_case(text: str) -> bool:
    return text.isupper() or text.islower()


def _beyond_initial(given: str) -> str | None:
    """Nobody wants to be greeted as "Hello J."."""
    return given if len(given.rstrip(".")) > 1 else None
