"""The id by which a sender itself knows a submission, where it is not called `id`: Jotform, Tally, Typeform.

How the answers of their payloads are read is in `senders/`; what the same id again means, in `revisions.py`.
"""

from orchestration_project.data.payload import UnreadableSubmission, parse_payload
from orchestration_project.model import Delivery, JsonObject

_NAMES = (b"submissionID", b"submissionId", b"form_response")
_LONGEST = 200


def with_own_id(delivery: Delivery) -> Delivery:
    """An edited submission comes with other bytes and the same id, and is no other lead."""
    if delivery.external_id or not any(name in delivery.raw for name in _NAMES):
        return delivery
    try:
        payload = parse_payload(delivery.raw)
    except UnreadableSubmission:
        return delivery
    found = _own_id(payload)
    text = str(found).strip() if isinstance(found, str | int) and not isinstance(found, bool) else ""
    usable = bool(text) and text.isprintable() and len(text) <= _LONGEST
    return delivery.model_copy(update={"external_id": text}) if usable else delivery


def _own_id(payload: JsonObject) -> object:
    match payload:
        case {"form_response": {"token": token, "answers": list()}}:
            return token
        case {"data": {"submissionId": submission, "fields": list()}}:
            return submission
        case {"formID": _, "submissionID": submission}:
            return submission
        case _:
            return None
