"""An access token of Microsoft's, for the app itself or from a person's refresh token.

What a token is used for belongs to the connectors; Microsoft's own library, MSAL, knows how one is got.
"""

import base64
import hashlib
import logging
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import anyio.from_thread
import anyio.to_thread
import httpx
from pydantic import BaseModel, JsonValue, SecretStr

from orchestration_project.connectors.base import ConnectorContext
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.settings import base_url, secret, setting
from orchestration_project.connectors.sign_in import not_signed_in, strange
from orchestration_project.connectors.whole_files import write_whole
from orchestration_project.errors import (
    CredentialError,
    RefusedForNow,
    ServiceError,
    SetupError,
)
from orchestration_project.model import Clock

if TYPE_CHECKING:
    import msal

# at DEBUG the library writes what it sends and gets, though without its secrets
logging.getLogger("msal").setLevel(logging.WARNING)

_log = logging.getLogger(__name__)

SERVICE = "Microsoft sign-in"
LOGIN_URL = "https://login.microsoftonline.com"
_READABLE = (200, 400, 401, 403, 404)
"""Answers that are MSAL's to understand."""
_LASTS = timedelta(days=90)
"""A refresh token that is not used (learn.microsoft.com/entra/identity-platform/refresh-tokens)."""
_EARLY = timedelta(minutes=5)
"""A token is renewed so long before it expires."""
_DOCTOR = "then run `leads doctor` (docs/connectors/microsoft.md tells how)."
_OVER = ("invalid_grant", "interaction_required", "consent_required", "login_required")
"""A refresh token that only the person can replace: expired, revoked, or a rule wants them to sign in."""
_PASSES = ("temporarily_unavailable", "server_error")
_MENDS = {
    "invalid_client": f"Make a new client secret and set MS_CLIENT_SECRET, {_DOCTOR}",
    "unauthorized_client": f"Check MS_CLIENT_ID, and that the app is registered in this tenant, {_DOCTOR}",
    **dict.fromkeys(_OVER, f"Sign in once more for a new MS_REFRESH_TOKEN, {_DOCTOR}"),
}

Result = dict[str, Any]


class MicrosoftToken:
    """Keeps a token until shortly before it expires. One a connector; usable from any event loop."""

    def __init__(
        self, acquire: Callable[[], Result], clock: Clock, ends: Callable[[], date | None] = lambda: None
    ) -> None:
        """`ends`: the day on which the sign-in itself ends, unless it is renewed before."""
        self._acquire = acquire
        self.ends = ends
        self._clock = clock
        self._held: tuple[SecretStr, datetime] | None = None
        self._one_at_a_time = threading.Lock()  # not asyncio's: ops may run in event loops of their own

    async def value(self) -> SecretStr:
        """Raises CredentialError for a credential that Microsoft does not take any more."""
        if held := self._valid():
            return held
        with not_signed_in():
            # MSAL asks while its caller waits
            return await anyio.to_thread.run_sync(self._fresh)

    def forget(self, refused: SecretStr) -> None:
        """Graph refused the token before its time: the next call gets a new one."""
        # another lead may have got a new one meanwhile
        if self._held is not None and self._held[0] == refused:
            self._held = None

    def _valid(self) -> SecretStr | None:
        held = self._held
        return held[0] if held and self._clock() < held[1] else None

    def _fresh(self) -> SecretStr:
        with self._one_at_a_time:
            if held := self._valid():  # another thread got it meanwhile
                return held
            result = self._acquire()
            token = result.get("access_token")
            if not isinstance(token, str):
                raise _refused(result)
            until = self._clock() + timedelta(seconds=int(result.get("expires_in", 0))) - _EARLY
            self._held = (SecretStr(token), until)
            return self._held[0]


class _Claims(BaseModel):
    scp: str = ""  # what a person consented to
    roles: frozenset[str] = frozenset()  # what an administrator granted to the app


