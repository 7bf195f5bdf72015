"""A signed-in IMAP session, with every way it can go wrong in words a person can act on.

What is written to a mailbox, and what is looked for there, belongs to `imap.py`.
"""

import imaplib
import ipaddress
import logging
import re
import socket
import ssl
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from pydantic import SecretStr

from orchestration_project.errors import (
    CredentialError,
    PermanentServiceError,
    RefusedForNow,
    ServiceError,
    SetupError,
    TransientServiceError,
)

if TYPE_CHECKING:
    from imapclient import IMAPClient

SERVICE = "IMAP"
SECONDS = 10.0
"""For each answer of the server."""

Security = Literal["tls", "starttls", "none"]
PORTS: dict[Security, int] = {"tls": 993, "starttls": 143, "none": 143}

# at DEBUG the library writes every line that goes over the wire, and with it the mails
logging.getLogger("imapclient").setLevel(logging.WARNING)

_CODE = re.compile(r"\[([A-Z-]+)")
_EMAIL = re.compile(r"\S+@\S+")
_PASSING = {"UNAVAILABLE", "INUSE", "LIMIT", "SERVERBUG", "THROTTLED"}
"""Response codes of RFC 5530 (LIMIT also in its sense of too many connections) that time mends; the last is
Gmail's own."""
_NOW = re.compile(
    r"too many (simultaneous )?connections|maximum number of connections|temporary (auth|failure)|try again"
    r"|throttled|server unavailable|authenticated but not connected|command or bandwidth limits",
    re.IGNORECASE,
)
"""How servers say the same without a code, or behind another one: Gmail behind ALERT and OVERQUOTA, Dovecot,
Exchange."""
_BACKOFF = re.compile(r"backoff time: (\d+) milliseconds", re.IGNORECASE)
_FULL = re.compile(r"quota exceeded|over ?quota|mailbox is full|mailbox for user is full", re.IGNORECASE)
_NOT_ENABLED = re.compile(
    r"not enabled for imap|imap (access )?is disabled|imap access is not", re.IGNORECASE
)
_SWITCH_ON = (
    "Switch IMAP on in the settings of the mailbox, or let an administrator do so; then run `leads doctor`."
)
_NAME_THEM = "Name the folders `drafts` and `sent` in connections.yaml, then run `leads doctor`."
_SETUP = {
    "OVERQUOTA": "Make room in the mailbox; the leads then go on.",
    "NOPERM": "Let IMAP_USER write to that mailbox folder, then run `leads doctor`.",
    "NONEXISTENT": _NAME_THEM,
    "TRYCREATE": _NAME_THEM,
    "PRIVACYREQUIRED": "Set IMAP_SECURITY to tls or starttls, then run `leads doctor`.",
    "CONTACTADMIN": "Ask the provider, then run `leads doctor`.",
}
"""Response codes of RFC 5530 and 3501 that every lead would meet."""
_WAIT = "It is tried again by itself; if this lasts, look at the provider's status page."
_REPLAY = "Mend what it names, then run the lead again."
_RENEW = (
    "Set IMAP_USER and IMAP_PASSWORD anew (most providers want an app password), then run `leads doctor`."
)
_CHECK_SECURITY = "Check IMAP_HOST, IMAP_PORT and IMAP_SECURITY, then run `leads doctor`."


@dataclass(frozen=True)
class Account:
    host: str
    port: int
    user: str
    password: SecretStr
    security: Security


def is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


@contextmanager
def signed_in(account: Account) -> Generator["IMAPClient"]:
    """Raises RefusedForNow, or a permanent error, as long as nothing can have been done."""
    client = _connected(account)
    with client:  # logs out at the end, and lets a broken connection be
        if account.security == "starttls":
            _start_tls(client)
        _sign_in(client, account)
        try:
            yield client
        except (OSError, imaplib.IMAP4.error) as error:
            raise _classified(error) from None


def _connected(account: Account) -> "IMAPClient":
    from imapclient import IMAPClient  # noqa: PLC0415 - only for those who keep their drafts there

    try:
        client = IMAPClient(account.host, account.port, ssl=account.security == "tls", timeout=SECONDS)
    except ssl.SSLCertVerificationError as error:
        raise _untrusted(error) from None
    except ssl.SSLError:
        raise SetupError(SERVICE, "does not speak TLS at this port.", _CHECK_SECURITY) from None
    except (OSError, imaplib.IMAP4.error):
        raise RefusedForNow(SERVICE, "cannot be reached, or takes no connection now.", _WAIT) from None
    client.normalise_times = False  # with their zone
    # it sends a password, or a draft, and the end of its line apart: the second would wait for the server to
    # acknowledge the first, which takes 40 ms at each sign-in and each draft
    client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return client


