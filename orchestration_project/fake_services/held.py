"""What stands in the accounts and in the files, as plain things: a note, a draft, a folder, and whose it is.

Read from the stand-ins' own stores and from the disk, never from the ledger and with none of the connectors'
code, so that it can be held against both. What ought to stand there is `checker.py`.
"""

import csv
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from html import unescape
from itertools import chain
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text

from orchestration_project.fake_services.base import FakeService
from orchestration_project.fake_services.brevo import FakeBrevo
from orchestration_project.fake_services.gmail import GmailService
from orchestration_project.fake_services.google_calendar import GoogleCalendarService
from orchestration_project.fake_services.google_drive import FOLDER_TYPE, GoogleDriveService
from orchestration_project.fake_services.hubspot import FakeHubSpot
from orchestration_project.fake_services.mailchimp import FakeMailchimp
from orchestration_project.fake_services.microsoft import MicrosoftService
from orchestration_project.fake_services.pipedrive import FakePipedrive
from orchestration_project.fake_services.slack import SlackService


class Kind(StrEnum):
    CONTACT = "contact"
    COMPANY = "company"
    NOTE = "note"
    TASK = "task"
    ACTIVITY = "logged call or mail"
    INBOX_ENTRY = "entry in the leads inbox"
    DRAFT = "draft"
    CHAT = "chat message"
    EVENT = "calendar event"
    FOLDER = "folder"
    FILE = "file in a folder"
    MEMBER = "sequence member"


@dataclass(frozen=True)
class Held:
    """One thing that stands somewhere.

    `key` says whose: the lead's ref, or what is made of it; the e-mail address of a contact, the domain or
    name of a company, `address in list` of a sequence member. All in lower case.
    """

    where: str
    kind: Kind
    key: str
    by_us: bool = True  # False: a person entered it
    whole: bool = True  # False: begun and not finished


REF = re.compile(r"\bl-[a-z2-9]{10}\b", re.IGNORECASE)
_MARK = re.compile(r"\[lead intake ([^\]]+)\]")
_TITLE = re.compile(r"\[([^\]]+)\]$")
_TAG = re.compile(r"<[^>]*>")
_DRAFT_ID = re.compile(r"<?draft\.([^@\s]+)@")
_HOLD_ID = re.compile(r"^UID:hold\.([^@\s]+)@", re.MULTILINE)
_CHAT_LINE = re.compile(r"^\S+ \[([^\]]+)\] .*\n", re.MULTILINE)


def held_by(service: FakeService) -> Iterable[Held]:  # noqa: PLR0911 - a table of services
    """Everything in that stand-in's account. Nothing for one that is only asked."""
    match service:
        case FakeHubSpot():
            return _hubspot(service)
        case FakePipedrive():
            return _pipedrive(service)
        case GmailService():
            ids = (str(mail.message["Message-ID"]) for mail in service.mails.values() if not mail.trashed)
            return (_draft("Gmail", message_id) for message_id in ids)
        case MicrosoftService():
            ids = (str(mail.message["Message-ID"]) for mail in service.mails if mail.folder != "deleteditems")
            return (_draft("Microsoft 365", message_id) for message_id in ids)
        case SlackService():
            keys = (message.metadata.get("event_payload", {}).get("key") for message in service.messages)
            return (_thing("Slack", Kind.CHAT, key) for key in keys)
        case GoogleCalendarService():
            # a deleted one, too: it was made
            return (_thing("Google Calendar", Kind.EVENT, _lead_key(one)) for one in service.events.values())
        case GoogleDriveService():
            return _drive(service)
        case FakeMailchimp():
            return chain.from_iterable(
                _members("Mailchimp", one["email_address"], [tag["name"] for tag in one["tags"]])
                for one in service.members.values()
            )
        case FakeBrevo():
            return chain.from_iterable(
                _members("Brevo", one["email"], map(str, one["listIds"])) for one in service.contacts.values()
            )
        case _:
            return ()


