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
        case {"formSubmission": dict(submission)} if submission:
            inner = next((key for key in ("fields", "values", "answers") if submission.get(key)), None)
            return _read(payload, "formSubmission", submission[inner] if inner else submission)
        case _ if "websiteId" in payload and {"formId", "formName"} & payload.keys():
            inner = next((key for key in ("fields", "formData") if payload.get(key)), "")
            return _read(payload, inner, payload.get(inner))
        case _:
            return None


def _read(payload: JsonObject, key: str, found: JsonValue) -> Iterator[Answer]:
    fields = found if isinstance(found, dict | list) else payload
    if isinstance(fields, dict):
        for name, value in fields.items():
            if name not in _FORM:
                yield from answer(f"fields.{name}", value, name)
    else:
        for field in mappings(fields):
            label = next(iter(texts(field, "label", "title", "name")), "question")
            yield from answer(f"fields.{label}", field.get("value"), label, *texts(field, "id"))
    yield from others(payload, payload.keys() - _FORM if fields is payload else {key})
