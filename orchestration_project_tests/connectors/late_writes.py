"""Every write to a web service: how it is made, found again, and counted. Those to a CRM are next door.

What is asked of all of them is in `test_late_writes.py`. The writes of embedded connectors are done when
they return, so none of them is late.
"""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from orchestration_project.connectors.calendar.interface import Hold
from orchestration_project.connectors.sequence.interface import Subscriber
from orchestration_project.fake_services.google_drive import GoogleDriveService
from orchestration_project.fake_services.held import Kind
from orchestration_project_tests.connectors.late_crm_writes import CRM_WRITES
from orchestration_project_tests.connectors.late_write import EMAIL, Place, Write, held
from orchestration_project_tests.connectors.mail.opening import KEY, MESSAGE_ID, NOW, message
from orchestration_project_tests.fakes.dav import WebDavService

HOLD = Hold(
    key=KEY, start=NOW + timedelta(hours=2), end=NOW + timedelta(hours=3), title="Hold", description="…"
)
FILES = {"lead.md": b"# Zoe"}
TEMPLATE = "template"

NOT_TRIED = {
    "mail imap": "speaks no HTTP, so no stand-in here can be late; its APPEND has no key either, and what it "
    "leaves is found by Message-ID (mail/test_imap.py)",
}
"""The connectors that write to the outside and are not in the table, and why."""


# --- mail, chat, calendar


async def find_draft(mail: Any) -> object:
    return await mail.find_draft(KEY, MESSAGE_ID)


async def save_draft(mail: Any) -> object:
    return await mail.save_draft(KEY, message())


async def find_hold(calendar: Any) -> object:
    return await calendar.find_hold(KEY)


async def save_hold(calendar: Any) -> object:
    return await calendar.save_hold(HOLD)


async def post(chat: Any) -> object:
    return await chat.post(KEY, "Zoë wrote")


async def find_message(chat: Any) -> object:
    return await chat.find_message(KEY)


def events_on_disk(place: Place) -> int:
    collections = (place.folder / "collections").rglob("sales/*.ics")  # and not those in its cache
    return len([*collections])


MESSAGES = (
    Write(
        "mail gmail",
        "draft",
        "POST /gmail/v1/users/me/drafts",
        save_draft,
        find_draft,
        held(Kind.DRAFT),
        None,
    ),
    Write("mail microsoft", "draft", "POST /v1.0/users/", save_draft, find_draft, held(Kind.DRAFT), None),
    Write("chat slack", "message", "POST /api/chat.postMessage", post, find_message, held(Kind.CHAT), None),
    Write(
        "calendar google",
        "hold",
        "POST /calendar/v3/calendars/",
        save_hold,
        find_hold,
        held(Kind.EVENT),
        "the event's id, chosen by us",
    ),
    Write(
        "calendar caldav",
        "hold",
        "PUT /",
        save_hold,
        find_hold,
        events_on_disk,
        "the address, made of the UID, with If-None-Match",
    ),
)


# --- folders


async def make_folder(folders: Any) -> object:
    return await folders.make_folder(KEY, f"Acme ({KEY})", FILES)


async def find_folder(folders: Any) -> object:
    return await folders.find_folder(KEY)


def template_in_drive(place: Place) -> None:
    service: GoogleDriveService = place.service
    service.add(TEMPLATE)
    folder = next(iter(service.items.values()))
    service.items[TEMPLATE] = service.items.pop(folder.id)
    service.items[TEMPLATE].id = TEMPLATE
    service.add("contract.md", parent=TEMPLATE, content=b"We agree.")


def template_on_disk(place: Place) -> None:
    (place.folder / "leads" / TEMPLATE).mkdir()


def copies_in_drive(place: Place) -> int:
    return sum(
        item.name == "contract.md" and item.parent != TEMPLATE for item in place.service.items.values()
    )


def uploads(place: Place) -> int:
    return sum(item.name == "lead.md" for item in place.service.items.values())


def complete_folders(place: Place) -> int:
    return sum("leadComplete" in item.properties for item in place.service.items.values())


def folders_on_disk(place: Place) -> int:
    assert isinstance(place.service, WebDavService)
    whole = [one for one in (place.folder / "leads").iterdir() if f"({KEY})" in one.name]
    assert all((one / "lead.md").read_bytes() == FILES["lead.md"] for one in whole)
    return len(whole)


def in_webdav(what: str, at: str, **more: Any) -> Write:
    return Write(
        "folder webdav",
        what,
        at,
        make_folder,
        find_folder,
        folders_on_disk,
        "the folder's name, which has the ref in it",
        **more,
    )


_HALF = "the folder is not complete yet"
_TEMPLATE: Mapping[str, Any] = {"template": TEMPLATE}

FOLDERS = (
    Write(
        "folder drive",
        "folder",
        "POST /drive/v3/files",
        make_folder,
        find_folder,
        held(Kind.FOLDER),
        "the folder's id, taken from Drive beforehand",
        half=_HALF,
    ),
    Write(
        "folder drive",
        "file",
        "POST /upload/drive/v3/files",
        make_folder,
        find_folder,
        uploads,
        "the file's id, taken from Drive beforehand",
        half=_HALF,
    ),
    Write(
        "folder drive",
        "file of the template",
        "POST /drive/v3/files/item-",
        make_folder,
        find_folder,
        copies_in_drive,
        "the copy's id, taken from Drive beforehand",
        half=_HALF,
        options=_TEMPLATE,
        prepare=template_in_drive,
    ),
    Write(
        "folder drive",
        "mark of a complete folder",
        "PATCH /drive/v3/files/",
        make_folder,
        find_folder,
        complete_folders,
        "the folder's id",
    ),
    in_webdav("folder", "MKCOL /", half=_HALF),
    in_webdav("file", "PUT /", half=_HALF),
    in_webdav("copy of the template", "COPY /", half=_HALF, options=_TEMPLATE, prepare=template_on_disk),
    in_webdav("final name", "MOVE /"),
)


# --- sequences


async def enrol(sequence: Any) -> object:
    return await sequence.enrol("letter", Subscriber(email=EMAIL, given_name="Zoë"))


async def find_member(sequence: Any) -> object:
    return await sequence.find_member("letter", EMAIL)


def in_mailchimp(place: Place) -> int:
    return len(place.service.members)


SEQUENCES = (
    Write(
        "sequence mailchimp",
        "member",
        "PUT /3.0/lists/",
        enrol,
        find_member,
        in_mailchimp,
        "the e-mail address, as MD5 in the path",
        half="the tag comes after it",
    ),
    Write(
        "sequence mailchimp",
        "tag of a member",
        "POST /3.0/lists/",
        enrol,
        find_member,
        held(Kind.MEMBER),
        "the tag's name",
    ),
    Write(
        "sequence brevo",
        "contact in a list",
        "POST /v3/contacts",
        enrol,
        find_member,
        held(Kind.MEMBER),
        "the e-mail address, with updateEnabled",
    ),
)

WRITES = (*CRM_WRITES, *MESSAGES, *FOLDERS, *SEQUENCES)
