"""Locks that end with their holder, and where they are on a file system that knows none."""

import errno
import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from orchestration_project import file_locks
from orchestration_project.errors import InstallationError
from orchestration_project.file_locks import Lock, elsewhere, is_taken, is_used, lock_folder

HOLD = """if True:
    import sys
    from pathlib import Path
    from orchestration_project.file_locks import Lock
    lock = Lock(Path(sys.argv[1]))
    assert lock.take(shared=True) if sys.argv[2] == "shared" else lock.take_as_holder() is None
    print("held", flush=True)
    sys.stdin.read()
"""


def hold(path: Path, how: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path), how], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    return process


def refuse_locks(monkeypatch: pytest.MonkeyPatch, folder: Path, number: int = errno.ENOLCK) -> None:
    """Makes the folder one of a file system without locks, for this process."""
    real = fcntl.flock

    def flock(file: int, operation: int) -> None:
        if Path(f"/proc/self/fd/{file}").resolve().is_relative_to(folder.resolve()):
            raise OSError(number, os.strerror(number))
        real(file, operation)

    monkeypatch.setattr(file_locks.fcntl, "flock", flock)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "a.lock"


def test_one_has_it_alone_and_tells_who_it_is_until_it_is_killed(path: Path) -> None:
    holder = hold(path, "alone")
    assert is_taken(path)
    assert not is_used(path)
    assert not Lock(path).take()
    assert Lock(path).take_as_holder() == holder.pid
    holder.kill()
    holder.communicate()
    assert not is_taken(path)
    ours = Lock(path)
    assert ours.take_as_holder() is None
    assert Lock(path).take_as_holder() == os.getpid()
    ours.let_go()
    assert Lock(path).take()


def test_many_share_it_and_the_last_to_be_killed_sets_it_free(path: Path) -> None:
    holders = [hold(path, "shared"), hold(path, "shared")]
    for holder in holders:
        assert is_used(path)
        assert not is_taken(path)
        assert not Lock(path).wait(seconds=0)
        holder.kill()
        holder.communicate()
    assert not is_used(path)
    assert Lock(path).wait(seconds=0)


def test_locks_are_beside_what_they_are_for_and_nothing_is_left_of_the_look(tmp_path: Path) -> None:
    assert lock_folder(tmp_path / "data") == tmp_path
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL])
def test_on_a_file_system_without_locks_they_are_in_a_private_folder_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    refuse_locks(monkeypatch, tmp_path, number)
    folder = lock_folder(tmp_path / "data")
    try:
        assert not folder.is_relative_to(tmp_path)
        assert folder.stat().st_mode & 0o777 == 0o700
        assert folder == lock_folder(tmp_path / "data"), "the same for all processes"
        assert Lock(folder / "a.lock").take()
        assert list(tmp_path.iterdir()) == []
    finally:
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


@pytest.mark.parametrize("trap", ["a file", "a link", "another user"])
def test_a_folder_that_another_user_has_laid_out_for_us_is_not_used(tmp_path: Path, trap: str) -> None:
    if trap == "another user" and os.geteuid() != 0:
        pytest.skip("only root can give a folder to another user")
    folder = elsewhere(tmp_path / "data", os.geteuid())
    folder.rmdir()
    match trap:
        case "a file":
            folder.touch()
        case "a link":
            folder.symlink_to(tmp_path)
        case _:
            folder.mkdir()
            os.chown(folder, 12345, 12345)
    try:
        with pytest.raises(InstallationError, match="Set LEADS_HOME to a folder on a disk of this machine"):
            elsewhere(tmp_path / "data", os.geteuid())
    finally:
        folder.rmdir() if trap == "another user" else folder.unlink()
