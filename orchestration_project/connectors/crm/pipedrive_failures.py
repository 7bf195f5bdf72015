"""What Pipedrive's refusals mean (pipedrive.readme.io, HTTP status codes and rate limiting).

What is asked of it is `pipedrive.py`.
"""

import re

from pydantic import JsonValue

from orchestration_project.connectors.crm.pipedrive_history import SERVICE
from orchestration_project.connectors.http_message import words_of
from orchestration_project.errors import PermanentServiceError, RefusedForNow, ServiceError, SetupError

_BAD_REQUEST, _FORBIDDEN, _NO_SUCH_FEATURE = 400, 403, 415
_FULL = re.compile(r"limit|maximum|capping|usage caps|upgrade", re.IGNORECASE)
_CAPPED = re.compile(r"capping|usage caps", re.IGNORECASE)
"""How a refusal says that the plan is full: by a 403, and at times by a 400."""
_NO_FIELD = re.compile(
    r"(custom_fields|\b[0-9a-f]{40}\b).*(valid field|not exist|not found|unknown|not allowed)", re.IGNORECASE
)
"""How a refusal says that one of our own fields is gone, which it names by the hash that is its code. That a
value does not fit may be about one lead."""


def failure_inside(status: int, body: JsonValue) -> ServiceError | None:
    """Also what a status means here and nowhere else (pipedrive.readme.io, HTTP status codes)."""
    if status == _FORBIDDEN and body is None:
        # no word of Pipedrive's: who goes on after many a 429 is shut out by what stands before it
        return RefusedForNow(
            SERVICE, "shuts us out for now (403).", "It is tried again by itself.", answered=True
        )
    words = words_of(body)
    code = str(body.get("code") or "") if isinstance(body, dict) else ""
    if status == _BAD_REQUEST and _NO_FIELD.search(words):
        told = "has a person field of ours no longer (400)."
        return SetupError(SERVICE, told, "Run `leads doctor`, which names it; the next write adds it.")
    full = {_FORBIDDEN: _FULL, _BAD_REQUEST: _CAPPED}.get(status)
    if full and full.search(f"{words} {code}"):
        told = f"says that the account has reached a limit of its plan ({status})."
        return SetupError(SERVICE, told, "Make room there or enlarge the plan, then run `leads doctor`.")
    if status == _NO_SUCH_FEATURE:
        told = "says that a feature is not switched on (415)."
        return SetupError(SERVICE, told, "Without the Leads Inbox write `leads: false` on the `crm` line.")
    if status >= _BAD_REQUEST or not isinstance(body, dict) or body.get("success") is not False:
        return None
    return PermanentServiceError(
        SERVICE, f"answered {status} with a failure inside.", "Look at the account in Pipedrive, then replay."
    )
