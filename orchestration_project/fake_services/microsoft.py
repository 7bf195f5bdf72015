"""A stand-in for Microsoft 365: the sign-in and one mailbox in Graph, and a person who works in it.

The search knows what our connector asks: `internetMessageId`, `isDraft`, the header property of ours, and
what was changed since a time.
"""

import base64
import binascii
import email
import email.policy
import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.message import EmailMessage
from typing import Any

from orchestration_project.fake_services.base import FakeService, Reply, Request

TENANT, CLIENT_ID = "0f0e0d0c-0b0a-0908-0706-050403020100", "11111111-2222-3333-4444-555555555555"
CLIENT_SECRET, REFRESH_TOKEN = "client-secret", "refresh-token"
USER = "nora@larkfield.example"
REF_HEADER = "X-Lead-Ref"
LOGIN = "https://login.microsoftonline.com"
_BY_HEADER = re.compile(
    r"singleValueExtendedProperties/Any\(ep: "
    r"ep/id eq 'String \{00020386-0000-0000-C000-000000000046\} Name (.*)' and ep/value eq '(.*)'\)"
)


@dataclass(frozen=True)
class Mail:
    id: str
    raw: bytes
    is_draft: bool = True
    folder: str = "drafts"
    changed_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    message_id: str | None = None  # another one than the mail's own, where the service gave it one

    @property
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=email.policy.default)


class MicrosoftService(FakeService):
    def __init__(self) -> None:
        super().__init__()
        self.mails: list[Mail] = []
        self.user = USER
        self.token_number = 0
        self.accepts_tokens_from = 1
        self.client_secret = CLIENT_SECRET
        self.refresh_token = REFRESH_TOKEN
        self.rolled: list[str] = []
        """Each sign-in with a refresh token brings the next one."""
        self._made = 0

    @property
    def environment(self) -> dict[str, str]:
        """What a connector is told to reach this one, as the app itself."""
        return {
            "MS_TENANT_ID": TENANT,
            "MS_CLIENT_ID": CLIENT_ID,
            "MS_CLIENT_SECRET": CLIENT_SECRET,
            "MS_USER": USER,
            "MS_BASE_URL": f"{self.base_url}/v1.0",
            "MS_LOGIN_BASE_URL": self.base_url,
        }

    # --- what a person, or an administrator, does

    def send(self, id_: str, *, new_id: bool = False, new_message_id: bool = False, text: str = "") -> None:
        """Exchange may give the sent mail another id, and another Message-ID."""
        old = next(mail for mail in self.mails if mail.id == id_)
        raw = old.raw
        if text:
            edited = old.message
            edited.clear_content()
            edited.set_content(text)
            raw = edited.as_bytes()
        sent = replace(
            old,
            raw=raw,
            is_draft=False,
            id=self._new_id() if new_id else old.id,
            message_id="<exchange@prod.outlook.example>" if new_message_id else old.message_id,
        )
        self.mails[self.mails.index(old)] = sent

    def edit_elsewhere(self, id_: str, raw: bytes) -> None:
        """A mail program other than Outlook writes the draft anew, without a header of ours."""
        self.mails = [mail for mail in self.mails if mail.id != id_]
        self.mails.append(Mail(self._new_id(), raw))

    def edit(self, id_: str, raw: bytes) -> None:
        """All that Outlook leaves as it is: the ids and the headers it knows nothing of."""
        old = next(mail for mail in self.mails if mail.id == id_)
        edited = email.message_from_bytes(raw, policy=email.policy.default)
        for name in ("Message-ID", REF_HEADER):
            del edited[name]
            edited[name] = str(old.message[name])
        self.mails[self.mails.index(old)] = replace(old, raw=edited.as_bytes(), changed_at=datetime.now(UTC))

    def throw_away(self, id_: str) -> None:
        """Into Deleted Items, where it stays a draft."""
        old = next(mail for mail in self.mails if mail.id == id_)
        self.mails[self.mails.index(old)] = replace(old, folder="deleteditems")

    def revoke_tokens(self) -> None:
        self.accepts_tokens_from = self.token_number + 1

    # --- the service

    def writes(self, request: Request) -> bool:
        return super().writes(request) and not request.path.endswith("/oauth2/v2.0/token")

    def refuse_credential(self, request: Request) -> Reply:
        if request.path.endswith("/oauth2/v2.0/token"):
            return _refusal("invalid_client", "AADSTS7000222: The provided client secret keys are expired.")
        return super().refuse_credential(request)

    def handle(self, request: Request) -> Reply:
        match (request.method, *request.segments):
            case ("GET", tenant, "v2.0", ".well-known", "openid-configuration"):
                return self._discovery(tenant)
            case ("POST", tenant, "oauth2", "v2.0", "token") if tenant == TENANT:
                return self._token(request.form)
            case _:
                pass
        if not self._is_signed_in(request):
            return _error(401, "InvalidAuthenticationToken", "Access token has expired or is not yet valid.")
        match (request.method, *request.segments):
            case (method, "v1.0", "me", *rest):
                return self._mailbox(method, rest, request)
            case (method, "v1.0", "users", user, *rest) if user == self.user:
                return self._mailbox(method, rest, request)
            case _:
                return _error(404, "ErrorInvalidUser", f"The requested user '{USER}' is invalid.")

    def _mailbox(self, method: str, rest: list[str], request: Request) -> Reply:  # noqa: PLR0911 - a table of routes
        match (method, *rest):
            case ("POST", "messages"):
                return self._create(request)
            case ("GET", "messages"):
                return _listed(self.mails, request)
            case ("POST", "messages", id_, "permanentDelete"):
                self.mails = [mail for mail in self.mails if mail.id != id_]
                return Reply(204)
            case ("GET", "mailFolders", folder, "messages"):
                return _listed([mail for mail in self.mails if mail.folder == folder], request)
            case ("PATCH", "messages", id_) if any(mail.id == id_ and mail.is_draft for mail in self.mails):
                return self._update(id_, request.body)
            case ("GET", "messages", id_):
                for mail in self.mails:
                    if mail.id == id_:
                        return Reply(200, _shown(mail))
            case _:
                pass
        return _error(404, "ErrorItemNotFound", "The specified object was not found in the store.")

    def _update(self, id_: str, body: dict[str, Any]) -> Reply:
        """Of a draft: what is named, and nothing else (learn.microsoft.com, Update message)."""
        old = next(mail for mail in self.mails if mail.id == id_)
        message = old.message
        for name, value in (
            ("Subject", body["subject"]),
            ("To", ", ".join(one["emailAddress"]["address"] for one in body["toRecipients"])),
        ):
            del message[name]
            message[name] = value
        message.clear_content()
        message.set_content(body["body"]["content"])
        now = replace(old, raw=message.as_bytes(), changed_at=datetime.now(UTC))
        self.mails[self.mails.index(old)] = now
        return Reply(200, _shown(now))

    def _create(self, request: Request) -> Reply:
        if request.headers.get("content-type") != "text/plain":
            return _error(415, "UnsupportedMediaType", "This stand-in takes MIME only.")
        try:
            raw = base64.b64decode(request.raw, validate=True)
        except binascii.Error:
            return _error(
                400, "ErrorMimeContentInvalidBase64String", "Invalid base64 string for MIME content."
            )
        mail = Mail(self._new_id(), raw)
        self.mails.append(mail)
        return Reply(201, _shown(mail))

    def _new_id(self) -> str:
        self._made += 1
        return f"AAkALgAAAAAAHYQDEapmEc2byACqAC-EWg0A{self._made:04}="

    # --- the sign-in

    def _discovery(self, tenant: str) -> Reply:
        if tenant != TENANT:
            told = f"AADSTS90002: Tenant '{tenant}' not found."
            return Reply(400, {"error": "invalid_tenant", "error_description": told})
        start = f"{LOGIN}/{TENANT}/oauth2/v2.0"
        return Reply(
            200,
            {
                "issuer": f"{LOGIN}/{TENANT}/v2.0",
                "authorization_endpoint": f"{start}/authorize",
                "token_endpoint": f"{start}/token",
            },
        )

    def _token(self, form: dict[str, str]) -> Reply:
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT_ID, self.client_secret):
            return _refusal("invalid_client", "AADSTS7000222: The provided client secret keys are expired.")
        match form.get("grant_type"):
            case "client_credentials" if form.get("scope") == "https://graph.microsoft.com/.default":
                pass
            case "refresh_token" if "https://graph.microsoft.com/Mail.ReadWrite" in form.get("scope", ""):
                if form.get("refresh_token") not in (self.refresh_token, *self.rolled):
                    told = f"AADSTS700082: The refresh token of {USER} has expired due to inactivity."
                    return _refusal("invalid_grant", told)
            case _:
                return _refusal("invalid_scope", "AADSTS70011: The provided value for scope is not valid.")
        self.token_number += 1
        token = f"token-{self.token_number}"
        answer = {"token_type": "Bearer", "expires_in": 3599, "access_token": token}
        if form.get("grant_type") == "refresh_token":
            self.rolled.append(f"rolled-{self.token_number}")
            answer["refresh_token"] = self.rolled[-1]
        return Reply(200, answer)

    def _is_signed_in(self, request: Request) -> bool:
        found = re.fullmatch(r"Bearer token-(\d+)", request.headers.get("authorization", ""))
        return found is not None and int(found[1]) >= self.accepts_tokens_from


