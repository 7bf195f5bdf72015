"""A stand-in for the Gmail API: one mailbox with drafts and sent mails, and a person who works in it.

The search knows what our connector asks: `rfc822msgid:`, and `to:`, which finds words as the real one does.
"""

import base64
import email
import email.policy
import re
import time
from dataclasses import dataclass, replace
from email.message import EmailMessage
from functools import cached_property
from typing import Any

from orchestration_project.fake_services.base import Reply, Request
from orchestration_project.fake_services.google import GoogleService, refusal

NOT_FOUND = refusal(404, "notFound", "Requested entity was not found.")
MAILBOX = "owner@larkfield.example"


@dataclass(frozen=True)
class Mail:
    id: str
    thread_id: str
    label: str
    raw: bytes
    at: int  # milliseconds
    trashed: bool = False

    @cached_property  # a search looks at every mail there is
    def message(self) -> EmailMessage:
        return email.message_from_bytes(self.raw, policy=email.policy.default)

    @cached_property
    def message_id(self) -> str:
        return str(self.message["Message-ID"]).strip("<>")


class GmailService(GoogleService):
    def __init__(self) -> None:
        super().__init__()
        self.mails: dict[str, Mail] = {}
        self.drafts: dict[str, str] = {}  # draft id: id of its mail
        self.mailbox = MAILBOX
        self.search_lags = False
        """Newly written mails are not found yet."""

    # --- what a person does in the mailbox

    def edit(
        self, draft_id: str, raw: bytes, *, other_thread: bool = False, other_draft: bool = False
    ) -> None:
        """The mail gets another id, with a new subject another thread too, and at times so does the draft."""
        old = self.mails.pop(self.drafts.pop(draft_id))
        thread = self.new_id() if other_thread else old.thread_id
        new = replace(old, id=self.new_id(), raw=raw, thread_id=thread, at=int(time.time() * 1000))
        self.mails[new.id] = new
        self.drafts[self.new_id("r-") if other_draft else draft_id] = new.id

    def send(self, draft_id: str) -> Mail:
        draft = self.mails.pop(self.drafts.pop(draft_id))
        sent = replace(draft, id=self.new_id(), label="SENT", at=int(time.time() * 1000))
        self.mails[sent.id] = sent
        return sent

    def throw_away(self, draft_id: str) -> None:
        del self.mails[self.drafts.pop(draft_id)]

    def throw_sent_away(self, mail: Mail) -> None:
        self.mails[mail.id] = replace(mail, trashed=True)

    # --- what the API answers

    def answer_to(self, request: Request) -> Reply:  # noqa: PLR0911 - a table of routes
        if request.segments[:4] != ("gmail", "v1", "users", "me"):
            return NOT_FOUND
        match request.method, *request.segments[4:]:
            case "GET", "profile":
                return Reply(body={"emailAddress": self.mailbox, "historyId": "1"})
            case "POST", "drafts":
                return self._create(request.body)
            case "GET", ("drafts" | "messages") as kind:
                return self._list(kind, request)
            case "GET", ("drafts" | "messages" | "threads") as kind, wanted:
                return self._one(kind, wanted, request.param("format", "full"))
            case "PUT", "drafts", wanted if wanted in self.drafts:
                self.edit(wanted, base64.urlsafe_b64decode(request.body["message"]["raw"]))
                return self._one("drafts", wanted, "minimal")
            case "DELETE", "drafts", wanted if wanted in self.drafts:
                self.throw_away(wanted)
                return Reply(204)
            case _:
                return NOT_FOUND

    def _create(self, body: Any) -> Reply:
        raw = base64.urlsafe_b64decode(body["message"]["raw"])
        mail = Mail(self.new_id(), self.new_id(), "DRAFT", raw, int(time.time() * 1000))
        draft_id = self.new_id("r-")
        self.mails[mail.id] = mail
        self.drafts[draft_id] = mail.id
        return Reply(body={"id": draft_id, "message": _shown(mail, "minimal")})

    def _list(self, kind: str, request: Request) -> Reply:
        labels = set(request.query.get("labelIds", []))
        draft_ids = {mail_id: draft_id for draft_id, mail_id in self.drafts.items()}
        found: list[dict[str, Any]] = []
        for mail in reversed(self.mails.values()):
            ids = {"id": mail.id, "threadId": mail.thread_id}
            if not (labels <= {mail.label} and self._fits(mail, request.param("q"))):
                continue
            if mail.trashed and request.param("includeSpamTrash") != "true":
                continue
            if kind == "messages":
                found.append(ids)
            elif mail.id in draft_ids:
                found.append({"id": draft_ids[mail.id], "message": ids})
        found = found[: int(request.param("maxResults", "100"))]
        # the real one leaves out an empty list
        return Reply(body={"resultSizeEstimate": len(found), **({kind: found} if found else {})})

    def _one(self, kind: str, wanted: str, form: str) -> Reply:
        if kind == "drafts" and wanted in self.drafts:
            return Reply(body={"id": wanted, "message": _shown(self.mails[self.drafts[wanted]], form)})
        if kind == "messages" and wanted in self.mails:
            return Reply(body=_shown(self.mails[wanted], form))
        mails = [_shown(mail, form) for mail in self.mails.values() if mail.thread_id == wanted]
        if kind == "threads" and mails:
            return Reply(body={"id": wanted, "messages": mails})
        return NOT_FOUND

    def _fits(self, mail: Mail, query: str) -> bool:
        if not query:
            return True
        if self.search_lags:
            return False
        if phrase := re.fullmatch(r'to:"([^"]+)"', query):
            return f" {_words(phrase[1])} " in f" {_words(str(mail.message['To']))} "
        if query.startswith("rfc822msgid:"):
            return mail.message_id == query.removeprefix("rfc822msgid:")
        raise ValueError(f"the stand-in does not know the search {query!r}")


def _words(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text.casefold()))


def _shown(mail: Mail, form: str) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": mail.id,
        "threadId": mail.thread_id,
        "labelIds": [mail.label],
        "internalDate": str(mail.at),
    }
    if form == "raw":
        shown["raw"] = base64.urlsafe_b64encode(mail.raw).decode()
    if form in ("metadata", "full"):
        headers = [{"name": name, "value": str(value)} for name, value in mail.message.items()]
        shown["payload"] = {"headers": headers}
    return shown
