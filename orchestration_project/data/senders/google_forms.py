"""Google Forms by Apps Script: `namedValues` of its event, each question with a list of what was answered.

As https://developers.google.com/apps-script/guides/triggers/events has the event of a spreadsheet, and the
usual scripts the responses of a form (`response` beside `question` or `title`).
"""

from collections.abc import Iterator

from pydantic import JsonValue

from orchestration_project.data.senders.form import Answer, Place, answer, others
from orchestration_project.model import JsonObject


def read(payload: JsonObject) -> Iterator[Answer] | None:
    named = payload.get("namedValues")
    return _read(payload, named) if isinstance(named, dict) and named else None


def _read(payload: JsonObject, named: JsonObject) -> Iterator[Answer]:
    for question, value in named.items():
        yield from answer(f"namedValues.{question}", _once(value), question)
    # `values` are the same once more, by their place in the sheet
    yield from others(payload, {"namedValues", "values"}, place=Place.AROUND)


def _once(value: JsonValue) -> JsonValue:
    """A question that was taken from the form and put there again is there twice, blank once."""
    if isinstance(value, list):
        said = [one for one in value if one not in (None, "")]
        return said if len(said) > 1 else next(iter(said), "")
    return value
