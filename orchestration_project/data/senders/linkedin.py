"""A lead of a LinkedIn Lead Gen Form, as the Lead Sync API gives it: answers by question, choices by number.

As https://learn.microsoft.com/linkedin/marketing/lead-sync/leadsync has it. Where the form is sent along
(`form`), its questions' names and choices' words are read there.
"""

from collections.abc import Iterator

from pydantic import JsonValue

from orchestration_project.data.senders.form import Answer, answer, mappings, others, texts
from orchestration_project.model import JsonObject


def read(payload: JsonObject) -> Iterator[Answer] | None:
    match payload:
        case {"formResponse": {"answers": list(answers)} as response} if answers and all(
            isinstance(one, dict) and isinstance(one.get("answerDetails"), dict) for one in answers
        ):
            return _read(payload, response)
        case _:
            return None


def _read(payload: JsonObject, response: JsonObject) -> Iterator[Answer]:
    questions = {str(question.get("questionId")): question for question in _questions(payload)}
    for one in mappings(response["answers"]):
        key = str(one.get("questionId", one.get("name", "")))
        question = {**one, **questions.get(key, {})}
        predefined = question.get("predefinedField")
        names = texts({**question, "asked": _text(question.get("question"))}, "asked", "name", "label")
        known = predefined.lower() if isinstance(predefined, str) else None
        yield from answer(
            f"formResponse.answers.{key}", _value(one["answerDetails"], question), *names, known, key
        )
    for one in mappings(response.get("consentResponses")):
        key = str(one.get("consentId"))
        yield from answer(f"formResponse.consentResponses.{key}", one.get("accepted"), f"consent {key}")
    yield from others(response, {"answers", "consentResponses"}, "formResponse")
    yield from others(payload, {"formResponse", "form"})


def _questions(payload: JsonObject) -> Iterator[JsonObject]:
    form = payload.get("form")
    content = form.get("content") if isinstance(form, dict) else None
    for place in (form, content):
        if isinstance(place, dict):
            yield from mappings(place.get("questions"))


def _value(details: JsonValue, question: JsonObject) -> JsonValue:
    match details:
        case {"textQuestionAnswer": {"answer": said}}:
            return said
        case {"multipleChoiceAnswer": {"options": list(options)}}:
            asked = question.get("questionDetails")
            inner = asked.get("multipleChoiceQuestionDetails") if isinstance(asked, dict) else None
            choices = {
                str(option.get("id")): _text(option.get("text"))
                for option in mappings(inner.get("options") if isinstance(inner, dict) else None)
            }
            return [choices.get(str(option)) or option for option in options]
        case _:
            return details


def _text(value: JsonValue) -> JsonValue:
    """A text, perhaps in several languages."""
    match value:
        case {"localized": dict(localized)}:
            return next(iter(localized.values()), None)
        case _:
            return value
