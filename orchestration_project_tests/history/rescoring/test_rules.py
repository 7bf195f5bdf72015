"""Which rules are meant, and that a candidate is the live playbook with its own files in place."""

import shutil
from pathlib import Path

import pytest

from orchestration_project.errors import PlaybookError
from orchestration_project.history.rescoring.rules import rules_called
from orchestration_project.installation import WORKING_COPY
from orchestration_project.ledger import Ledger
from orchestration_project.offer import capabilities
from orchestration_project.playbook.load import load_playbook
from orchestration_project.playbook.model import Playbook


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "playbook"
    shutil.copytree(WORKING_COPY / "playbook", place)
    return place


def candidate(folder: Path, file: str = "ideal_customer.md", text: str = "Whoever pays.") -> None:
    path = folder / "candidates" / "other" / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def called(name: str, folder: Path, ledger: Ledger) -> Playbook:
    live = load_playbook(folder, capabilities())
    return rules_called(name, live, folder, ledger.playbooks, capabilities())


def test_a_candidate_is_the_live_playbook_with_its_files(folder: Path, ledger: Ledger) -> None:
    candidate(folder)
    live, other = called("live", folder, ledger), called("other", folder, ledger)
    assert other.ideal_customer == "Whoever pays."
    assert other.tracks == live.tracks
    assert other.connections == live.connections
    assert other.version != live.version


def test_candidates_are_no_part_of_the_live_version(folder: Path, ledger: Ledger) -> None:
    before = called("live", folder, ledger).version
    candidate(folder)
    assert called("live", folder, ledger).version == before


def test_an_older_version_is_found_by_its_beginning_and_made_again_of_its_files(
    folder: Path, ledger: Ledger
) -> None:
    old = called("live", folder, ledger)
    ledger.playbooks.keep(old.version, old.files)
    (folder / "ideal_customer.md").write_text("Whoever pays.")
    again = called(old.version[:6], folder, ledger)
    assert (again.version, again.ideal_customer) == (old.version, old.ideal_customer)


@pytest.mark.parametrize(
    ("file", "says"),
    [("connections.yaml", "holds connections.yaml"), ("tracks.yaml", "holds tracks.yaml")],
)
def test_a_file_that_no_candidate_holds_is_refused(
    folder: Path, ledger: Ledger, file: str, says: str
) -> None:
    candidate(folder, file)
    with pytest.raises(PlaybookError, match=says):
        called("other", folder, ledger)


def test_a_mistake_in_a_candidate_is_told_by_its_name_and_line(folder: Path, ledger: Ledger) -> None:
    rules = (folder / "playbook.yaml").read_text()
    candidate(folder, "playbook.yaml", rules.replace("actions:", "acts:", 1))
    with pytest.raises(PlaybookError, match=r"other/playbook\.yaml:\d+"):
        called("other", folder, ledger)


def test_who_is_unknown_is_told_what_there_is(folder: Path, ledger: Ledger) -> None:
    candidate(folder)
    with pytest.raises(PlaybookError, match="There are: live, other"):
        called("nobody", folder, ledger)
