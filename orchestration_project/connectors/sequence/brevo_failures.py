"""What Brevo's refusals mean: a 400 has few codes, and its words tell what it is about.

What is asked of it is `brevo.py`.
"""

import re
from http import HTTPStatus

from pydantic import JsonValue

from orchestration_project.errors import LeadRefusedError, ServiceError, SetupError

SERVICE = "Brevo"
CORRECT_NUMBER = "Correct its number under `lists:` on the `sequence:` line: Contacts, Lists shows it."
_ADDRESS = re.compile(r"e-?mail", re.IGNORECASE)
_LIST = re.compile(r"\blists?\b", re.IGNORECASE)
_TAKEN = re.compile(r"already (associated|exist)", re.IGNORECASE)
_LEFT = re.compile(r"unsubscribed|(black|block) ?list", re.IGNORECASE)


def judge(status: int, body: JsonValue) -> ServiceError | None:
    if status != HTTPStatus.BAD_REQUEST or not isinstance(body, dict):
        return None
    if body.get("code") not in ("invalid_parameter", "duplicate_parameter"):
        return None
    return _said(str(body.get("message") or ""))


def _said(words: str) -> ServiceError | None:
    if _TAKEN.search(words):
        told = "says that this address or number belongs to another contact."
        return LeadRefusedError(SERVICE, told, "Look for both in Brevo, and enrol the person by hand.")
    if _LEFT.search(words):
        told = "says that this person has unsubscribed, or that mail came back."
        return LeadRefusedError(SERVICE, told, "Nothing is to be done: only the person can sign up again.")
    if _LIST.search(words):
        return SetupError(SERVICE, "has no list of that number (400).", CORRECT_NUMBER)
    if _ADDRESS.search(words):
        told = "takes the address for an invalid one."
        return LeadRefusedError(SERVICE, told, "Look whether it is, and enrol the person by hand.")
    return None
