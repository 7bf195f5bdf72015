"""What stands in a field for a name and is nobody's name, or only surrounds one.

How a name is taken apart is in `names.py`.
"""

import re
from collections.abc import Sequence

from orchestration_project.text import words

_OF_PROGRAMS = words("null undefined nan none (none) n/a #n/a #ref! [object object] false true nil nobody")
"""What a form, a sheet or a script writes where it found no value. Beside another name each may be a family
name (Null, True): only a name of nothing else is none."""
_NEVER_A_NAME = _OF_PROGRAMS - words("null none true false nil nobody")
_OF_CODE = re.compile(r"[=<>{}\[\]|;\\*^~`$%#]|\d{4,}|\(\)")
_SALUTATIONS = words(
    "mr mrs ms miss mx herr frau dr prof monsieur madame mme mlle señor señora sr sra srta dhr mevr mr. mrs."
)
_GLUED = re.compile(
    r"\b(mr|mrs|ms|mx|dr|prof|hr|fr|ing|ir|mme|mlle|sr|sra|srta|dott|dra|eng|mag|[bm]\.(?:sc|eng|ed|ing)|"
    r"ph\.d|dr\.med)\.(?=[^\W\d_]{3,})(?-i:(?=[A-ZÀ-ÖØ-Þ]))",
    re.IGNORECASE,
)
_DEGREES = re.compile(
    r"^(?:(?:[bm]\.?(?:sc|eng|ed)|ph\.?d|ll\.[bm]|ing\.arch|d\.ssa|univ\.-?(?:prof|doz)(?:\.in)?|ir)\.?\s+)+"
    r"(?=\S)",
    re.IGNORECASE,
)
"""Which the library takes for first names, for the dot in them."""
_PATRONYMIC = re.compile(r"(?:вич|вна|ична|[оО]глы|[кК]ызы)$")
_ROLE = re.compile(r"^(?:CEO|CFO|CTO|COO|CMO|MD|Owner|Founder|(?:Managing )?Director)[,:]?\s+(?=\S+\s\S)")
_QUOTED = re.compile(r"^[\"“”„'‘’«»](?P<inside>[^\"“”„«»]+)[\"“”'‘’«»](?=\s|$)")


def without_programs(parts: Sequence[str]) -> list[str]:
    """Without what no person has typed."""
    if all(_are(part, _OF_PROGRAMS) for part in parts if part):
        return ["" for _ in parts]
    return ["" if _are(part, _NEVER_A_NAME) else part for part in parts]


def _are(text: str, these: frozenset[str]) -> bool:
    return all(word in these for word in text.casefold().split())


def is_code(text: str) -> bool:
    """Signs that stand in no name: a formula, a tag, a statement."""
    return _OF_CODE.search(text) is not None


def is_salutation(text: str) -> bool:
    """`Mr`, `Dr.`, `Prof. Dr.`: how somebody is addressed, and no first name."""
    return bool(text) and all(word.rstrip(".") in _SALUTATIONS for word in text.casefold().split())


def is_handle(text: str) -> bool:
    """`jo.bloggs`, `jane_doe92`: what somebody is called on a computer."""
    return re.fullmatch(r"[a-z]{2,}\.[a-z]{2,}|\S*\w[\d_]\w*", text) is not None


def by_patronymic(text: str) -> str:
    """`Петров Иван Сергеевич`, as official forms have it, with the family name at the end."""
    match text.split():
        case [family, given, father] if _PATRONYMIC.search(father) and not _PATRONYMIC.search(given):
            return f"{given} {father} {family}"
        case _:
            return text


def apart(text: str) -> str:
    """`Mr.John Doe` with a blank; without degrees, posts, and the quotes in which a sheet put a name."""
    return _ROLE.sub("", _DEGREES.sub("", _GLUED.sub(r"\1. ", _QUOTED.sub(r"\g<inside>", text))))
