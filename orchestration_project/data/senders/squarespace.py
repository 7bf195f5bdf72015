"""Squarespace's form block, as its own notification and the automations behind it hand it on.

Squarespace posts to no address of one's own; Zapier and the like get what people see as names, and a name
in parts.
"""

from collections.abc import Iterator

from pydantic import JsonValue

from orchestration_project.data.senders.form import Answer, answer, mappings, others, texts
from orchestration_project.model import JsonObject

_FORM = frozenset(
    {"formId", "formName", "formSubmissionId", "submittedOn", "websiteId", "collectionId", "blockId"}
)


def read(payload: JsonObject) -> Iterator[Answer] | None:
    match payload:
        case {"formSubmission": dict(submission)}:
            inner = submission.get("fields") or submission.get("values") or submission.get("answers")
            return _read(payload, inner if isinstance(inner, dict | list) else submission)
        case _ if "websiteId" in payload and {"formId", "formName"} & payload.keys():
            inner = payload.get("fields") or payload.get("formData")
            return _read(payload, inner if isinstance(inner, dict | list) else payload)
        case _:
            return None


def _read(payload: JsonObject, fields: JsonObject | list[JsonValue]) -> Iterator[Answer]:
    if isinstance(fields, dict):
        for name, value in fields.items():
            if name not in _FORM:
                yield from answer(f"fields.{name}", value, name)
    else:
        for field in mappings(fields):
            label = next(iter(texts(field, "label", "title", "name")), "question")
            yield from answer(f"fields.{label}", field.get("value"), label, *texts(field, "id"))
    if fields is payload:
        yield from others(payload, payload.keys() - _FORM)
    else:
        yield from others(payload, {"formSubmission", "fields", "formData"})
