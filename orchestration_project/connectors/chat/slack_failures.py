"""What Slack's words mean, most of which come inside a 200 (docs.slack.dev, chat.postMessage).

What is asked of it is `slack.py`.
"""

from collections.abc import Mapping
from http import HTTPStatus

from pydantic import JsonValue

from orchestration_project.errors import (
    CredentialError,
    LeadRefusedError,
    PermanentServiceError,
    RefusedForNow,
    ServiceError,
    SetupError,
    TransientServiceError,
)

SERVICE = "Slack"
_DOCTOR = "then run `leads doctor` (docs/connectors/slack.md tells how)."
_INVITE = f"Invite the app to the channel (/invite) and check `channel` in connections.yaml, {_DOCTOR}"
_ALLOW = f"Let the workspace's administrators allow the app to write in that channel, {_DOCTOR}"
_TOKEN = f"Set SLACK_TOKEN to a token that is valid, {_DOCTOR}"
SCOPE = f"Give the app the scopes chat:write and channels:history (groups:history), {_DOCTOR}"
_NEWER = "Look for a newer version of this project."
_WAIT = "It is tried again by itself."
_BY_A_USER = (
    f"Set SLACK_TOKEN to the token of the app's bot (xoxb-), since only an app may mark a message, {_DOCTOR}"
)
_FAILURES: Mapping[str, tuple[type[ServiceError], str]] = {
    **dict.fromkeys(
        (
            "invalid_auth",
            "not_authed",
            "token_expired",
            "token_revoked",
            "account_inactive",
            "is_inactive",
        ),
        (CredentialError, _TOKEN),
    ),
    **dict.fromkeys(("missing_scope", "no_permission", "not_allowed_token_type"), (CredentialError, SCOPE)),
    **dict.fromkeys(("channel_not_found", "not_in_channel"), (SetupError, _INVITE)),
    "message_not_found": (LeadRefusedError, "It was deleted already."),
    "metadata_must_be_sent_from_app": (SetupError, _BY_A_USER),
    **dict.fromkeys(("method_deprecated", "deprecated_endpoint"), (SetupError, _NEWER)),
    "is_archived": (SetupError, "Unarchive the channel, or name another in connections.yaml."),
    **dict.fromkeys(
        (
            "restricted_action",
            "restricted_action_read_only_channel",
            "restricted_action_thread_only_channel",
            "restricted_action_non_threadable_channel",
            "two_factor_setup_required",
            "team_not_found",
            "messages_tab_disabled",
            "ekm_access_denied",
            "access_denied",
            "accesslimited",
            "enterprise_is_restricted",
            "team_access_not_granted",
        ),
        (SetupError, _ALLOW),
    ),
    # the last three are about a workspace or a channel on the move
    **dict.fromkeys(
        (
            "ratelimited",
            "rate_limited",
            "message_limit_exceeded",
            "request_timeout",  # what we sent did not arrive whole, says Slack
            "team_added_to_org",
            "org_login_required",
            "external_channel_migrating",
        ),
        (RefusedForNow, _WAIT),
    ),
    # of these Slack says that some of it may have been done
    **dict.fromkeys(("internal_error", "fatal_error", "service_unavailable"), (TransientServiceError, _WAIT)),
}


class FormRefusedError(PermanentServiceError):
    """Slack does not take how the message is laid out, or how long it is; the words are not at fault."""


_FORM = ("invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "blocks_mismatch", "msg_too_long")


def judge(status: int, body: JsonValue) -> ServiceError | None:
    """Slack tells nearly every failure inside a 200."""
    if status == HTTPStatus.TOO_MANY_REQUESTS or not isinstance(body, dict) or "ok" not in body:
        return None  # how long to wait stands in a header; what is no answer of Slack's, `http.py` tells
    if body["ok"] is not False:
        return None  # true; or no answer of Slack's, and the message may be there
    error = str(body.get("error") or "no reason given")[:60]
    if error in _FORM:
        return FormRefusedError(SERVICE, f"refused: {error}.", "Mend what it names, then run the lead again.")
    kind, mend = _FAILURES.get(error, (PermanentServiceError, "Mend what it names, then run the lead again."))
    told = f"refused: {error}."
    if issubclass(kind, TransientServiceError):
        return kind(SERVICE, told, mend, answered=True)
    return kind(SERVICE, told, mend)
