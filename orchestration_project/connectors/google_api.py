"""What Gmail, Google Calendar and Google Drive have in common: the token, and what their refusals mean.

Getting the token is `google_auth.py`; what is asked belongs to the connectors.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus

import httpx
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError
from pydantic.alias_generators import to_camel

from orchestration_project.connectors.base import Health
from orchestration_project.connectors.google_auth import GoogleToken
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.rate import Pace
from orchestration_project.errors import (
    CredentialError,
    LeadRefusedError,
    PermanentServiceError,
    RefusedForNow,
    ServiceError,
    SetupError,
    TransientServiceError,
)

_TEST_MODE = (
    "Publish the app in Google's console, since what a test app was allowed ends after a week; then get a "
    "new GOOGLE_REFRESH_TOKEN (docs/connectors/google.md tells how)."
)
_MANUAL = "docs/connectors/google.md tells how, then run `leads doctor`."
_RECIPIENT = re.compile(r"invalid (to|cc|bcc) header|recipient", re.IGNORECASE)
"""Gmail's words for an address it does not take, behind the reason `invalidArgument`."""
_UNTIL = re.compile(r"retry after (\d{4}-\d\d-\d\dT[\d:.]+Z)", re.IGNORECASE)
"""How Gmail says how long it takes no more: in its words, and in no header."""
_TOO_LONG_AGO = {"updatedMinTooLongAgo", "fullSyncRequired"}


class TooLongAgoError(PermanentServiceError):
    """Changes are not kept for so long: they have to be asked for from a later moment on."""


_FORBIDDEN: tuple[tuple[type[ServiceError], set[str], str, str], ...] = (
    (
        RefusedForNow,
        {
            "rateLimitExceeded",
            "userRateLimitExceeded",
            "dailyLimitExceeded",
            "quotaExceeded",
            "sharingRateLimitExceeded",
            "concurrentLimitExceeded",
            "servingLimitExceeded",
            "variableTermLimitExceeded",
            "RATE_LIMIT_EXCEEDED",
            "RESOURCE_EXHAUSTED",
        },
        "is over its rate limit",
        "It is tried again by itself.",
    ),
    (
        CredentialError,
        {"insufficientPermissions", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"},
        "says that the credential lacks a scope",
        f"Consent anew: {_MANUAL}",
    ),
    (
        SetupError,
        {"accessNotConfigured", "SERVICE_DISABLED"},
        "is not switched on in the Google Cloud project of the credential",
        f"Enable the API there: {_MANUAL}",
    ),
    (
        SetupError,
        {
            "insufficientFilePermissions",
            "insufficientParentPermissions",
            "requiredAccessLevel",
            "teamDriveMembershipRequired",
            "appNotAuthorizedToFile",
        },
        "says that the account may not write there",
        "Share the folder or calendar with it, with the right to change it, then run `leads doctor`.",
    ),
    (
        SetupError,
        {"parentNotAFolder"},
        "says that what is named there is no folder",
        "Correct the id on the `folder` line of connections.yaml, then run `leads doctor`.",
    ),
    (
        SetupError,
        {"notACalendarUser"},
        "says that this account has no calendar",
        f"Let the person open Google Calendar once, or choose another account: {_MANUAL}",
    ),
    (
        SetupError,
        {"domainPolicy", "cannotCopyFile"},
        "says that a rule of the organisation, or of the template's owner, forbids it",
        "Let an administrator or the owner allow it, then run `leads doctor`.",
    ),
    (
        SetupError,
        {
            "storageQuotaExceeded",
            "teamDriveFileLimitExceeded",
            "activeItemCreationLimitExceeded",
            "numChildrenInNonRootLimitExceeded",
        },
        "has no room left",
        "Free some space. A service account has none of its own: give it a folder on a shared drive.",
    ),
)
"""What one status means for different reasons. Any other reason is a right that a person has to give."""


class NoOptions(BaseModel):
    """Of a connector without options: each one on its line is a mistake."""

    model_config = ConfigDict(extra="forbid")


class GoogleModel(BaseModel):
    """What we read of an answer: names in our style, theirs as aliases."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True, hide_input_in_errors=True)


@dataclass(frozen=True)
class GoogleService:
    """One of Google's web APIs."""

    name: str
    base_url: str
    http: httpx.AsyncClient = field(repr=False)
    token: GoogleToken = field(repr=False)
    pace: Pace | None = None

    def api(self) -> Api:
        return Api(self.name, self.base_url, self.http, judge=self._judge, pace=self.pace, token=self.token)

    def well(self, says: str) -> Health:
        """What `check` answers where all is well: for how long, if Google has said so."""
        ends = self.token.ends
        if ends is None:
            return Health(ok=True, says=says)
        return Health(ok=True, says=f"{says} The sign-in ends on {ends}.", mend=_TEST_MODE, ends=ends)

    def _judge(self, status: int, body: JsonValue) -> ServiceError | None:
        if status == HTTPStatus.UNAUTHORIZED:
            return CredentialError(
                self.name,
                "does not accept the credential (401).",
                f"If it lasts, get a new GOOGLE_REFRESH_TOKEN: {_MANUAL}",
            )
        if status == HTTPStatus.BAD_REQUEST:
            return self._bad_request(body)
        if status == HTTPStatus.GONE and _reasons(body) & _TOO_LONG_AGO:
            return TooLongAgoError(self.name, "keeps no changes for so long (410).", "Ask for later ones.")
        if status in (HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS):
            return self._forbidden(status, body)
        return None

    def _forbidden(self, status: int, body: JsonValue) -> ServiceError | None:
        reasons = _reasons(body)
        for kind, words, told, mend in _FORBIDDEN:
            if reasons & words:
                if issubclass(kind, TransientServiceError):
                    wait = _until(body)
                    return kind(self.name, f"{told} ({status}).", mend, answered=True, retry_after=wait)
                return kind(self.name, f"{told} ({status}).", mend)
        return None

    def _bad_request(self, body: JsonValue) -> ServiceError | None:
        error = _error(body)
        reasons = _reasons(body)
        if "failedPrecondition" in reasons:
            return SetupError(
                self.name,
                "says that this account is not set up for it (400).",
                f"See that the person has Gmail, and a service account its delegation: {_MANUAL}",
            )
        if "invalidArgument" in reasons and error and _RECIPIENT.search(error.message):
            return LeadRefusedError(
                self.name,
                "does not take the recipient's address.",
                "Look whether it is one, and write to the person by hand.",
            )
        return None


def _until(body: JsonValue) -> float | None:
    error = _error(body)
    told = _UNTIL.search(error.message) if error else None
    if told is None:
        return None
    return max(0.0, (datetime.fromisoformat(told[1]) - datetime.now(UTC)).total_seconds())


class _Reason(BaseModel):
    reason: str | None = None


class _Error(BaseModel):
    message: str = ""
    status: str | None = None
    errors: tuple[_Reason, ...] | None = None
    details: tuple[_Reason, ...] | None = None


class _Refusal(BaseModel):
    error: _Error


def _error(body: JsonValue) -> _Error | None:
    if isinstance(body, list) and body:
        body = body[0]
    try:
        return _Refusal.model_validate(body).error
    except ValidationError:
        return None


def _reasons(body: JsonValue) -> set[str]:
    """The fixed words by which Google tells one refusal from another, old style and new."""
    error = _error(body)
    if error is None:
        return set()
    told = {entry.reason for entry in (*(error.errors or ()), *(error.details or ())) if entry.reason}
    return told or {error.status or ""}