def _start_tls(client: "IMAPClient") -> None:
    from imapclient.exceptions import CapabilityError  # noqa: PLC0415 - as above

    try:
        client.starttls()
    except ssl.SSLCertVerificationError as error:
        raise _untrusted(error) from None
    except CapabilityError:
        # never in clear text instead: whoever stands in between could ask for just that
        raise SetupError(SERVICE, "does not offer STARTTLS at this port.", _CHECK_SECURITY) from None
    except (OSError, imaplib.IMAP4.error):
        raise RefusedForNow(SERVICE, "broke off when TLS was to start.", _WAIT) from None


def _sign_in(client: "IMAPClient", account: Account) -> None:
    password = account.password.get_secret_value()
    try:
        # LOGIN knows ASCII only
        if client.has_capability("AUTH=PLAIN"):
            client.plain_login(account.user, password)
        else:
            client.login(account.user, password)
    except UnicodeEncodeError:
        raise CredentialError(
            SERVICE, "was not asked: this server takes only letters of ASCII in user and password.", _RENEW
        ) from None
    except (OSError, imaplib.IMAP4.abort):
        raise RefusedForNow(SERVICE, "broke off while signing in.", _WAIT) from None
    except imaplib.IMAP4.error as error:
        if _passes(error):
            told = f"takes no sign-in now: {_words(error)}"
            raise RefusedForNow(SERVICE, told, _WAIT, retry_after=_backoff(error), answered=True) from None
        if _code(error) in ("PRIVACYREQUIRED", "CONTACTADMIN"):
            raise _setup_error(error) from None
        if _NOT_ENABLED.search(str(error)):
            raise SetupError(SERVICE, f"takes no sign-in: {_words(error)}", _SWITCH_ON) from None
        raise CredentialError(SERVICE, f"does not accept the password: {_words(error)}", _RENEW) from None


def _untrusted(error: ssl.SSLCertVerificationError) -> SetupError:
    return SetupError(
        SERVICE,
        f"has a certificate that is not trusted: {error.verify_message}.",
        "Check IMAP_HOST; for an authority of your own set SSL_CERT_FILE to its certificate.",
    )


def search(client: "IMAPClient", mailbox: str, criteria: Any) -> list[int]:  # typed as text by the library
    select(client, mailbox)
    return sorted(client.search(criteria))


def may_write(client: "IMAPClient", mailbox: str) -> bool:
    """Whether it can be written to, as the server says when it is opened for that (RFC 9051, 6.3.2). One that
    cannot, imaplib takes for the end of the session."""
    try:
        return b"READ-ONLY" not in select(client, mailbox, readonly=False)
    except imaplib.IMAP4.readonly:
        return False


def select(client: "IMAPClient", mailbox: str, *, readonly: bool = True) -> Mapping[bytes, Any]:
    try:
        return client.select_folder(mailbox, readonly=readonly)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        # a server need not say why, and a misspelt name is the usual reason
        if _code(error) or _passes(error) or _FULL.search(str(error)) or client.folder_exists(mailbox):
            raise
        raise SetupError(
            SERVICE,
            f"has no mailbox folder {mailbox}.",
            "Make it, or correct its name on the `mail` line of connections.yaml; then run `leads doctor`.",
        ) from None


def _classified(error: OSError | imaplib.IMAP4.error) -> ServiceError:
    if isinstance(error, TimeoutError):
        return TransientServiceError(SERVICE, f"did not answer within {SECONDS:g} seconds.", _WAIT)
    if isinstance(error, OSError | imaplib.IMAP4.abort):
        return TransientServiceError(SERVICE, "broke off the connection.", _WAIT)
    if _passes(error):
        # a command that is refused has done nothing, APPEND neither (RFC 3501, 6.3.11); a bug keeps no rules
        kind = TransientServiceError if _code(error) == "SERVERBUG" else RefusedForNow
        told = f"refused for now: {_words(error)}"
        return kind(SERVICE, told, _WAIT, retry_after=_backoff(error), answered=True)
    if _code(error) in _SETUP:
        return _setup_error(error)
    if _FULL.search(str(error)):
        return SetupError(SERVICE, f"refused: {_words(error)}", _SETUP["OVERQUOTA"])
    return PermanentServiceError(SERVICE, f"refused: {_words(error)}", _REPLAY)


def _setup_error(error: Exception) -> SetupError:
    return SetupError(SERVICE, f"refused: {_words(error)}", _SETUP[_code(error)])


def _passes(error: Exception) -> bool:
    return _code(error) in _PASSING or bool(_NOW.search(str(error)))


def _backoff(error: Exception) -> float | None:
    """Seconds that Exchange asks us to wait."""
    told = _BACKOFF.search(str(error))
    return int(told[1]) / 1000 if told else None


def _code(error: Exception) -> str:
    found = _CODE.search(str(error))
    return found[1] if found else ""


def _words(error: Exception) -> str:
    """What the server said, short, without the addresses it may quote back."""
    text = str(error)
    if text.startswith(("b'", 'b"')):  # the library's way of telling a sign-in that failed
        text = text[2:-1]
    return " ".join(_EMAIL.sub("<e-mail>", text).split())[:200]
