"""What an installation writes is its owner's to read, also where an older version made it otherwise."""

import logging
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration_project.connectors.local_files import append_line
from orchestration_project.connectors.whole_files import write_whole
from orchestration_project.installation import locate, make_home
from orchestration_project.private_files import copy_privately


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(home: Path) -> dict[str, int]:
    """Of all that others could do something with."""
    paths = [home, *home.rglob("*")]
    found = {path.name: stat.S_IMODE(path.lstat().st_mode) for path in paths if not path.is_symlink()}
    return {name: mode for name, mode in found.items() if mode & 0o077}


def test_all_that_is_made_in_it_is_its_owners(tmp_path: Path) -> None:
    home = tmp_path / "home"
    make_home(locate({"LEADS_HOME": str(home), "LEADS_DATABASE_URL": "postgresql://x/y"}))
    (home / "history").mkdir()
    (home / "history" / "leads.parquet").write_bytes(b"x")
    write_whole(home / "outbox" / "L-1 Ann.eml", b"x")
    append_line(home / "chat.log", "x")
    assert modes(home) == {}


def test_an_older_installation_is_mended_at_the_next_start_and_it_is_told_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home = tmp_path / "home"
    (home / "outbox").mkdir(parents=True)
    (home / "outbox" / "L-1 Ann.eml").write_text("x")
    (home / "postgres").mkdir()
    (home / "postgres" / "PG_VERSION").write_text("18")
    (home / "elsewhere").symlink_to(tmp_path)
    place = locate({"LEADS_HOME": str(home), "LEADS_DATABASE_URL": "postgresql://x/y"})
    with caplog.at_level(logging.WARNING):
        make_home(place)
        make_home(place)
    assert [record.name for record in caplog.records] == ["orchestration_project.installation"]
    assert modes(home) == {"postgres": 0o755, "PG_VERSION": 0o644}, "that folder is the server's own business"
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700, "a link is not followed"


@pytest.mark.skipif(os.geteuid() != 0, reason="only of root the embedded server is another user")
def test_the_embedded_server_of_root_may_pass_and_nobody_may_read(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    make_home(locate({"LEADS_HOME": str(home)}))
    assert stat.S_IMODE(home.stat().st_mode) == 0o711
    make_home(locate({"LEADS_HOME": str(home)}))
    assert modes(home) == {"home": 0o711}


def test_nobody_is_warned_of_a_home_that_others_could_only_pass_through(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o711)  # as the embedded server of root had it
    with caplog.at_level(logging.WARNING):
        make_home(locate({"LEADS_HOME": str(home), "LEADS_DATABASE_URL": "postgresql://x/y"}))
    assert not caplog.records
    assert stat.S_IMODE(home.stat().st_mode) == 0o700


def test_a_copy_is_its_owners_whoever_may_read_what_it_is_of(tmp_path: Path) -> None:
    (tmp_path / "playbook" / "drafts").mkdir(parents=True)
    (tmp_path / "playbook" / "drafts" / "priority.md").write_text("Hello Ann")
    for path in (tmp_path / "playbook", *(tmp_path / "playbook").rglob("*")):
        path.chmod(0o755)
    copy_privately(tmp_path / "playbook", tmp_path / "copy")
    assert (tmp_path / "copy" / "drafts" / "priority.md").read_text() == "Hello Ann"
    assert modes(tmp_path / "copy") == {}
