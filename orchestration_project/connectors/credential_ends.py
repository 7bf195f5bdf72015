"""When a credential ends, where that can be read in it: a JSON Web Token says so of itself (RFC 7519, `exp`).

What only its service knows a connector's `check` tells; the rest the owner states in `alerts: ends:`.
"""

import base64
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta

from pydantic import BaseModel

from orchestration_project.connectors.base import ConnectorContext
from orchestration_project.connectors.opened import Line, credentials_of

ALWAYS_END: Mapping[str, str] = {"MS_CLIENT_SECRET": "within two years, and Microsoft tells no program when"}
"""Those that end for sure, on a date that nobody but the owner can look up."""
WARN_BEFORE = timedelta(days=60)
"""So long before an end people are told of it."""


class _Claims(BaseModel):
    exp: int


def end_of(secret: str) -> date | None:
    """None: it is no such token, or ends never."""
    _head, _dot, rest = secret.strip().partition(".")
    payload, dot, _signature = rest.partition(".")
    if not dot:
        return None
    try:
        claims = _Claims.model_validate_json(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        return datetime.fromtimestamp(claims.exp, UTC).date()
    except (ValueError, OverflowError, OSError):
        return None


def known_ends(line: Line, given: ConnectorContext) -> dict[str, date]:
    """By variable, of the credentials that this line signs in with."""
    found = {name: end_of(given.environment[name]) for name in credentials_of(line, given)}
    return {name: ends for name, ends in found.items() if ends is not None}
