"""An access token of Google's, from a person's refresh token or from a service account's file.

What a token is used for belongs to the connectors; Google's own library knows how one is got.
"""

import json
import re
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio.from_thread
import anyio.to_thread
import httpx
from pydantic import BaseModel, JsonValue, SecretStr, ValidationError

from orchestration_project.clock import utc_now
from orchestration_project.connectors.base import ConnectorContext, Scopes
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.settings import base_url, secret, setting
from orchestration_project.connectors.sign_in import not_signed_in, strange
from orchestration_project.errors import CredentialError, LeadsError, RefusedForNow, ServiceError
from orchestration_project.model import Clock

if TYPE_CHECKING:
    import google.oauth2.credentials
    import google.oauth2.service_account

    Credentials = google.oauth2.credentials.Credentials | google.oauth2.service_account.Credentials

SERVICE = "Google sign-in"
TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
_READABLE = (200, 400, 401, 403)
"""Answers that are Google's library's to understand."""
_USER = ("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET", "GOOGLE_REFRESH_TOKEN")
_FILE = "GOOGLE_SERVICE_ACCOUNT_FILE"
_DOCTOR = "then run `leads doctor` (docs/connectors/google.md tells how)."
_PASSES = ("temporarily_unavailable", "server_error", "internal_failure", "rate_limit_exceeded")
_MENDS = {
    "invalid_grant": f"Get a new GOOGLE_REFRESH_TOKEN, or check GOOGLE_SUBJECT and the clock here, {_DOCTOR}",
    "invalid_client": f"Check GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET, {_DOCTOR}",
    "unauthorized_client": f"Allow the scopes to this client in the Google admin console, {_DOCTOR}",
}


_AUTH = "https://www.googleapis.com/auth/"
_WIDER: Mapping[str, Sequence[str]] = {
    f"{_AUTH}gmail.compose": ("gmail.modify",),
    f"{_AUTH}gmail.readonly": ("gmail.modify",),
    f"{_AUTH}calendar.events": ("calendar",),
    f"{_AUTH}drive.file": ("drive",),
}
_OF_A_PERSON = frozenset({"openid", f"{_AUTH}userinfo.email", f"{_AUTH}userinfo.profile"})


class _Granted(BaseModel):
    access_token: str
    refresh_token_expires_in: float | None = None  # only of one that does not last


class _Info(BaseModel):
    scope: str = ""


