"""What Graph's own codes mean. What is asked of it is `microsoft.py`."""

from http import HTTPStatus

from pydantic import JsonValue

from orchestration_project.errors import LeadRefusedError, PermanentServiceError, ServiceError, SetupError

SERVICE = "Microsoft 365"
_MAILBOX = "Check MS_USER, and that this mailbox is one of Microsoft 365, then run `leads doctor`."


class StaleIdError(PermanentServiceError):
    """The mailbox was moved, or the id is of another one: the mail may be there under another id."""


_FAILURES: dict[str, tuple[type[ServiceError], str, str]] = {
    **dict.fromkeys(
        ("ErrorInvalidRecipients", "ErrorInvalidSmtpAddress"),
        (
            LeadRefusedError,
            "does not take the recipient's address",
            "Look whether it is one, and write to the person by hand.",
        ),
    ),
    **dict.fromkeys(
        (
            "ErrorInvalidUser",
            "ErrorNonExistentMailbox",
            "MailboxNotEnabledForRESTAPI",
            "MailboxNotSupportedForRESTAPI",
            "Request_ResourceNotFound",
        ),
        (SetupError, "has no such mailbox", _MAILBOX),
    ),
    **dict.fromkeys(
        ("ErrorInvalidIdMalformed", "ErrorItemNotFound", "ErrorInvalidId"),
        (StaleIdError, "does not know the id of the mail", "It is looked for by what it carries."),
    ),
    "ErrorQuotaExceeded": (SetupError, "has no room left in the mailbox", "Make room there."),
}
"""By Graph's fixed code, whatever the status. The names are those of Exchange's ResponseCodeType."""


def judge(status: int, body: JsonValue) -> ServiceError | None:
    error = body.get("error") if isinstance(body, dict) and status >= HTTPStatus.BAD_REQUEST else None
    code = error.get("code") if isinstance(error, dict) else None
    if not isinstance(code, str) or code not in _FAILURES:
        return None
    kind, told, mend = _FAILURES[code]
    if kind is StaleIdError and status != HTTPStatus.BAD_REQUEST:
        return None  # a 404 says it by itself
    return kind(SERVICE, f"{told} ({code}).", mend)
