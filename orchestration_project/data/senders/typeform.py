"""Typeform's webhook: answers by the ids of questions, whose titles stand in the form's definition.

As https://www.typeform.com/developers/webhooks/example-payload/ has it. The Responses API is a connector.
"""

from collections.abc import Iterator

from pydantic import JsonValue

from orchestration_project.data.senders.form import Answer, Place, answer, mappings, others, texts
from orchestration_project.model import JsonObject

_MEANT = {"email": "email", "phone_number": "phone"}


def read(payload: JsonObject) -> Iterator[Answer] | None:
    match payload:
        case {"form_response": {"answers": list(answers)} as response} if all(
            isinstance(one, dict) and isinstance(one.get("field"), dict) for one in answers
        ):
            return _read(payload, response)
        case _:
            return None


def _read(payload: JsonObject, response: JsonObject) -> Iterator[Answer]:
    definition = response.get("definition")
    questions = {
        str(question.get("id")): question
        for question in _questions(definition.get("fields") if isinstance(definition, dict) else None)
    }
    for number, given in enumerate(mappings(response["answers"])):
        field = given["field"]
        asked = field if isinstance(field, dict) else {}
        question = {**asked, **questions.get(str(asked.get("id")), {})}
        kind = str(given.get("type", ""))
        key = str(asked.get("ref") or asked.get("id") or number)
        yield from answer(
            f"form_response.answers.{key}",
            _value(given.get(kind), question),
            *texts(question, "title", "ref", "id", "subfield_key"),
            meant=_MEANT.get(kind),
        )
    hidden = response.get("hidden")
    if isinstance(hidden, dict):
        yield from others(hidden, (), "form_response.hidden", Place.NEAR)
    yield from others(response, {"answers", "definition", "hidden", "ending"}, "form_response")
    yield from others(payload, {"form_response"})


def _questions(fields: JsonValue) -> Iterator[JsonObject]:
    for field in mappings(fields):
        yield field
        inner = field.get("properties")
        yield from _questions(inner.get("fields") if isinstance(inner, dict) else None)
        yield from _questions(field.get("fields"))


def _value(value: JsonValue, question: JsonObject) -> JsonValue:
    choices = {str(choice.get("id")): choice.get("label") for choice in mappings(question.get("choices"))}
    match value:
        case {"labels": list(labels)}:
            return [*labels, *texts(value, "other")]
        case {"ids": list(ids)}:
            return [choices.get(str(one)) or one for one in ids]
        case {"label": said} | {"other": said} | {"amount": said}:
            return said
        case {"id": one}:
            return choices.get(str(one)) or one
        case _:
            return value
