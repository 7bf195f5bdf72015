"""Calendly's webhook of somebody who booked: the invitee, and the questions they were asked.

As https://developer.calendly.com/api-docs has `invitee.created`. What the event and its members are called
is around the answers.
"""

from collections.abc import Iterator

from orchestration_project.data.senders.form import Answer, Place, answer, mappings, others, texts
from orchestration_project.model import JsonObject

_PERSON = ("name", "first_name", "last_name", "email")


def read(payload: JsonObject) -> Iterator[Answer] | None:
    match payload:
        case {"payload": {"email": str(), "questions_and_answers": list()} as invitee}:
            return _read(payload, invitee)
        case {"event": str(), "payload": {"email": str(), "scheduled_event": dict()} as invitee}:
            return _read(payload, invitee)
        case _:
            return None


def _read(payload: JsonObject, invitee: JsonObject) -> Iterator[Answer]:
    for key in _PERSON:
        if invitee.get(key):
            yield from answer(f"payload.{key}", invitee[key], key)
    for one in mappings(invitee.get("questions_and_answers")):
        question = next(iter(texts(one, "question")), "question")
        yield from answer(f"payload.questions_and_answers.{question}", one.get("answer"), question)
    yield from answer(
        "payload.text_reminder_number",
        invitee.get("text_reminder_number"),
        "text_reminder_number",
        meant="phone",
    )
    yield from answer("payload.timezone", invitee.get("timezone"), "time_zone", place=Place.NEAR)
    tracking = invitee.get("tracking")
    if isinstance(tracking, dict):
        yield from others(tracking, (), "payload.tracking", Place.NEAR)
    read_ = {*_PERSON, "questions_and_answers", "text_reminder_number", "timezone", "tracking"}
    yield from others(invitee, read_, "payload")
    yield from others(payload, {"payload"})
