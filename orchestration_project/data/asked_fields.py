"""What an answer of a form is called, and which field of a lead that names: by the owner's words, by the
usual ones, by what the sender itself says.

Which of several answers counts is decided in `fields.py`.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import lru_cache

from orchestration_project.data.labels import plain, usual_field
from orchestration_project.data.senders import Answer
from orchestration_project.model.fields import FIELD_NAMES

# Containers that services put around a form's answers; they say nothing about the field inside.
_WRAPPERS = frozenset(
    {"answers", "body", "contact", "data", "fields", "form", "formresponse", "hidden", "payload", "person"}
    | {
        "properties",
        "response",
        "submission",
        "values",
        "lead",
        "customer",
        "formdata",
        "submissiondata",
        "user",
        "questions",
        "names",
        "item",
        "merges",
        "humanfields",
        "formfields",
        "urlparameters",
        "usercolumndata",
        "entry",
    }
    | {"from", "sender", "respondent", "submitter", "visitor", "prospect", "attendee", "invitee"}
    | {"responses", "profile", "attributes", "subscriber", "fielddata", "columnvalues", "tracking", "array"}
    | {"json", "events", "pages"}
)
_OF_A_VALUE = frozenset(
    {"value", "values", "answer", "answers", "response", "text", "plain_text", "rich_text"}
)
"""What stands between a question and its answer: `E-Mail.0.answer`."""
_KEPT = 8_192  # of paths and labels: a form sends the same ones again and again
_FORMS = 256  # whole forms; a file of old leads is one
_PARTS = {
    **dict.fromkeys(("first", "firstname", "given", "givenname", "fname"), "first_name"),
    **dict.fromkeys(("last", "lastname", "family", "familyname", "surname", "lname"), "last_name"),
}
_PLAIN_NAMES = {lead_field: tuple(map(plain, names)) for lead_field, names in FIELD_NAMES.items()}
_STEP = re.compile(r"\.(?=\S)|(?<=[^\W_])__(?=[^\W_])")
"""Of a path, also as Zapier writes one; the dot in `Phone No.` and `1. First name` is none."""


def owners_fields(
    fields: Mapping[str, tuple[str, ...]], answers: Sequence[Answer]
) -> Iterator[tuple[str, tuple[int, ...]]]:
    """An owner's name is a whole path, or else what the question is called, or else the end of a path. It is
    never a position: that is another question's as soon as one is left blank."""
    named = {number: one for number, one in enumerate(answers) if not one.counted}
    ways: tuple[Callable[[Answer, str], bool], ...] = (
        lambda one, name: one.path == name,
        lambda one, name: plain(one.path) == plain(name),
        lambda one, name: any(plain(called) == plain(name) for called in one.names),
        lambda one, name: _ends(one.path, name),
    )
    for lead_field in FIELD_NAMES:
        for name in fields.get(lead_field, ()):
            for way in ways:
                found = sorted(
                    (number for number, one in named.items() if way(one, name)),
                    key=lambda number: named[number].place,
                )
                if found:
                    yield lead_field, tuple(found)
                    break


def _ends(path: str, name: str) -> bool:
    parts, end = path.split("."), name.split(".")
    return [plain(part) for part in parts[-len(end) :]] == [plain(part) for part in end] or plain(
        name
    ) == _telling(path)


@lru_cache(_FORMS)
def usual_fields(
    answers: tuple[tuple[int, str, tuple[str, ...], str | None], ...],
) -> tuple[tuple[str, int], ...]:
    """By the names that machines give, then by the words that people see, then by what the sender says. Of
    each answer its number, path, names and what the sender means: what was answered plays no part."""
    by_name: dict[str, list[int]] = defaultdict(list)
    by_field: dict[str, list[int]] = defaultdict(list)
    for number, path, names, _meant in answers:
        for name in dict.fromkeys(map(plain, names) if names else (_telling(path),)):
            by_name[name].append(number)
        if (lead_field := _by_label(names, path)) is not None:
            by_field[lead_field].append(number)
    meant = {number: said for number, _path, _names, said in answers if said}
    found: list[tuple[str, int]] = []
    for lead_field, usual in _PLAIN_NAMES.items():
        named = [number for name in usual for number in by_name.get(name, ())]
        found += [(lead_field, one) for one in named if meant.get(one, lead_field) in (lead_field, "email")]
        found += [(lead_field, number) for number in by_field.get(lead_field, ())]
    found += [(lead_field, number) for number, lead_field in meant.items()]
    return tuple(found)


@lru_cache(_KEPT)
def _by_label(names: tuple[str, ...], path: str) -> str | None:
    for label in names or (path,):
        *above, last = _steps(label)
        whole = ".".join(above)
        part = _PARTS.get(plain(last))
        if part and "name" in {usual_field(whole), usual_field(above[-1] if above else "")}:
            return part
        if not names and whole and _telling(label) != plain(last):
            continue  # `address.name` is nobody's name
        if (found := usual_field(label if names else last)) is not None:
            return found
    return None


@lru_cache(_KEPT)
def _steps(path: str) -> tuple[str, ...]:
    """To what an answer is called, without what stands between its name and itself."""
    steps = _STEP.split(path)
    while len(steps) > 1 and (
        steps[-1].isdigit()
        or steps[-1].casefold() in _OF_A_VALUE
        or steps[-1].casefold() == steps[-2].casefold()
    ):
        steps.pop()
    return tuple(steps)


@lru_cache(_KEPT)
def _telling(path: str) -> str:
    *around, last = _steps(path.casefold())
    telling = [part for part in around if plain(part) not in _WRAPPERS and not part.isdigit()]
    return plain("".join([*telling, last]))
