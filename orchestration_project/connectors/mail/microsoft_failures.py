"""What Graph's own codes mean. What is asked of it is `microsoft.py`."""

from http import HTTPStatus

from pydantic import JsonValue

from orchestration_project.errors import (
    LeadRefusedError,
    PermanentServiceError,
    RefusedForNow,
    ServiceError,
    SetupError,
)

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
        (
            "ErrorInvalidIdMalformed",
            "ErrorItemNotFound",
            "ErrorInvalidId",
            "ErrorInvalidMailboxItemId",
            "ErrorInvalidIdNotAnItemAttachmentId",
        ),
        (StaleIdError, "does not know the id of the mail", "It is looked for by what it carries."),
    ),
    "ErrorAccountDisabled": (SetupError, "says that the mailbox is disabled", _MAILBOX),
    "ErrorMessageSizeExceeded": (LeadRefusedError, "takes no mail of that size", "Write it by hand."),
    "ErrorQuotaExceeded": (SetupError, "has no room left in the mailbox", "Make room there."),
}
"""By Graph's fixed code, whatever the status. The names are those of Exchange's ResponseCodeType."""
_PASSES = (
    "ErrorIrresolvableConflict",  # somebody changes the same mail at this moment
    "ErrorMailboxMoveInProgress",
    "ErrorMailboxStoreUnavailable",
    "ErrorTooManyObjectsOpened",
    "ErrorServerBusy",
    "ApplicationThrottled",
)
"""Of these nothing was done, and they pass by themselves, whatever the status."""
_OF_ANOTHER = "store id"
_BY_POLICY = "accesspolicy"
"""What an `ErrorAccessDenied` says that is about no right of ours: the id is of another mailbox, or a policy
of the organisation names the mailboxes that the app may open."""


def judge(status: int, body: JsonValue) -> ServiceError | None:
    error = body.get("error") if isinstance(body, dict) and status >= HTTPStatus.BAD_REQUEST else None
    code = error.get("code") if isinstance(error, dict) else None
    words = str(error.get("message") or "").casefold() if isinstance(error, dict) else ""
    if code in _PASSES:
        return RefusedForNow(
            SERVICE, f"cannot do it now ({code}).", "It is tried again by itself.", answered=True
        )
    if code == "ErrorAccessDenied" and _OF_ANOTHER in words:
        code = "ErrorInvalidMailboxItemId"
    elif code == "ErrorAccessDenied" and _BY_POLICY in words:
        told = "says that a policy of the organisation keeps the app out of this mailbox (403)."
        return SetupError(SERVICE, told, "Let an administrator add it to the app's access policy.")
    if not isinstance(code, str) or code not in _FAILURES:
        return None
    kind, told, mend = _FAILURES[code]
    if kind is StaleIdError and status == HTTPStatus.NOT_FOUND:
        return None  # a 404 says it by itself
    return kind(SERVICE, f"{told} ({code}).", mend)
