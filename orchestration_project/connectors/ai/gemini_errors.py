"""What Gemini's refusals mean. What is asked, and how an answer is read, is `gemini.py`."""

import re
from http import HTTPStatus

from pydantic import BaseModel, Field, JsonValue, ValidationError

from orchestration_project.connectors.ai.failures import (
    NO_SCHEMA,
    OUT_OF_CREDIT,
    REPLAY,
    ParameterRefusedError,
)
from orchestration_project.connectors.http_status import is_transient
from orchestration_project.errors import (
    CredentialError,
    LeadRefusedError,
    PermanentServiceError,
    RefusedForNow,
    ServiceError,
    SetupError,
)

SERVICE = "Gemini"
LEVEL = "thinkingLevel"
_KEY = "Renew GEMINI_API_KEY, and allow it the Gemini API (docs/connectors/gemini.md)."
_MODEL = "Choose another `model` under `ai` in playbook.yaml, such as gemini-3.5-flash-lite."
_BILLING = "It is free in some countries only: set up billing for the key's project in Google AI Studio."
_NO_KEY = ("API_KEY_INVALID", "API_KEY_EXPIRED", "API_KEY_SERVICE_BLOCKED")
_SPENT = ("credits are depleted", "spending cap", "spend cap")
"""What a 429 says that is about money and does not pass by itself."""
_TOO_LONG = "exceeds the maximum number of tokens"
_NO_LEVEL = ("thinking level", "thinking_level", "thinking_config", "thinkinglevel")


class _Detail(BaseModel):
    reason: str = ""
    retry_delay: str = Field(alias="retryDelay", default="")


class _Error(BaseModel):
    status: str = ""
    message: str = ""
    details: list[_Detail] = Field(default_factory=list[_Detail])

    @property
    def retry_after(self) -> float | None:
        """It says so in the body, and in no header."""
        told = (re.fullmatch(r"(\d+(?:\.\d+)?)s", detail.retry_delay) for detail in self.details)
        return next((float(seconds[1]) for seconds in told if seconds), None)


class _Refusal(BaseModel):
    error: _Error


def judge(status: int, body: JsonValue) -> ServiceError | None:
    """Its message may quote the question, and is looked at only: what is told are the fixed words."""
    try:
        error = _Refusal.model_validate(body).error
    except ValidationError:
        return None
    told, said = f"answered {status} ({error.status[:60]}).", error.message.casefold()
    no_key = any(detail.reason in _NO_KEY for detail in error.details)
    if no_key or status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return CredentialError(SERVICE, told, _KEY)
    if status == HTTPStatus.PAYMENT_REQUIRED or any(words in said for words in _SPENT):
        return SetupError(SERVICE, told, OUT_OF_CREDIT)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return RefusedForNow(SERVICE, told, REPLAY, retry_after=error.retry_after, answered=True)
    if is_transient(status):
        return None  # by the status
    return _refused(status, error.status, told, said)


def _refused(status: int, kind: str, told: str, said: str) -> ServiceError:
    if status == HTTPStatus.NOT_FOUND:
        return SetupError(SERVICE, told, _MODEL)
    if kind == "FAILED_PRECONDITION":
        return SetupError(SERVICE, told, _BILLING)
    if _TOO_LONG in said:
        return LeadRefusedError(SERVICE, told, REPLAY)
    if any(words in said for words in _NO_LEVEL):
        return ParameterRefusedError(SERVICE, told, LEVEL)
    return PermanentServiceError(SERVICE, told, NO_SCHEMA)