def _listed(mails: list[Mail], request: Request) -> Reply:
    found = [mail for mail in mails if _fits(mail, request.param("$filter"))]
    return Reply(200, {"value": [_shown(mail) for mail in found[: int(request.param("$top"))]]})


def _fits(mail: Mail, condition: str) -> bool:
    if condition == "isDraft eq true":
        return mail.is_draft
    if condition.startswith("lastModifiedDateTime ge "):
        return mail.changed_at >= datetime.fromisoformat(condition.rpartition(" ")[2])
    if found := re.fullmatch(r"internetMessageId eq '(.*)'", condition):
        own = mail.message_id or str(mail.message["Message-ID"])
        return own == found[1].replace("''", "'")
    if found := _BY_HEADER.fullmatch(condition):
        # the name is compared letter by letter, and Exchange keeps it in lower case; the value is not
        header = mail.message[found[1]] if found[1].islower() else None
        return str(header).casefold() == found[2].casefold()
    raise ValueError(f"the stand-in does not know the filter {condition!r}")


def _shown(mail: Mail) -> dict[str, Any]:
    message = mail.message
    body = message.get_body(("plain",))
    return {
        "id": mail.id,
        "internetMessageId": mail.message_id or str(message["Message-ID"]),
        "isDraft": mail.is_draft,
        "subject": str(message["Subject"]),
        "toRecipients": [
            {"emailAddress": {"name": address.display_name, "address": address.addr_spec}}
            for address in message["To"].addresses
        ],
        "body": {"contentType": "text", "content": body.get_content() if body else ""},
        "sentDateTime": "2026-11-25T08:00:00Z",
        "webLink": f"https://outlook.office365.example/owa/?ItemID={mail.id}",
    }


def _error(status: int, code: str, message: str) -> Reply:
    return Reply(status, {"error": {"code": code, "message": message}})


def _refusal(code: str, told: str) -> Reply:
    return Reply(401 if code == "invalid_client" else 400, {"error": code, "error_description": told})
