"""Each service forgets what we have put there, and says that there is nothing when it is asked again."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from orchestration_project.connectors.calendar.interface import Hold
from orchestration_project.connectors.crm.interface import LoggedActivity, NewTask
from orchestration_project.connectors.folder.disk import DiskFolders
from orchestration_project.connectors.sequence.interface import Subscriber
from orchestration_project.connectors.sequence.local import LocalSequence
from orchestration_project.fake_services.gmail import GmailService
from orchestration_project.fake_services.microsoft import MicrosoftService
from orchestration_project_tests.connectors.every_service import KEY, ROWS, Row
from orchestration_project_tests.connectors.mail.opening import message
from orchestration_project_tests.connectors.test_every_service import opened
from orchestration_project_tests.fakes.dav import WebDavService

pytestmark = pytest.mark.anyio

EMAIL = "zoe@acme.example"
AT = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)


async def crm(connector: Any, _: Any) -> None:
    contact = await connector.create_contact({"email": EMAIL, "name": "Zoë Doe"}, {})
    task = NewTask(key=KEY, title="Call", body="", due=date(2026, 11, 26), due_at=AT, assignee="x@y.example")
    call = LoggedActivity(key=f"{KEY}-call", kind="call", at=AT, title="Call", body="")
    mail = LoggedActivity(key=f"{KEY}-mail", kind="mail", at=AT, title="Mail", body="")
    await connector.add_note(contact.id, KEY, "Zoë wants payroll")
    await connector.add_task(contact.id, task)
    for activity in (call, mail):
        await connector.log_activity(contact.id, activity)
    for kind, key in (("note", KEY), ("task", KEY), ("activity", call.key), ("activity", mail.key)):
        assert (await connector.erase_entry(kind, contact.id, key)).answer == "erased", (kind, key)
        assert (await connector.erase_entry(kind, contact.id, key)).answer == "not_there", (kind, key)
    assert await connector.find_note(contact.id, KEY) is None
    assert (await connector.erase_contact(contact.id)).answer == "erased"
    assert await connector.find_contact(EMAIL) is None
    assert (await connector.erase_contact(contact.id)).answer == "not_there"


async def mail(connector: Any, service: Any) -> None:
    written = await connector.save_draft(KEY, message())
    assert (await connector.erase_draft(KEY, written.external_id)).answer == "erased"
    assert await connector.find_draft(KEY, str(message()["Message-ID"])) is None
    assert (await connector.erase_draft(KEY, written.external_id)).answer == "not_there"
    assert not list(service.mails)
    written = await connector.save_draft(KEY, message())
    match service:
        case GmailService():
            service.send(next(iter(service.drafts)))
        case MicrosoftService():
            service.send(service.mails[0].id)
        case _:
            raise AssertionError(service)
    told = await connector.erase_draft(KEY, written.external_id)
    assert told.answer == "cannot" and "it was sent" in told.note
    assert len(list(service.mails)) == 1


async def chat(connector: Any, service: Any) -> None:
    written = await connector.post(KEY, "Zoë wrote")
    await connector.post("L-other", "somebody else")
    assert (await connector.erase_message(KEY, written.external_id)).answer == "erased"
    assert [one.text for one in service.messages] == ["somebody else"]
    assert (await connector.erase_message(KEY, written.external_id)).answer == "not_there"
    late = await connector.post(KEY, "Zoë again")
    service.token = ""
    with pytest.raises(Exception, match="token_revoked"):
        await connector.erase_message(KEY, late.external_id)


async def calendar(connector: Any, _: Any) -> None:
    hold = Hold(key=KEY, start=AT, end=AT.replace(hour=11), title="Call with Zoë", description="")
    await connector.save_hold(hold)
    assert (await connector.erase_hold(KEY)).answer == "erased"
    assert await connector.find_time(KEY) is None
    assert (await connector.erase_hold(KEY)).answer == "not_there"


async def folder(connector: Any, service: Any) -> None:
    made = await connector.make_folder(KEY, f"Zoë ({KEY})", {"lead.md": b"Zoe"})
    assert (await connector.erase_folder(KEY, ["lead.md"])).answer == "erased"
    assert await connector.find_folder(KEY) is None
    assert (await connector.erase_folder(KEY, ["lead.md"])).answer == "not_there"
    made = await connector.make_folder(KEY, f"Zoë ({KEY})", {"lead.md": b"Zoe"})
    if isinstance(service, WebDavService):
        return
    service.add("contract.pdf", made.external_id, b"signed")
    assert (await connector.erase_folder(KEY, ["lead.md"])).answer == "cannot"
    assert service.tree(made.external_id) == {"contract.pdf": b"signed"}


async def sequence(connector: Any, _: Any) -> None:
    await connector.enrol("letter", Subscriber(email=EMAIL, given_name="Zoë"))
    assert (await connector.erase_member("letter", EMAIL)).answer == "erased"
    assert await connector.find_member("letter", EMAIL) is None
    assert (await connector.erase_member("letter", EMAIL)).answer == "not_there"


ERASES: dict[str, Callable[[Any, Any], Awaitable[None]]] = {
    "crm": crm,
    "mail": mail,
    "chat": chat,
    "calendar": calendar,
    "folder": folder,
    "sequence": sequence,
}


@pytest.mark.parametrize(
    "row", [row for row in ROWS if row.name.split()[0] in ERASES], ids=lambda row: row.name
)
async def test_a_service_forgets(row: Row, tmp_path: Path) -> None:
    async with opened(row, tmp_path) as case:
        await ERASES[row.name.split()[0]](case.connector, case.service)


async def test_a_folder_with_a_persons_own_files_keeps_them(tmp_path: Path) -> None:
    folders = DiskFolders(tmp_path)
    await folders.make_folder(KEY, f"Zoë ({KEY})", {"lead.md": b"Zoe"})
    made = tmp_path / f"Zoë ({KEY})"
    (made / "contract.pdf").write_bytes(b"signed")
    assert (await folders.erase_folder(KEY, ["lead.md"])).answer == "cannot"
    assert not (made / "lead.md").exists() and (made / "contract.pdf").exists()


async def test_a_list_keeps_its_other_members(tmp_path: Path) -> None:
    members = LocalSequence(tmp_path, lambda: AT)
    for email in (EMAIL, "ann@one.example"):
        await members.enrol("letter", Subscriber(email=email, given_name="=1, two"))
    before = (tmp_path / "letter.csv").read_text()
    assert (await members.erase_member("letter", EMAIL.upper())).answer == "erased"
    assert (tmp_path / "letter.csv").read_text() == "".join(
        line for line in before.splitlines(keepends=True) if EMAIL not in line
    )
