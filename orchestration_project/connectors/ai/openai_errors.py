"""What OpenAI's refusals mean. What is asked, and how an answer is read, is `openai.py`."""

from collections.abc import Generator
from contextlib import contextmanager
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx

from orchestration_project.connectors.ai.failures import (
    NO_SCHEMA,
    OUT_OF_CREDIT,
    REPLAY,
    ParameterRefusedError,
)
from orchestration_project.connectors.ai.interface import (
    AnswerLostError,
    ModelRateLimitedError,
    ModelTimeoutError,
)
from orchestration_project.connectors.http_status import is_transient, retry_after
from orchestration_project.errors import (
    CredentialError,
    LeadRefusedError,
    PermanentServiceError,
    RefusedForNow,
    ServiceError,
    SetupError,
    TransientServiceError,
)

if TYPE_CHECKING:
    import openai

SERVICE = "OpenAI"
_NO_CREDIT = {
    "insufficient_quota",
    "credit_balance_exhausted",
    "billing_not_active",
    "billing_hard_limit_reached",
    "organization_spend_limit_exceeded",
    "organization_usage_limit_exceeded",
    "project_spend_limit_exceeded",
}
"""They come with a 429 as well, and asking again does not help (developers.openai.com, error codes)."""
OPTIONAL = ("temperature", "reasoning_effort", "max_completion_tokens")
"""What a question goes without where the model refuses it."""
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_THIS_QUESTION = ("context_length_exceeded", "string_above_max_length", "content_filter")
_MENDS = {
    401: "Renew OPENAI_API_KEY.",
    403: "Allow the key's project to use the model named in playbook.yaml.",
    404: "Check `model` under `ai` in playbook.yaml, and OPENAI_BASE_URL.",
}


@contextmanager
def classified_errors() -> Generator[None]:
    """The library's errors in our words, without their causes: their texts may quote the question."""
    import openai  # noqa: PLC0415 - a second of start-up time, not spent by those who score offline

    try:
        yield
    except openai.APIConnectionError as error:
        if isinstance(error.__cause__, _NOT_SENT):
            raise RefusedForNow(SERVICE, "cannot be reached.", REPLAY) from None
        if isinstance(error, openai.APITimeoutError):
            raise ModelTimeoutError(SERVICE, "did not answer in time.", REPLAY) from None
        raise AnswerLostError(SERVICE, "broke off before it had answered.", REPLAY) from None
    except openai.APIStatusError as error:
        raise _classified(error) from None


def _classified(error: "openai.APIStatusError") -> ServiceError:
    status = error.status_code
    # code and type are fixed words of the service; its message may quote the question
    detail = error.code or error.type
    told = f"answered {status}" + (f" ({detail[:60]})." if detail else ".")
    if status in {401, 403}:
        return CredentialError(SERVICE, told, _MENDS[status])
    if status == HTTPStatus.PAYMENT_REQUIRED or _NO_CREDIT & {error.code, error.type}:
        return SetupError(SERVICE, told, OUT_OF_CREDIT)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        wait = retry_after(httpx.Headers(dict(error.response.headers)))
        return ModelRateLimitedError(SERVICE, told, REPLAY, retry_after=wait, answered=True)
    if is_transient(status):
        return TransientServiceError(SERVICE, told, REPLAY, answered=True)
    return _refused(error, told)


def _refused(error: "openai.APIStatusError", told: str) -> ServiceError:
    if error.status_code == HTTPStatus.NOT_FOUND or error.code == "model_not_found":
        return SetupError(SERVICE, told, _MENDS[404])
    if error.code in _THIS_QUESTION:
        return LeadRefusedError(SERVICE, told, REPLAY)
    named = (name for name in OPTIONAL if name == error.param or (not error.param and name in error.message))
    if parameter := next(named, None):
        return ParameterRefusedError(SERVICE, told, parameter)
    return PermanentServiceError(SERVICE, told, NO_SCHEMA)
