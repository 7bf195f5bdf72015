"""Which HTTP status means which error, for every web API.

When a request is repeated is decided in `http.py`; what an answer means to one service, in its connector.
"""

import math
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import httpx

from orchestration_project.connectors.http_message import is_html
from orchestration_project.errors import (
    CredentialError,
    PermanentServiceError,
    RefusedForNow,
    ServiceError,
    SetupError,
    TransientServiceError,
)

WAIT = "It is tried again by itself; if this lasts, look at the service's status page."
RENEW = "Renew the credential or widen its rights, then run `leads doctor`."
CHECK_ADDRESS = "Check the base URL in the environment, then run `leads doctor`."
_PAY = "Look at the account's plan and payment, then run `leads doctor`."
_MAKE_ROOM = "Make room in the account, then run `leads doctor`."
_MEND = "Repeating it will not help: mend what it names, then run the lead again."

_NOTHING_DONE = (425, 429, 477)
"""Refusals that pass by themselves: too early, too many; 477 is HubSpot's, of an account that moves."""
_FOR_A_WHILE = (408, 423)
"""Too slow; and locked, which is about one record and says nothing of the service."""
_OF_A_GATEWAY = (408, 502, 504, *range(520, 528))
"""The word of a proxy, while the service behind it may still be at work. 520 to 527 are Cloudflare's."""
_NEVER_PASSES = (501, 505, 507)


def error_of(
    service: str,
    response: httpx.Response,
    status: int,
    told: str,
    words: str,
    *,
    wait_header: str,
    renew: str = RENEW,
) -> ServiceError:
    """`status` is the one that the answer ought to have come with; `words` are the service's own."""
    told += f": {words}" if words else "."
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return CredentialError(service, told, renew)
    if status == HTTPStatus.PAYMENT_REQUIRED:
        return SetupError(service, told, _PAY)
    if status == HTTPStatus.INSUFFICIENT_STORAGE:
        return SetupError(service, told, _MAKE_ROOM)
    if is_transient(status):
        kind = RefusedForNow if status in _NOTHING_DONE else TransientServiceError
        wait = retry_after(response.headers, wait_header)
        # a page for people is a proxy's word too
        answered = status not in _OF_A_GATEWAY and not is_html(response)
        return kind(service, told, WAIT, retry_after=wait, answered=answered)
    if response.is_redirect:
        return SetupError(service, told, CHECK_ADDRESS)
    return PermanentServiceError(service, told, _MEND)


def is_transient(status: int) -> bool:
    passes = status in (*_NOTHING_DONE, *_FOR_A_WHILE)
    is_its_fault = status >= HTTPStatus.INTERNAL_SERVER_ERROR and status not in _NEVER_PASSES
    return passes or is_its_fault


def retry_after(headers: httpx.Headers, name: str = "retry-after") -> float | None:
    """Seconds the service asks us to wait, given as a number or as a date, under that name or the usual one;
    None if it does not say."""
    text = headers.get(name, headers.get("retry-after", "")).strip()
    try:
        seconds = float(text)
    except ValueError:
        until = _date(text)
        # measured by the service's own clock, which may differ from ours
        since = _date(headers.get("date", "")) or datetime.now(UTC)
        return max(0.0, (until - since).total_seconds()) if until else None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
