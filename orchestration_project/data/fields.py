"""Which answer of a form is which field of a lead, whatever the form calls it.

How a submission is taken apart is in `senders/`, what an answer is called in `asked_fields.py`; what stands
in a field is read in the module of that field.
"""

import html
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from orchestration_project.data.asked_fields import owners_fields, usual_fields
from orchestration_project.data.secrets import is_secret
from orchestration_project.data.senders import Answer, Place, read_form
from orchestration_project.model import JsonObject, Problem
from orchestration_project.text import one_line

_MAX_KEY_CHARACTERS = 200
_KEPT = 8_192  # of paths and labels: a form sends the same ones again and again
_TOGETHER = frozenset({"message", "service"})
"""Of several answers to one of these none is dropped; of others the first one that says anything counts."""
_WHOEVER = frozenset({"name", "first_name", "last_name", "company", "website"})
"""What stands near the answers may be called so and be the form's: its title, its page."""
_OF_THE_VISIT = frozenset(
    {"id", "submitted_at", "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content", "referrer"}
    | {"landing_page", "honeypot"}
)
"""What stands around the answers can only be this."""
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")


@dataclass(frozen=True)
class MappedFields:
    """A submission taken apart, with what looks wrong about its form."""

    values: Mapping[str, str]  # lead field: text, never blank
    extra: Mapping[str, str]  # the form's own key: text of what belongs to no lead field
    problems: tuple[Problem, ...]
    keys: Mapping[str, str] = field(default_factory=dict[str, str])  # lead field: the form's own key of it
    around: frozenset[str] = frozenset()  # those keys of `extra` that nobody was asked


def map_fields(payload: JsonObject, fields: Mapping[str, tuple[str, ...]]) -> MappedFields:
    """`fields` are the owner's names for lead fields; they add to the built-in names and win over them."""
    answers = read_form(payload).answers
    left = dict(enumerate(answers))
    values: dict[str, list[str]] = defaultdict(list)
    keys: dict[str, str] = {}
    asked: set[str] = set()  # fields the form has, filled in or not

    def take(lead_field: str, numbers: Sequence[int]) -> None:
        for number in numbers:
            if number not in left or (lead_field in values and lead_field not in _TOGETHER):
                continue
            asked.add(lead_field)
            taken = left.pop(number)
            text = _readable(taken.text)
            if text.strip() and text not in values.get(lead_field, ()):
                values[lead_field].append(text)
                keys.setdefault(lead_field, taken.key)

    for lead_field, numbers in owners_fields(fields, answers):
        take(lead_field, numbers)
    for place in Place:
        nearer = "email" in values
        there = tuple((n, a.path, a.names, a.meant) for n, a in left.items() if a.place is place)
        for lead_field, number in usual_fields(there):
            if _may_be(lead_field, place, nearer=nearer) and not (place > 0 and lead_field in values):
                take(lead_field, (number,))

    extra, around = _extra(left)
    texts = {lead_field: _join(lead_field, said) for lead_field, said in values.items()}
    _first_or_last(texts, keys)
    return MappedFields(texts, extra, tuple(_renamed(asked, _asked(extra, around), fields)), keys, around)


def _readable(text: str) -> str:
    """Plugins escape for HTML what was never HTML. What is no whole entity stays: `&copy=2`."""
    return _ENTITY.sub(lambda entity: html.unescape(entity[0]), text)


def _join(lead_field: str, said: Sequence[str]) -> str:
    return ("\n\n" if lead_field == "message" else ", ").join(said)


def _may_be(lead_field: str, place: Place, *, nearer: bool) -> bool:
    match place:
        case Place.ANSWER:
            return True
        case Place.NEAR:
            return not nearer or lead_field not in _WHOEVER
        case Place.AROUND:
            return lead_field in _OF_THE_VISIT


def _first_or_last(texts: dict[str, str], keys: dict[str, str]) -> None:
    """A form that asks for `Name` and `Vorname` asks with the first for the last name; one with `Nome` and
    `Cognome`, for the first. Where the one holds the other, it is the whole name."""
    name = texts.get("name")
    for given, lacking in (("first_name", "last_name"), ("last_name", "first_name")):
        if name and given in texts and lacking not in texts:
            part = texts[given].casefold()
            if not set(part.split()) <= set(name.casefold().split()):
                texts[lacking] = texts.pop("name")
                keys[lacking] = keys.pop("name")
                return


def _extra(left: Mapping[int, Answer]) -> tuple[dict[str, str], frozenset[str]]:
    said = [one for one in left.values() if one.text.strip() and not is_secret(one.path)]
    times = Counter(one.key for one in said)
    extra: dict[str, str] = {}
    around: set[str] = set()
    for one in said:
        key = _shown(one.key if times[one.key] == 1 else one.path)
        unique, number = key, 2
        while unique in extra:
            unique, number = f"{key} ({number})", number + 1
        extra[unique] = _readable(one.text)
        if one.place is Place.AROUND:
            around.add(unique)
    return extra, frozenset(around)


@lru_cache(_KEPT)
def _shown(key: str) -> str:
    return one_line(key, _MAX_KEY_CHARACTERS)


def _asked(extra: Mapping[str, str], around: frozenset[str]) -> dict[str, str]:
    return {key: text for key, text in extra.items() if key not in around}


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
        if lead_field in asked:
            continue
        path = next((path for path, text in extra.items() if fits(text.strip())), None)
        if path is not None:
            expected = " or ".join(f"`{name}`" for name in fields.get(lead_field, ()))
            missing = f"question {expected} for the field {lead_field}" if expected else f"field {lead_field}"
            yield Problem(
                field=lead_field,
                code="renamed",
                message=f"The form has no {missing}, but `{path}` holds {what}. "
                f"If the form renamed it, add `fields: {{{lead_field}: [{path}]}}` "
                "to its line in connections.yaml, then replay.",
            )
