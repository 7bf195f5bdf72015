"""What a disk refuses, in words: a person's matter, or one that passes."""

import errno
import os
from datetime import UTC, datetime
from pathlib import Path

import anyio
import pytest
from filelock import FileLock

from orchestration_project.connectors import local_files
from orchestration_project.connectors.chat.file import ChatFile
from orchestration_project.connectors.local_files import disk_errors
from orchestration_project.errors import SetupError, TransientServiceError


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        (errno.ENOSPC, SetupError),
        (errno.EDQUOT, SetupError),
        (errno.EROFS, SetupError),
        (errno.EACCES, SetupError),
        (errno.EPERM, SetupError),
        (errno.EIO, TransientServiceError),
        (errno.ESTALE, TransientServiceError),
    ],
)
def test_a_disk_that_is_full_or_closed_to_us_is_for_a_person(code: int, kind: type[Exception]) -> None:
    with pytest.raises(kind, match=r"chat: the disk refused: .*LEADS_HOME") as caught, disk_errors("chat"):
        raise OSError(code, os.strerror(code), "/home/jane.txt")
    assert "jane" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_file_that_another_process_holds_is_tried_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_files, "LOCK_SECONDS", 0)
    chat = ChatFile(tmp_path / "chat.log", lambda: datetime.now(UTC))
    with FileLock(tmp_path / ".chat.log.lock"), pytest.raises(TransientServiceError):
        anyio.run(chat.post, "L-1", "Jane wrote")


def test_a_full_disk_leaves_no_half_line_behind(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs Linux's /dev/full")
    (tmp_path / "chat.log").symlink_to("/dev/full")
    chat = ChatFile(tmp_path / "chat.log", lambda: datetime.now(UTC))
    with pytest.raises(SetupError, match="No space left"):
        anyio.run(chat.post, "L-1", "Jane wrote")
