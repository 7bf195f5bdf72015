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
_ADDRESS_OF_OURS = re.compile(r"unrecogni[sz]ed IP|authori[sz]ed.?ip", re.IGNORECASE)
_CLOSED = re.compile(r"validation|activated|suspended|deactivated", re.IGNORECASE)
_OF_THE_QUESTION = re.compile(r"template|redirection ?url|doi\b|optin", re.IGNORECASE)
_LEFT = re.compile(r"unsubscribed|(black|block) ?list", re.IGNORECASE)


class TakenError(LeadRefusedError):
    """There is a contact with this address or number already."""


def judge(status: int, body: JsonValue) -> ServiceError | None:
    if not isinstance(body, dict):
        return None
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return _closed(status, f"{body.get('code')} {body.get('message')}")
    if status != HTTPStatus.BAD_REQUEST:
        return None
    if body.get("code") not in ("invalid_parameter", "duplicate_parameter"):
        return None
    return _said(str(body.get("message") or ""))


def _closed(status: int, words: str) -> ServiceError | None:
    if _ADDRESS_OF_OURS.search(words):
        told = f"lets in only the IP addresses that the account names, and this machine's is none ({status})."
        mend = "Add it in Brevo (Security, Authorized IPs), or switch that rule off; then run `leads doctor`."
        return SetupError(SERVICE, told, mend)
    if _CLOSED.search(words):
        told = f"says that the account is not activated, or under validation ({status})."
        return SetupError(SERVICE, told, "Sign in to Brevo, which says why; then run `leads doctor`.")
    return None


def _said(words: str) -> ServiceError | None:
    if _TAKEN.search(words):
        told = "says that this address or number belongs to another contact."
        return TakenError(SERVICE, told, "Look for both in Brevo, and enrol the person by hand.")
    if _LEFT.search(words):
        told = "says that this person has unsubscribed, or that mail came back."
        return LeadRefusedError(SERVICE, told, "Nothing is to be done: only the person can sign up again.")
    if _OF_THE_QUESTION.search(words):
        told = "does not take the template or the redirect of `double_opt_in` (400)."
        mend = (
            "Correct them on the `sequence:` line: a template tagged `optin`, and a whole https:// address."
        )
        return SetupError(SERVICE, told, mend)
    if _LIST.search(words):
        return SetupError(SERVICE, "has no list of that number (400).", CORRECT_NUMBER)
    if _ADDRESS.search(words):
        told = "takes the address for an invalid one."
        return LeadRefusedError(SERVICE, told, "Look whether it is, and enrol the person by hand.")
    return None
