"""What the command line tells of alerts, and of a person who asks what is known of them."""

import json
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from orchestration_project.clock import utc_now
from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.ledger.alerts import Telling
from orchestration_project.ledger.engine import open_engine
from orchestration_project.model.alerts import Trouble
from orchestration_project.watch.opening import MARK as WATCH
from orchestration_project_tests.cli.conftest import Shell

LEAD = {
    "id": "k1",
    "name": "Nora Fitzgerald",
    "email": "nora@fitzgerald-pottery.example",
    "phone": "0117 496 0321",
    "message": "Could you do the bookkeeping of our pottery? [We] are six.",
    "consent": True,
}


@pytest.fixture
def ledger(shell: Shell) -> Iterator[Ledger]:
    opened = open_ledger(open_engine(shell.environment["LEADS_DATABASE_URL"], pool_size=2), utc_now)
    yield opened
    opened.alerts.observe("disk", [])
    opened.close()


def trouble(cause: str, **more: object) -> Trouble:
    given: dict[str, object] = {"cause": cause, "severity": "urgent", "what": f"The {cause} is nearly full."}
    return Trouble.model_validate(given | more)


def test_that_nothing_is_broken_is_said_only_where_the_watch_has_looked(shell: Shell, ledger: Ledger) -> None:
    assert "The watch has never looked" in shell.leads("alerts").out
    ledger.marks.set(WATCH, at=utc_now() - timedelta(hours=3))
    assert "Nothing was broken when the watch looked last, 3 h ago." in shell.leads("alerts").out
    ledger.marks.set(WATCH)
    assert shell.leads("alerts").out.startswith("Nothing is broken, as far as the watch sees.")


def test_alerts_tells_what_is_broken_who_was_told_and_what_is_over(shell: Shell, ledger: Ledger) -> None:
    ledger.alerts.observe("ends", [trouble("ends", severity="note", what="A [token] ends soon.")])
    ledger.alerts.observe("ends", [])
    disk = trouble(
        "disk",
        since=utc_now() - timedelta(hours=3),
        refs=("L-AAAAAAAAAA",),
        leads=3,
        service="The disk",
        said="1 MB are left.",
        mend="Make room.",
        command="leads doctor",
        link="http://127.0.0.1:3000/runs",
    )
    ledger.alerts.observe("disk", [disk])
    (alert,) = ledger.alerts.open()
    told = shell.leads("alerts").out
    for words in (
        "urgent The disk is nearly full.",
        "for 3 h",
        "3 leads: L-AAAAAAAAAA and 2 more.",
        "The disk says: 1 MB are left.",
        "Now: Make room.",
        "  leads doctor",
        "Nobody was told of it yet.",
        "http://127.0.0.1:3000/runs",
        "Over",
        "A [token] ends soon. (for",
    ):
        assert words in told, words
    ledger.alerts.delivered(
        "chat", [Telling(alert_id=alert.id, sender="chat", told_at=utc_now(), tellings=1)]
    )
    assert "Told: chat " in shell.leads("alerts").out
    found = json.loads(shell.leads("alerts", "--json").out)
    broken = next(each for each in found if each["ended_at"] is None)
    assert broken["trouble"]["cause"] == "disk" and broken["told"][0]["sender"] == "chat"
    assert "The disk is nearly full." in shell.leads("doctor").all
    assert "Over" not in shell.leads("alerts", "--days", "0").out


def test_a_person_is_given_all_that_is_known_of_them_to_read_and_for_a_program(
    shell: Shell, tmp_path: Path
) -> None:
    (tmp_path / "nora.jsonl").write_text(json.dumps(LEAD))
    shell.leads("submit", str(tmp_path / "nora.jsonl"))
    assert shell.leads("run").code == 0
    told = shell.leads("export-person", "NORA@fitzgerald-pottery.example").out
    for words in (
        "What Larkfield",
        str(LEAD["message"]),
        "+441174960321",
        "Judged ",
        "crm contact (done)",
        "In the CRM: contact",
        "### As it came",
    ):
        assert words in told, words
    for_people, for_programs = tmp_path / "nora.md", tmp_path / "nora.json"
    shell.leads("export-person", str(LEAD["email"]), "--to", str(for_people))
    shell.leads("export-person", str(LEAD["email"]), "--to", str(for_programs))
    assert str(LEAD["message"]) in for_people.read_text()
    assert stat.S_IMODE(for_people.stat().st_mode) == 0o600
    known = json.loads(for_programs.read_text())
    assert json.loads(known["leads"][0]["delivered"][0]) == LEAD
    assert {"crm_contact", "chat"} <= {each["action"] for each in known["leads"][0]["written"]}
    assert known["contacts"][0]["email"] == LEAD["email"]
    assert "Nothing." in shell.leads("export-person", "nobody@nowhere.example").out
    refused = shell.leads("export-person", str(LEAD["email"]), "--to", str(for_people / "such.md"))
    assert refused.code == 1 and "cannot be written" in refused.err
