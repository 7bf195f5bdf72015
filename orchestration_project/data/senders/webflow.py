"""Webflow's webhook for a form: the form's name stands beside `data`, where the answers are.

As https://developers.webflow.com/data/reference/webhooks/events/form-submission has it; its first version,
too.
"""

from collections.abc import Iterator

from orchestration_project.data.senders.form import Answer, answer, others
from orchestration_project.model import JsonObject


def read(payload: JsonObject) -> Iterator[Answer] | None:
    match payload:
        case {"triggerType": "form_submission", "payload": {"data": dict(data)} as submission}:
            return _read(payload, submission, data, "payload.")
        case {"data": dict(data), "name": str(), "site": str(), "d": _}:
            return _read({}, payload, data, "")
        case _:
            return None


def _read(payload: JsonObject, submission: JsonObject, data: JsonObject, path: str) -> Iterator[Answer]:
    for name, value in data.items():
        yield from answer(f"{path}data.{name}", value, name)
    yield from others(submission, {"data", "schema"}, path.rstrip("."))
    yield from others(payload, {"payload"})
