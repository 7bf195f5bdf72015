"""The rules of every decision are kept, byte for byte, and make the same playbook again."""

from pathlib import Path

from orchestration_project.installation import WORKING_COPY
from orchestration_project.ledger import Ledger
from orchestration_project.offer import capabilities
from orchestration_project.playbook.files import version_of
from orchestration_project.playbook.load import load_playbook
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.ledger.leads import a_carried
from orchestration_project_tests.ledger.test_decisions import decision


def test_the_kept_files_make_the_same_playbook_again(
    ledger: Ledger, clock: HandClock, tmp_path: Path
) -> None:
    playbook = load_playbook(WORKING_COPY / "playbook", capabilities())
    ledger.playbooks.keep(playbook.version, playbook.files)
    clock.forward(days=1)
    ledger.playbooks.keep(playbook.version, playbook.files)
    files = ledger.playbooks.read(playbook.version)
    assert version_of(files) == playbook.version
    for name, content in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(content)
    (tmp_path / "connections.yaml").write_bytes((WORKING_COPY / "playbook/connections.yaml").read_bytes())
    assert load_playbook(tmp_path, capabilities()) == playbook


def test_versions_are_told_oldest_first_with_what_they_decided(ledger: Ledger, clock: HandClock) -> None:
    lead = a_carried(ledger)
    ledger.decisions.add(lead, decision(lead.ref, clock()), "run")
    ledger.playbooks.keep("a1b2", {"playbook.yaml": b"\xef\xbb\xbfa: 1\r\n"})
    clock.forward(hours=1)
    ledger.playbooks.keep("c3d4", {"playbook.yaml": b"a: 2"})
    assert [(kept.version, kept.decisions) for kept in ledger.playbooks.versions()] == [
        ("a1b2", 1),
        ("c3d4", 0),
    ]
    assert ledger.playbooks.read("a1b2") == {"playbook.yaml": b"\xef\xbb\xbfa: 1\r\n"}
    assert ledger.playbooks.read("nobody's") == {}
