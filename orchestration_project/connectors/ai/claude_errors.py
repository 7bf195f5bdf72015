"""What Anthropic's refusals mean. What is asked, and how an answer is read, is `claude.py`."""

from http import HTTPStatus

from pydantic import BaseModel, JsonValue, ValidationError

from orchestration_project.connectors.ai.failures import OUT_OF_CREDIT, REPLAY, ParameterRefusedError
from orchestration_project.connectors.http_status import is_transient
from orchestration_project.errors import (
    CredentialError,
    LeadRefusedError,
    PermanentServiceError,
    RefusedForNow,
    ServiceError,
    SetupError,
)

SERVICE = "Claude"
EFFORT = "effort"
_SPENT = ("credit balance is too low", "usage limits")
"""What a 400 says that is about money (platform.claude.com, errors and rate limits)."""
_TOO_LONG = "prompt is too long"
_NO_EFFORT = "this model does not support the effort parameter"
_OVERLOADED = 529
_NO_SCHEMA = "Check that the model named in playbook.yaml can answer with a JSON schema (output_config)."
_MENDS = {
    401: "Renew ANTHROPIC_API_KEY.",
    403: "Allow the key's workspace to use the model named in playbook.yaml.",
    404: "Choose another `model` under `ai` in playbook.yaml, such as claude-haiku-5-5, and check "
    "ANTHROPIC_BASE_URL.",
}


class _Details(BaseModel):
    error_code: str | None = None


class _Error(BaseModel):
    type: str
    message: str = ""
    details: _Details | None = None


class _Refusal(BaseModel):
    error: _Error


def judge(status: int, body: JsonValue) -> ServiceError | None:
    """Its message may quote the question, and is looked at only: what is told are the fixed words."""
    try:
        error = _Refusal.model_validate(body).error
    except ValidationError:
        return None
    told = f"answered {status} ({error.type[:60]})."
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return CredentialError(SERVICE, told, _MENDS[status])
    if _is_about_money(error):
        return SetupError(SERVICE, told, OUT_OF_CREDIT)
    if status == _OVERLOADED:
        return RefusedForNow(SERVICE, told, REPLAY, answered=True)
    if is_transient(status):
        return None  # by the status, with the wait that the answer's header asks for
    return _refused(status, error, told)


def _is_about_money(error: _Error) -> bool:
    spent = error.details is not None and error.details.error_code == "enforced_spend_limit_reached"
    said = error.message.casefold()
    return spent or error.type == "billing_error" or any(words in said for words in _SPENT)


def _refused(status: int, error: _Error, told: str) -> ServiceError:
    said = error.message.casefold()
    if status == HTTPStatus.NOT_FOUND:
        return SetupError(SERVICE, told, _MENDS[404])
    if status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE or said.startswith(_TOO_LONG):
        return LeadRefusedError(SERVICE, told, REPLAY)
    if said.startswith(_NO_EFFORT):
        return ParameterRefusedError(SERVICE, told, EFFORT)
    return PermanentServiceError(SERVICE, told, _NO_SCHEMA)
