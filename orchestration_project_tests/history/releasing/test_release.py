"""Rules go live and back: the files, the record, and nothing else in the folder."""

import shutil
from pathlib import Path

import pytest

from orchestration_project.errors import LeadsError, PlaybookError
from orchestration_project.history.releasing.release import Refused, promote, roll_back
from orchestration_project.history.rescoring.rules import rules_called
from orchestration_project.installation import WORKING_COPY
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.releases import Release, before_live
from orchestration_project.offer import capabilities
from orchestration_project.playbook.files import rules_files
from orchestration_project.playbook.load import load_playbook
from orchestration_project.playbook.model import Playbook


class Owner:
    """Somebody with a playbook, a candidate called `other`, and a ledger."""

    def __init__(self, folder: Path, ledger: Ledger) -> None:
        self.folder, self.ledger = folder, ledger
        place = folder / "candidates" / "other"
        place.mkdir(parents=True)
        text = (folder / "ideal_customer.md").read_text()
        (place / "ideal_customer.md").write_text(f"{text}\nNo startups.\n")
        (place / "drafts").mkdir()
        (place / "drafts" / "extra.md").write_text("---\nsubject: Hello\n---\nHello\n")

    @property
    def live(self) -> Playbook:
        return load_playbook(self.folder, capabilities())

    def called(self, name: str) -> Playbook:
        return rules_called(name, self.live, self.folder, self.ledger.playbooks, capabilities())

    def promote(self, *against: str, anyway: str = "") -> Release:
        return promote(
            "other",
            self.live,
            self.called("other"),
            against,
            folder=self.folder,
            kept=self.ledger.playbooks,
            releases=self.ledger.releases,
            who="hannah",
            anyway=anyway,
        )

    def roll_back(self, version: str) -> Release:
        return roll_back(
            self.live,
            self.called(version),
            folder=self.folder,
            kept=self.ledger.playbooks,
            releases=self.ledger.releases,
            who="hannah",
        )


@pytest.fixture
def owner(tmp_path: Path, ledger: Ledger) -> Owner:
    place = tmp_path / "playbook"
    shutil.copytree(WORKING_COPY / "playbook", place)
    return Owner(place, ledger)


def test_what_passes_goes_live_and_is_written_down_in_words(owner: Owner) -> None:
    before = owner.live
    connections = (owner.folder / "connections.yaml").read_bytes()
    released = owner.promote()
    assert owner.live.version == released.after != before.version
    assert "No startups." in owner.live.ideal_customer
    assert (owner.folder / "connections.yaml").read_bytes() == connections
    (kept,) = owner.ledger.releases.all()
    assert (kept.kind, kept.name, kept.who, kept.before) == ("promoted", "other", "hannah", before.version)
    assert kept.changes[0] == "ideal_customer.md: 1 line new.\n    + No startups."
    assert (kept.objections, kept.why) == ((), "")


def test_what_the_gate_is_against_changes_nothing_without_a_reason(owner: Owner) -> None:
    before = rules_files(owner.folder)
    with pytest.raises(Refused, match="Too many leads move"):
        owner.promote("Too many leads move.")
    with pytest.raises(Refused):
        owner.promote("Too many leads move.", anyway="  ")
    assert rules_files(owner.folder) == before
    assert owner.ledger.releases.all() == []


def test_a_reason_is_kept_with_what_it_passes_by(owner: Owner) -> None:
    owner.promote("Too many leads move.", anyway="We doubled the team.")
    (kept,) = owner.ledger.releases.all()
    assert (kept.objections, kept.why) == (("Too many leads move.",), "We doubled the team.")


def test_the_way_back_gives_the_same_bytes_and_takes_new_drafts_away(owner: Owner) -> None:
    before, files = owner.live, rules_files(owner.folder)
    owner.promote()
    assert (owner.folder / "drafts" / "extra.md").exists()
    owner.roll_back(before.version[:8])
    assert rules_files(owner.folder) == files
    assert owner.live.version == before.version
    assert [release.kind for release in owner.ledger.releases.all()] == ["rolled back", "promoted"]


def test_each_way_back_goes_one_step_further(owner: Owner) -> None:
    first = owner.live.version
    releases = owner.ledger.releases
    assert before_live(releases.all(), first) is None
    second = owner.promote().after
    text = owner.folder / "candidates" / "other" / "ideal_customer.md"
    text.write_text(f"{text.read_text()}\nNo shops.\n")
    third = owner.promote().after
    assert before_live(releases.all(), third) == second
    owner.roll_back(second)
    assert before_live(releases.all(), second) == first, "and not forward again"
    owner.roll_back(first)
    assert before_live(releases.all(), first) is None


def test_there_is_a_way_back_from_a_playbook_with_mistakes(owner: Owner) -> None:
    good, files = owner.live, rules_files(owner.folder)
    owner.ledger.playbooks.keep(good.version, good.files)
    (owner.folder / "playbook.yaml").write_text("tracks: [")
    kept = owner.ledger.playbooks
    to = rules_called(good.version[:6], None, owner.folder, kept, capabilities())
    released = roll_back(
        None, to, folder=owner.folder, kept=kept, releases=owner.ledger.releases, who="hannah"
    )
    assert rules_files(owner.folder) == files
    assert released.before == "one with mistakes"


def test_the_same_again_is_refused(owner: Owner) -> None:
    owner.promote()
    with pytest.raises(LeadsError, match="says the same"):
        owner.promote()
    with pytest.raises(LeadsError, match="is live already"):
        owner.roll_back(owner.live.version)


def test_a_folder_that_cannot_be_written_leaves_no_record(
    owner: Owner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, data: bytes) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "write_bytes", refuse)
    other = load_playbook(owner.folder, capabilities()).model_copy(
        update={"version": "0" * 12, "files": {"ideal_customer.md": b"else"}}
    )
    with pytest.raises(PlaybookError, match="cannot be written: Permission denied"):
        promote(
            "other",
            owner.live,
            other,
            (),
            folder=owner.folder,
            kept=owner.ledger.playbooks,
            releases=owner.ledger.releases,
            who="hannah",
        )
    assert owner.ledger.releases.all() == []