class GoogleToken:
    """Keeps a token until shortly before it expires. One a connector; usable from any event loop."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        build: "Callable[[], Credentials]",
        token_url: str = TOKEN_URL,
        credential: str = "GOOGLE_REFRESH_TOKEN",
        clock: Clock = utc_now,
    ) -> None:
        self._http = http
        self._build = build
        self._token_url = token_url
        self._credential = credential
        self._clock = clock
        self._credentials: Credentials | None = None
        self.ends: date | None = None
        """Of the sign-in itself, where Google tells it: of an app in test mode, of a consent for a time."""
        self._one_at_a_time = threading.Lock()  # not asyncio's: ops may run in event loops of their own

    async def value(self) -> SecretStr:
        """Raises CredentialError for a credential that Google does not take any more."""
        credentials = self._credentials
        if credentials is None or not credentials.valid:
            with not_signed_in():
                # Google's library reads files, signs and asks while its caller waits
                credentials = await anyio.to_thread.run_sync(self._fresh)
        return SecretStr(credentials.token)

    async def scopes(self, needed: Sequence[str]) -> Scopes:
        """What the token may do, which Google tells of each. Raises ServiceError."""
        start, _slash, _path = self._token_url.rpartition("/")
        api, token = Api(SERVICE, start, self._http), await self.value()
        form = {"access_token": token.get_secret_value()}
        info = await api.ask(_Info, "POST", "tokeninfo", form=form, repeatable=True)
        granted = frozenset(info.scope.split())
        # whoever has consented to more than is needed lacks nothing
        lacks = (name for name in needed if not granted & {f"{_AUTH}{wide}" for wide in _WIDER.get(name, ())})
        return Scopes(credential=self._credential, granted=granted, needed=frozenset(lacks), may=_OF_A_PERSON)

    def forget(self, refused: SecretStr) -> None:
        """Google refused the token before its time: the next call gets a new one."""
        held = self._credentials
        # another lead may have got a new one meanwhile
        if held is not None and held.token == refused.get_secret_value():
            self._credentials = None

    def _fresh(self) -> "Credentials":
        import google.auth.exceptions  # noqa: PLC0415 - a tenth of a second, only for those who use Google

        with self._one_at_a_time:
            credentials = self._credentials or self._build()
            if not credentials.valid:
                try:
                    credentials.refresh(self._ask)
                except google.auth.exceptions.RefreshError as error:
                    raise _refused(error) from None
            self._credentials = credentials
        return credentials

    def _ask(self, *asked: Any, **more: Any) -> "_Answer":
        answer = _ask_google(self._http, *asked, **more)
        with suppress(ValidationError):  # a refusal
            seconds = _Granted.model_validate_json(answer.data).refresh_token_expires_in
            self.ends = (self._clock() + timedelta(seconds=seconds)).date() if seconds is not None else None
        return answer


def open_token(
    context: ConnectorContext, line: str, scopes: Sequence[str], *, mailbox: bool = False
) -> GoogleToken:
    """Reads the settings only. `line` is the line of connections.yaml that asks for them; a `mailbox`
    belongs to a person, so a service account has to say whose."""
    token_url = base_url(context, "GOOGLE_TOKEN_URL", TOKEN_URL)
    file = context.environment.get(_FILE, "").strip()
    has_user = any(context.environment.get(name, "").strip() for name in _USER)
    if file and has_user:
        raise LeadsError(
            f"Both {_FILE} and {', '.join(_USER)} are set, and only one of the two ways to sign in to "
            "Google can be used. Unset the other."
        )
    if file:
        subject = context.environment.get("GOOGLE_SUBJECT", "").strip() or None
        if mailbox:
            subject = setting(context, "GOOGLE_SUBJECT", line)
        build = partial(_service_account, Path(file), subject, tuple(scopes), token_url)
        return GoogleToken(context.http, build, token_url, _FILE, context.clock)
    if not has_user:
        raise LeadsError(
            f"connections.yaml says `{line}`, but no credential of Google's is set. Set the environment "
            f"variables {', '.join(_USER)}, or {_FILE} (docs/connectors/google.md tells how to get them), "
            "or choose another connector on that line."
        )
    client_id = setting(context, "GOOGLE_CLIENT_ID", line)
    client_secret = secret(context, "GOOGLE_CLIENT_SECRET", line)
    refresh_token = secret(context, "GOOGLE_REFRESH_TOKEN", line)
    build = partial(_user, client_id, client_secret, refresh_token, token_url)
    return GoogleToken(context.http, build, token_url, clock=context.clock)


def _user(
    client_id: str, client_secret: SecretStr, refresh_token: SecretStr, token_url: str
) -> "Credentials":
    import google.oauth2.credentials  # noqa: PLC0415 - see above

    # without scopes: the token then has all that the person consented to
    return google.oauth2.credentials.Credentials(
        token=None,
        refresh_token=refresh_token.get_secret_value(),
        token_uri=token_url,
        client_id=client_id,
        client_secret=client_secret.get_secret_value(),
    )


def _service_account(
    file: Path, subject: str | None, scopes: tuple[str, ...], token_url: str
) -> "Credentials":
    import google.oauth2.service_account  # noqa: PLC0415 - see above

    try:
        info = json.loads(file.read_bytes())
        return google.oauth2.service_account.Credentials.from_service_account_info(
            {**info, "token_uri": token_url}, scopes=scopes, subject=subject
        )
    # outside the handler: the library's text may quote the file
    except (OSError, ValueError, TypeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no service account's key file"
    raise CredentialError(SERVICE, f"{_FILE} cannot be read: {reason}.", f"Download the key again, {_DOCTOR}")


def _strange(status: int, body: JsonValue) -> ServiceError | None:
    return strange(SERVICE, status, body, _READABLE)


@dataclass(frozen=True)
class _Answer:
    """An answer as Google's library wants it."""

    status: int
    headers: Mapping[str, str]
    data: bytes


def _ask_google(
    http: httpx.AsyncClient,
    url: str,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    **_: Any,
) -> _Answer:
    """Carries the library's request over our own client: with our retries, time limits and errors."""
    start, _slash, path = url.rpartition("/")
    api = Api(SERVICE, start, http, judge=_strange)
    response: httpx.Response = anyio.from_thread.run(
        # asking twice for a token does no harm; a refusal is the library's to read
        lambda: api.send(
            method, path, content=body or b"", headers=headers or {}, accept=_READABLE, repeatable=True
        )
    )
    return _Answer(response.status_code, response.headers, response.content)


def _refused(error: Exception) -> ServiceError:
    details = error.args[1] if len(error.args) > 1 else None
    code = details.get("error") if isinstance(details, dict) else None
    # only Google's fixed word: the sentence beside it may quote what was sent
    word = code if isinstance(code, str) and re.fullmatch(r"\w{1,60}", code) else "no reason given"
    if word in _PASSES:
        told = f"gives no token now ({word})."
        return RefusedForNow(SERVICE, told, "It is tried again by itself.", answered=True)
    mend = _MENDS.get(word, f"Renew the credential, {_DOCTOR}")
    return CredentialError(SERVICE, f"does not accept the credential ({word}).", mend)