def scopes_of(token: SecretStr) -> frozenset[str] | None:
    """What an access token says that it may do. None: it does not say, since it need not be readable."""
    _head, _dot, rest = token.get_secret_value().partition(".")
    payload = rest.partition(".")[0]
    try:
        claims = _Claims.model_validate_json(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except ValueError:
        return None
    return frozenset(claims.scp.split()) | claims.roles or None


def open_token(context: ConnectorContext, line: str, scope: str) -> MicrosoftToken:
    """Reads the settings only. With MS_REFRESH_TOKEN it is a person who signs in, else the app itself."""
    tenant = setting(context, "MS_TENANT_ID", line)
    client_id = setting(context, "MS_CLIENT_ID", line)
    client_secret = secret(context, "MS_CLIENT_SECRET", line)
    refresh_token = SecretStr(context.environment.get("MS_REFRESH_TOKEN", "").strip())
    carrier = _Carrier(context.http, base_url(context, "MS_LOGIN_BASE_URL", LOGIN_URL))
    build = partial(_application, tenant, client_id, client_secret, carrier)
    kept = _Rolled(context.home / "tokens", client_id, refresh_token)
    return MicrosoftToken(partial(_acquire, build, kept, scope), context.clock, kept.ends)


@dataclass(frozen=True)
class _Rolled:
    """The newest refresh token. Microsoft gives another one with each access token, and lets each end after
    90 days: the one in the environment alone would sign in for three months and no longer.

    It is kept as the environment's own file is: on this machine, readable by its owner only. A new
    MS_REFRESH_TOKEN begins a file of its own.
    """

    folder: Path
    client_id: str
    given: SecretStr  # of the environment; empty where the app itself signs in

    @property
    def _file(self) -> Path:
        whose = hashlib.sha256(f"{self.client_id} {self.given.get_secret_value()}".encode()).hexdigest()
        return self.folder / f"microsoft-{whose[:16]}"

    def newest_first(self) -> list[SecretStr]:
        try:
            rolled = [SecretStr(self._file.read_text(encoding="ascii").strip())]
        except (OSError, UnicodeDecodeError):
            rolled = []
        return [token for token in (*rolled, self.given) if token.get_secret_value()]

    def ends(self) -> date | None:
        """Of the one that is kept. Far away, unless new ones cannot be kept any more."""
        try:
            return (datetime.fromtimestamp(self._file.stat().st_mtime, UTC) + _LASTS).date()
        except OSError:
            return None

    def keep(self, token: SecretStr) -> None:
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            write_whole(self._file, token.get_secret_value().encode("ascii"))  # mode 0600
        except OSError:
            _log.warning("The new refresh token of Microsoft's cannot be kept in %s.", self.folder)


def _application(
    tenant: str, client_id: str, client_secret: SecretStr, carrier: "_Carrier"
) -> "msal.ConfidentialClientApplication":
    import msal  # noqa: PLC0415 - a quarter of a second, only for those who use Microsoft 365

    try:
        return msal.ConfidentialClientApplication(
            client_id,
            client_credential=client_secret.get_secret_value(),
            authority=f"{LOGIN_URL}/{tenant}",
            instance_discovery=False,
            http_client=carrier,
        )
    except ValueError:  # its text quotes the whole answer
        raise CredentialError(
            SERVICE, "does not know the tenant.", f"Check MS_TENANT_ID, {_DOCTOR}"
        ) from None


def _acquire(
    build: "Callable[[], msal.ConfidentialClientApplication]", rolled: "_Rolled", scope: str
) -> Result:
    # a new one each time: MSAL would repeat a refusal of its memory after the secret was mended
    application = build()
    result: Result = {}
    for token in rolled.newest_first():
        result = application.acquire_token_by_refresh_token(token.get_secret_value(), [scope])
        if result.get("error") not in _OVER:  # else the one before may do
            if isinstance(new := result.get("refresh_token"), str) and new != token.get_secret_value():
                rolled.keep(SecretStr(new))
            break
    if rolled.given.get_secret_value():
        return result
    # an app has the rights that an administrator gave it, and asks for no single one
    return application.acquire_token_for_client(["https://graph.microsoft.com/.default"]) or {}


@dataclass(frozen=True)
class _Answer:
    """An answer as MSAL wants it."""

    status_code: int
    text: str
    headers: Mapping[str, str]

    def raise_for_status(self) -> None:
        """MSAL reads the status itself; what has another one never gets here."""


@dataclass(frozen=True)
class _Carrier:
    """Carries MSAL's requests over our own client: with our retries, time limits and errors."""

    http: httpx.AsyncClient
    base: str

    def get(self, url: str, params: Mapping[str, str] | None = None, **_: Any) -> _Answer:
        return self._send("GET", url, params=params or {})

    def post(
        self,
        url: str,
        params: Mapping[str, str] | None = None,
        data: Mapping[str, Any] | None = None,
        **_: Any,
    ) -> _Answer:
        form = {name: str(value) for name, value in (data or {}).items() if value is not None}
        return self._send("POST", url, params=params or {}, form=form)

    def close(self) -> None:
        """The client belongs to somebody else."""

    def _send(
        self, method: str, url: str, params: Mapping[str, str], form: Mapping[str, str] | None = None
    ) -> _Answer:
        api = Api(SERVICE, self.base, self.http, judge=_strange)
        path = httpx.URL(url).path
        response: httpx.Response = anyio.from_thread.run(
            # asking twice for a token does no harm; a refusal is MSAL's to read
            lambda: api.send(method, path, params=params, form=form or {}, accept=_READABLE, repeatable=True)
        )
        return _Answer(response.status_code, response.text, dict(response.headers))


def _strange(status: int, body: JsonValue) -> ServiceError | None:
    return strange(SERVICE, status, body, _READABLE)


def _refused(result: Result) -> ServiceError:
    code = result.get("error")
    # only Microsoft's fixed word: the sentence beside it may quote what was sent
    word = code if isinstance(code, str) and re.fullmatch(r"\w{1,60}", code) else "no reason given"
    if word in _PASSES:
        return RefusedForNow(SERVICE, "is not available now.", "It is tried again by itself.", answered=True)
    if word == "invalid_scope":
        return SetupError(
            SERVICE, "does not know the permission.", f"Allow the app Mail.ReadWrite, {_DOCTOR}"
        )
    mend = _MENDS.get(word, f"Renew the credential, {_DOCTOR}")
    return CredentialError(SERVICE, f"does not accept the credential ({word}).", mend)
