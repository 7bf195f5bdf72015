"""What a form service's questions are called in a submission, and which of them are gone.

Which question is which field of a lead is decided in `data/fields.py`.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from pydantic import JsonValue

from orchestration_project.connectors.base import Health
from orchestration_project.connectors.form_source.interface import FormHealth
from orchestration_project.model import Delivery, Frozen, JsonObject
from orchestration_project.text import one_line

Fields = Mapping[str, Sequence[str]]
"""`fields:` of the source's line in connections.yaml: lead field, then names of questions."""

LONGEST_NAME = 60  # as people are shown it


class Question(Frozen):
    id: str
    title: str = ""
    ref: str = ""  # a name of its own that outlives a new title, where the service has one
    asked: bool = True  # False: of no person (a hidden or calculated field, a text between questions)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name in (self.title, self.ref, self.id) if name)


def names_of(questions: Sequence[Question], fields: Fields) -> dict[str, str]:
    """Question id: the name under which its answer is delivered. That is the title, as people see it;
    the ref or id where `fields:` names that, since it outlives a new title, or where titles are alike."""
    wanted = {_plain(name) for names in fields.values() for name in names}
    titles = Counter(_plain(question.title) for question in questions)
    named: dict[str, str] = {}
    for question in questions:
        by_key = [key for key in (question.ref, question.id) if key and _plain(key) in wanted]
        alone = question.title and titles[_plain(question.title)] == 1
        key = question.ref or question.id
        title = question.title if alone else f"{question.title} ({key})" if question.title else key
        named[question.id] = by_key[0] if by_key else title
    return named


def delivery(
    external_id: str, submitted_at: str, answers: Iterable[tuple[str, JsonValue]], hidden: JsonObject
) -> Delivery:
    """A submission in the shape that the data layer takes apart: its answers as name and value. A list
    of a service has no bytes of its own for each element, so they are written here, in ASCII, so that
    any text survives."""
    payload: JsonObject = {
        "id": external_id,
        "submitted_at": submitted_at,
        "answers": [{"name": name, "value": value} for name, value in answers],
        "hidden": hidden,
    }
    return Delivery(external_id=external_id, raw=json.dumps(payload).encode("ascii"))


def health(form: str, questions: Sequence[Question], others: Iterable[str], fields: Fields) -> Health:
    """Of a form that could be read. `others` are names besides the questions: its hidden fields."""
    known = {_plain(name) for question in questions for name in question.names}
    known |= {_plain(name) for name in others}
    named = names_of(questions, fields)
    asks = tuple(named[question.id] for question in questions if question.asked)
    gone = [
        f"`{names[0]}` ({field})"
        for field, names in fields.items()
        if names and not any(_plain(name) in known for name in names)
    ]
    if gone:
        return FormHealth(
            ok=False,
            says=f"The form {form} has no question {', '.join(gone)} any more; connections.yaml maps it.",
            mend=f"Correct `fields:` on its line. The form asks {listed(asks, most=20)}.",
            asks=asks,
        )
    return FormHealth(ok=True, says=f"The form {form} can be read; it asks {len(asks)} questions.", asks=asks)


def listed(names: Sequence[str], most: int = 8) -> str:
    """For people. A name may be anything that somebody typed: a paragraph, or what a terminal obeys."""
    shown = [f"`{_short(one_line(name, LONGEST_NAME + 1))}`" for name in names[:most]]
    more = len(names) - most
    return ", ".join(shown) + (f" and {more} more" if more > 0 else "")


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())
