"""Tells by e-mail, through any SMTP server.

A letter that is sent twice has one Message-ID, by which most mailboxes show it once.
"""

import ipaddress
import ssl
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Self

import aiosmtplib

from orchestration_project.connectors.alert.interface import Destination
from orchestration_project.connectors.base import ConnectorContext
from orchestration_project.connectors.settings import setting
from orchestration_project.errors import CredentialError, LeadsError, PermanentServiceError, RefusedForNow
from orchestration_project.model import Clock
from orchestration_project.model.alerts import Letter

SERVICE = "SMTP"
_LINE = "alerts: {tell: [{through: email}]}"
_TIMEOUT = 15.0
_TLS_PORT, _SUBMISSION_PORT = 465, 587


class SmtpSender:
    def __init__(
        self,
        host: str,
        port: int,
        login: tuple[str, str] | None,
        sender: str,
        to: tuple[str, ...],
        own: str,
        clock: Clock,
    ) -> None:
        self._host, self._port, self._login = host, port, login
        self._sender, self._to, self._own = sender, to, own
        self._clock = clock

    @classmethod
    def open(cls, destination: Destination, given: ConnectorContext) -> Self:
        host, _, port = setting(given, "SMTP_SERVER", _LINE).partition(":")
        if port and not port.isdigit():
            raise LeadsError("SMTP_SERVER is a host and a port, such as smtp.firm.example:587.")
        user = given.environment.get("SMTP_USER", "").strip()
        login = (user, setting(given, "SMTP_PASSWORD", _LINE)) if user else None
        sender = given.environment.get("SMTP_FROM", "").strip() or destination.owner
        return cls(
            host, int(port or _SUBMISSION_PORT), login, sender, destination.to, given.own_domain, given.clock
        )

    async def send(self, letter: Letter) -> None:
        try:
            await aiosmtplib.send(
                self._message(letter),
                hostname=self._host,
                port=self._port,
                username=self._login[0] if self._login else None,
                password=self._login[1] if self._login else None,
                use_tls=self._port == _TLS_PORT,
                # a password goes over no open line but one within this machine
                start_tls=None if self._port == _TLS_PORT or _is_here(self._host) else True,
                timeout=_TIMEOUT,
            )
        except aiosmtplib.SMTPAuthenticationError as error:
            mend = "Renew SMTP_USER and SMTP_PASSWORD."
            raise CredentialError(
                SERVICE, f"refuses the user name or password: {error.message}.", mend
            ) from None
        except aiosmtplib.SMTPRecipientsRefused as error:
            said = "; ".join(f"{one.code} {one.message}" for one in error.recipients)
            mend = "Look at `to` under `alerts` in playbook.yaml."
            raise PermanentServiceError(SERVICE, f"refuses the recipient: {said}.", mend) from None
        except (aiosmtplib.SMTPException, OSError, ssl.SSLError) as error:
            mend = f"Look at SMTP_SERVER ({self._host}:{self._port})."
            raise RefusedForNow(SERVICE, f"did not take the message: {error}.", mend) from None

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        message["Subject"] = letter.title
        message["From"], message["To"] = self._sender, ", ".join(self._to)
        message["Date"] = format_datetime(self._clock())
        message["Message-ID"] = f"<{letter.key}@{self._own}>"
        message["Auto-Submitted"] = "auto-generated"  # holiday notes do not answer it
        message.set_content("\n".join(filter(None, (letter.body, letter.link))) + "\n")
        return message


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
