"""What is kept of a playbook is that playbook, while its documents and the code are what they were."""

import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from orchestration_project.errors import PlaybookError
from orchestration_project.installation import WORKING_COPY
from orchestration_project.offer import capabilities
from orchestration_project.playbook import load
from orchestration_project.playbook.kept import kept_time_zone, read_kept
from orchestration_project.playbook.load import load_playbook

OFFERED = capabilities()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(WORKING_COPY / "playbook", tmp_path / "playbook"))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture
def unread(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever reads documents from now on fails."""
    monkeypatch.delattr(load, "load_playbook")


def change(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


def test_the_second_reading_reads_no_document_and_says_the_same(
    folder: Path, home: Path, request: pytest.FixtureRequest
) -> None:
    read = read_kept(folder, home, OFFERED)
    assert read == load_playbook(folder, OFFERED)
    request.getfixturevalue("unread")
    again = read_kept(folder, home, OFFERED)
    assert again == read
    assert again.files == read.files
    assert kept_time_zone(folder, home) == read.business.time_zone


@pytest.mark.parametrize(
    "file", ["playbook.yaml", "connections.yaml", "ideal_customer.md", "drafts/priority.md"]
)
def test_a_document_that_was_changed_is_read(folder: Path, home: Path, file: str) -> None:
    read_kept(folder, home, OFFERED)
    place = folder / file
    place.write_bytes(place.read_bytes() + b"\n# and more\n")
    assert kept_time_zone(folder, home) is None
    assert read_kept(folder, home, OFFERED) == load_playbook(folder, OFFERED)


def test_a_mistake_that_was_made_since_is_told(folder: Path, home: Path) -> None:
    read_kept(folder, home, OFFERED)
    change(folder / "connections.yaml", "connector: local", "connector: locall")
    with pytest.raises(PlaybookError, match="locall"):
        read_kept(folder, home, OFFERED)


def test_what_the_code_no_longer_offers_is_told(folder: Path, home: Path) -> None:
    read_kept(folder, home, OFFERED)
    with pytest.raises(PlaybookError, match="calendar_hold"):
        read_kept(folder, home, replace(OFFERED, actions=OFFERED.actions - {"calendar_hold"}))


@pytest.mark.parametrize("kept", [b"", b"[]", b"{", b'{"mark": 1}'])
def test_a_kept_file_that_is_spoiled_is_made_anew(folder: Path, home: Path, kept: bytes) -> None:
    read = read_kept(folder, home, OFFERED)
    (home / "playbook.json").write_bytes(kept)
    assert kept_time_zone(folder, home) is None
    assert read_kept(folder, home, OFFERED) == read
    assert kept_time_zone(folder, home) == read.business.time_zone


def test_without_a_home_it_is_read_each_time(folder: Path, home: Path) -> None:
    home.rmdir()
    assert read_kept(folder, home, OFFERED) == load_playbook(folder, OFFERED)
    assert not home.exists()