def held_at_home(home: Path, database: Engine) -> Iterator[Held]:
    """Everything that the embedded connectors keep: in LEADS_HOME, and the CRM's tables in the database."""
    yield from _local_crm(database)
    for path in (home / "outbox").rglob("*.eml"):
        headers = path.read_bytes().partition(b"\n\n")[0].decode("utf-8", "replace")
        yield _draft("the outbox", headers)
    chat = home / "chat.log"
    if chat.exists():
        for key in _CHAT_LINE.findall(chat.read_text("utf-8", "replace")):
            yield _thing("chat.log", Kind.CHAT, key)
    for path in (home / "calendar").rglob("*.ics"):
        event = path.read_text("utf-8", "replace").replace("\r\n", "\n").replace("\n ", "")
        for key in _HOLD_ID.findall(event) or [None]:
            yield _thing("the calendar folder", Kind.EVENT, key)
    folders = home / "folders"
    for path in folders.iterdir() if folders.is_dir() else ():
        found = REF.search(path.name)
        whole = not path.name.startswith(".") and any(path.iterdir())
        yield _thing("the folders on disk", Kind.FOLDER, found and found[0], whole=whole)
    for path in (home / "sequences").glob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as rows:
            for row in csv.DictReader(rows):
                yield from _members("the local sequence", row["email"] or "", [path.stem])


def _hubspot(service: FakeHubSpot) -> Iterator[Held]:
    for one in service.all("contacts"):
        by_us = one.properties.get("hs_object_source") == "INTEGRATION"
        yield _thing("HubSpot", Kind.CONTACT, one.properties.get("email"), by_us=by_us)
    for one in service.all("companies"):
        yield _thing("HubSpot", Kind.COMPANY, one.properties.get("domain"))
    for name, body, kind in (
        ("notes", "hs_note_body", Kind.NOTE),
        ("tasks", "hs_task_body", Kind.TASK),
        ("calls", "hs_call_body", Kind.ACTIVITY),
        ("emails", "hs_email_html", Kind.ACTIVITY),
    ):
        for one in service.all(name):
            yield _thing("HubSpot", kind, _mark_in(one.properties.get(body)))


def _pipedrive(service: FakePipedrive) -> Iterator[Held]:
    for row in service.all("persons"):
        for email in row["emails"] or [{"value": None}]:
            yield _thing("Pipedrive", Kind.CONTACT, email["value"])
    for row in service.all("organizations"):
        yield _thing("Pipedrive", Kind.COMPANY, row["name"])
    for row in service.all("notes"):
        yield _thing("Pipedrive", Kind.NOTE, _mark_in(row.get("content")))
    for row in service.all("activities"):
        kind = Kind.TASK if row.get("type") == "task" else Kind.ACTIVITY
        yield _thing("Pipedrive", kind, _mark_in(row.get("note")))
    for row in service.all("leads"):
        found = _TITLE.search(row.get("title") or "")
        yield _thing("Pipedrive", Kind.INBOX_ENTRY, found and found[1])


def _drive(service: GoogleDriveService) -> Iterator[Held]:
    for item in service.items.values():
        key, part = item.properties.get("leadKey"), item.properties.get("leadPart")
        if item.trashed:
            continue
        if item.kind == FOLDER_TYPE and part is None:
            yield _thing("Google Drive", Kind.FOLDER, key, whole="leadComplete" in item.properties)
        else:
            yield _thing("Google Drive", Kind.FILE, key and f"{key} {part}")


def _local_crm(database: Engine) -> Iterator[Held]:
    kinds = (
        (Kind.CONTACT, "SELECT email AS key, entered_by = 'us' AS by_us FROM local_crm.contacts"),
        (Kind.NOTE, "SELECT key, true AS by_us FROM local_crm.notes"),
        (Kind.TASK, "SELECT key, true AS by_us FROM local_crm.tasks"),
        (Kind.ACTIVITY, "SELECT key, true AS by_us FROM local_crm.activities"),
    )
    with database.connect() as connection:
        for kind, query in kinds:
            for row in connection.execute(text(query)):
                yield _thing("the local CRM", kind, row.key, by_us=row.by_us)


def _members(where: str, email: str, lists: Iterable[str]) -> Iterator[Held]:
    """One a list: in none of them it is nobody whom we enrolled."""
    for name in lists:
        yield _thing(where, Kind.MEMBER, f"{email} in {name}")


def _draft(where: str, told: str) -> Held:
    """`told` has the Message-ID in it."""
    found = _DRAFT_ID.search(told)
    return _thing(where, Kind.DRAFT, found and found[1])


def _thing(where: str, kind: Kind, key: str | None, *, by_us: bool = True, whole: bool = True) -> Held:
    """Without a key it is a person's own."""
    return Held(where, kind, (key or "").casefold(), by_us=by_us and bool(key), whole=whole)


def _lead_key(event: Mapping[str, Any]) -> str | None:
    return event.get("extendedProperties", {}).get("private", {}).get("leadKey")


def _mark_in(rich_text: str | None) -> str | None:
    found = _MARK.search(unescape(_TAG.sub("", rich_text or "")).replace("\xa0", " "))
    return found[1] if found else None
