"""Drafts lie in a folder as files that a person recognises, edits and moves; none is written over."""

import email
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import anyio
import pytest

from orchestration_project.connectors.mail.outbox import Outbox
from orchestration_project.errors import TransientServiceError

KEY = "L-abcdefghij"
MESSAGE_ID = "<draft.l-abcdefghij@larkfield.example>"


def message(to: str = "Jane Doe <jane@acme.example>", text: str = "Hello Zoë\n") -> EmailMessage:
    made = EmailMessage(SMTP)
    made["To"] = to
    made["Date"] = datetime(2026, 11, 24, tzinfo=UTC)
    made["Message-ID"] = MESSAGE_ID
    made.set_content(text)
    return made


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "outbox"


def files(root: Path) -> list[str]:
    return sorted(path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file())


def test_a_draft_is_a_file_named_after_its_lead(root: Path) -> None:
    written = anyio.run(Outbox(root).save_draft, KEY, message())
    assert files(root) == [f"to review and send/{KEY} Jane Doe.eml"]
    assert written.external_id == MESSAGE_ID
    assert written.url == (root / files(root)[0]).as_uri()
    assert written.note == "Waits in outbox/to review and send."


def test_the_file_is_the_message_byte_for_byte(root: Path) -> None:
    anyio.run(Outbox(root).save_draft, KEY, message())
    raw = (root / files(root)[0]).read_bytes()
    assert raw == message().as_bytes()
    assert email.message_from_bytes(raw, policy=SMTP).get_content() == "Hello Zoë\r\n"


@pytest.mark.parametrize("to", ['"../../x/y:z*?" <a@b.example>', '"CON" <a@b.example>', "a@b.example"])
def test_any_name_makes_a_file_of_that_folder(root: Path, to: str) -> None:
    anyio.run(Outbox(root).save_draft, KEY, message(to))
    (path,) = (root / "to review and send").iterdir()
    assert path.name.startswith(KEY)
    assert not set(path.name) & set('/\\:*?"<>|')


def test_a_very_long_name_is_cut(root: Path) -> None:
    anyio.run(Outbox(root).save_draft, KEY, message(f"{'山' * 300} <a@b.example>"))
    (path,) = (root / "to review and send").iterdir()
    assert len(path.name.encode()) <= 100


def test_a_draft_is_found_by_its_key(root: Path) -> None:
    outbox = Outbox(root)
    assert anyio.run(outbox.find_draft, KEY, MESSAGE_ID) is None
    written = anyio.run(outbox.save_draft, KEY, message())
    assert anyio.run(outbox.find_draft, KEY, MESSAGE_ID) == written
    assert anyio.run(outbox.find_draft, "L-other", "<other@x>") is None


def test_a_draft_that_a_person_sent_and_moved_is_found(root: Path) -> None:
    outbox = Outbox(root)
    anyio.run(outbox.save_draft, KEY, message())
    sent = root / "sent" / f"done {KEY}.eml"
    assert sent.parent.is_dir(), "a person sees where it belongs"
    (root / files(root)[0]).rename(sent)
    found = anyio.run(outbox.find_draft, KEY, MESSAGE_ID)
    assert found is not None
    assert found.url == sent.as_uri()
    anyio.run(outbox.save_draft, KEY, message())
    assert files(root) == [f"sent/done {KEY}.eml"]


def test_what_a_person_edited_is_never_written_over(root: Path) -> None:
    outbox = Outbox(root)
    first = anyio.run(outbox.save_draft, KEY, message())
    (root / files(root)[0]).write_text("my own words")
    second = anyio.run(outbox.save_draft, KEY, message("Somebody Else <a@b.example>", "other"))
    assert second == first
    assert [(root / name).read_text() for name in files(root)] == ["my own words"]


def test_a_disk_that_refuses_is_told_without_naming_the_person(root: Path) -> None:
    root.parent.joinpath("outbox").write_text("a file where the folder should be")
    with pytest.raises(TransientServiceError, match="outbox: the disk refused") as caught:
        anyio.run(Outbox(root).save_draft, KEY, message())
    assert "Jane" not in str(caught.value)


def test_check_says_whether_drafts_can_be_written(root: Path) -> None:
    assert anyio.run(Outbox(root).check).ok
    blocked = root.parent / "file"
    blocked.write_text("")
    health = anyio.run(Outbox(blocked).check)
    assert not health.ok
    assert health.mend
