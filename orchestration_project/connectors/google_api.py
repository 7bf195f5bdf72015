"""What Gmail, Google Calendar and Google Drive have in common: the token, and what their refusals mean.

Getting the token is `google_auth.py`; what is asked belongs to the connectors.
"""

from dataclasses import dataclass, field
from http import HTTPStatus

import httpx
from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError
from pydantic.alias_generators import to_camel

from orchestration_project.connectors.google_auth import GoogleToken
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.rate import Pace
from orchestration_project.errors import CredentialError, PermanentServiceError, RefusedForNow, ServiceError

_MANUAL = "docs/connectors/google.md tells how, then run `leads doctor`."

_FORBIDDEN: tuple[tuple[type[ServiceError], set[str], str, str], ...] = (
    (
        RefusedForNow,
        {"rateLimitExceeded", "userRateLimitExceeded", "dailyLimitExceeded", "quotaExceeded"},
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
        PermanentServiceError,
        {"accessNotConfigured", "SERVICE_DISABLED"},
        "is not switched on in the Google Cloud project of the credential",
        f"Enable the API there: {_MANUAL}",
    ),
    (
        PermanentServiceError,
        {"storageQuotaExceeded", "teamDriveFileLimitExceeded"},
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

    async def api(self) -> Api:
        """Ready for the next call or two: its token is valid for some minutes at least."""
        token = await self.token.value()
        headers = {"Authorization": f"Bearer {token.get_secret_value()}"}
        return Api(self.name, self.base_url, self.http, headers, judge=self._judge, pace=self.pace)

    def _judge(self, status: int, body: JsonValue) -> ServiceError | None:
        if status == HTTPStatus.UNAUTHORIZED:
            self.token.forget()
            return CredentialError(
                self.name,
                "does not accept the credential (401).",
                f"If it lasts, get a new GOOGLE_REFRESH_TOKEN: {_MANUAL}",
            )
        if status != HTTPStatus.FORBIDDEN:
            return None
        reasons = _reasons(body)
        for kind, words, told, mend in _FORBIDDEN:
            if reasons & words:
                return kind(self.name, f"{told} (403).", mend)
        return None


class _Reason(BaseModel):
    reason: str = ""


class _Error(BaseModel):
    errors: tuple[_Reason, ...] = ()
    details: tuple[_Reason, ...] = ()


class _Refusal(BaseModel):
    error: _Error


def _reasons(body: JsonValue) -> set[str]:
    """The fixed words by which Google tells one 403 from another, old style and new."""
    try:
        error = _Refusal.model_validate(body).error
    except ValidationError:
        return set()
    return {entry.reason for entry in (*error.errors, *error.details)}
