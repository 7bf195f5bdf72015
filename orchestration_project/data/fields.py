"""Which field of a form is which field of a lead, whatever the form calls it.

What stands in the field is read in the module of that field, not here.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from orchestration_project.data.payload import flatten
from orchestration_project.model import JsonObject, Problem
from orchestration_project.model.fields import FIELD_NAMES
from orchestration_project.text import one_line

# Containers that services put around a form's answers; they say nothing about the field inside.
_WRAPPERS = frozenset(
    {"answers", "body", "contact", "data", "fields", "form", "formresponse", "hidden", "payload", "person"}
    | {"properties", "response", "submission", "values"}
)
_MAX_KEY_CHARACTERS = 200


@dataclass(frozen=True)
class MappedFields:
    """A submission taken apart, with what looks wrong about its form."""

    values: Mapping[str, str]  # lead field: text, never blank
    extra: Mapping[str, str]  # the form's own key: text of what belongs to no lead field
    problems: tuple[Problem, ...]


def map_fields(payload: JsonObject, fields: Mapping[str, tuple[str, ...]]) -> MappedFields:
    """`fields` are the owner's names for lead fields; they add to the built-in names and win over them."""
    unused: dict[str, str] = {}
    paths: dict[str, list[str]] = defaultdict(list)
    for path, text in flatten(payload):
        key = one_line(path, _MAX_KEY_CHARACTERS)
        unused[key] = text
        paths[_plain(key)].append(key)

    values: dict[str, str] = {}
    asked: set[str] = set()  # fields the form has, filled in or not
    for names in (fields, FIELD_NAMES):
        for lead_field, path in _matches(names, paths):
            if path in unused and lead_field not in values:
                asked.add(lead_field)
                text = unused.pop(path)
                if text.strip():
                    values[lead_field] = text

    extra = {path: text for path, text in unused.items() if text.strip()}
    return MappedFields(values, extra, tuple(_renamed(asked, extra, fields)))


def _matches(
    names: Mapping[str, tuple[str, ...]], paths: Mapping[str, list[str]]
) -> Iterator[tuple[str, str]]:
    for lead_field in FIELD_NAMES:
        for name in names.get(lead_field, ()):
            for path in paths.get(_plain(name), ()):
                yield lead_field, path


def _plain(path: str) -> str:
    *around, last = path.casefold().split(".")
    telling = [part for part in around if part not in _WRAPPERS and not part.isdigit()]
    return "".join(character for character in "".join([*telling, last]) if character.isalnum())


_MAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>.]{2,}")
_PHONE = re.compile(r"(?:\+|0)(?:[ ()./-]*\d){9,14}")
_SENTENCE_WORDS = 8
_LOOKS: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
    ("email", "an e-mail address", lambda text: bool(_MAIL.fullmatch(text))),
    ("phone", "a phone number", lambda text: bool(_PHONE.fullmatch(text))),
    ("message", "a longer text", lambda text: len(text.split()) >= _SENTENCE_WORDS),
)


def _renamed(
    asked: set[str], extra: Mapping[str, str], fields: Mapping[str, tuple[str, ...]]
) -> Iterator[Problem]:
    """A form that was edited is the usual reason for a field that is suddenly gone: say where it went."""
    for lead_field, what, fits in _LOOKS:
        path = next((path for path, text in extra.items() if fits(text.strip())), None)
        if lead_field not in asked and path is not None:
            expected = " or ".join(f"`{name}`" for name in fields.get(lead_field, ()))
            missing = f"question {expected} for the field {lead_field}" if expected else f"field {lead_field}"
            yield Problem(
                field=lead_field,
                code="renamed",
                message=f"The form has no {missing}, but `{path}` holds {what}. "
                f"If the form renamed it, add `fields: {{{lead_field}: [{path}]}}` "
                "to its line in connections.yaml, then replay.",
            )
