"""What every sender's module makes of a submission: its answers, each with what its question is called.

Which answer is which field of a lead is decided in `data/fields.py`.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from pydantic import JsonValue

from orchestration_project.data.payload import flatten, joined, text_of
from orchestration_project.model import JsonObject


class Place(IntEnum):
    """Where something stands: among the answers, beside them, or around them. What stands farther away never
    wins, and what stands around the answers is nobody's name and nobody's company."""

    ANSWER = 0
    NEAR = 1
    AROUND = 2


class Answer(NamedTuple):  # there are many, and a tuple is made sooner than a dataclass
    path: str  # where it stands, whole: `payload.data.Name`
    text: str
    names: tuple[str, ...] = ()  # what its question is called, the name that people see first
    meant: str | None = None  # the lead field that the sender's own structure says it is
    place: Place = Place.ANSWER
    counted: bool = False  # its path holds a position, which is another question's when one is left blank

    @property
    def key(self) -> str:
        """What people are shown, and may write under `fields:`."""
        return self.names[0] if self.names else self.path


Answers = Iterable[Answer]
Reader = Callable[[JsonObject], Iterator[Answer] | None]
"""None: this is not what that sender sends."""


@dataclass(frozen=True)
class Form:
    """A submission taken apart."""

    sender: str  # "" for nobody that we know by their structure
    answers: tuple[Answer, ...]


def answer(
    path: str,
    value: JsonValue,
    *names: JsonValue,
    meant: str | None = None,
    place: Place = Place.ANSWER,
) -> Iterator[Answer]:
    """The answer to one question, whatever it is made of: several choices are one text, and the parts of a
    name or an address are answers of their own."""
    called = tuple(dict.fromkeys(name.strip() for name in names if isinstance(name, str) and name.strip()))
    match value:
        case None:
            yield Answer(path, "", called, meant, place)
        case dict():
            for part, text in flatten(value):
                yield Answer(f"{path}.{part}", text, tuple(f"{name}.{part}" for name in called), None, place)
        case list() if any(isinstance(part, dict | list) for part in value):
            for part, text in flatten(value):
                yield Answer(f"{path}.{part}", text, called, None, place)
        case list():
            yield Answer(path, joined(value), called, meant, place)
        case _:
            yield Answer(path, text_of(value), called, meant, place)


def others(
    payload: JsonObject, read: Collection[str], path: str = "", place: Place = Place.AROUND
) -> Iterator[Answer]:
    """What else stands in the object, but for the keys that were read."""
    for key, value in payload.items():
        if key not in read:
            for inner, text in flatten(value, f"{path}.{key}" if path else key):
                yield Answer(inner, text, place=place)


def as_words(value: JsonValue, names: Mapping[str, str]) -> JsonValue:
    """Choices by what people read, where the sender delivers ids."""
    if isinstance(value, list):
        return [as_words(part, names) for part in value]
    return names.get(value, value) if isinstance(value, str) else value


def mappings(value: JsonValue) -> Iterator[JsonObject]:
    """The objects in a list, or in an object of objects."""
    match value:
        case list():
            yield from (part for part in value if isinstance(part, dict))
        case dict():
            yield from (part for part in value.values() if isinstance(part, dict))
        case _:
            return


def texts(found: JsonObject, *keys: str) -> tuple[str, ...]:
    return tuple(text for key in keys if isinstance(text := found.get(key), str) and text.strip())
