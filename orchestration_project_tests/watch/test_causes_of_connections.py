"""Each cause made to happen to connections and credentials; and made to pass again."""

import json
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestration_project.connectors.base import Health
from orchestration_project.connectors.opened import KINDS, lines_of
from orchestration_project.ledger import Ledger
from orchestration_project.playbook.alerts import AlertRules
from orchestration_project.watch.causes import connections
from orchestration_project.watch.causes.connections import ENDINGS, ending_trouble
from orchestration_project.watch.look import look
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.watch.conftest import Watching
from orchestration_project_tests.watch.made import of, open_connection, recorders, told_to


def connections_of(rules: Path, /, **connectors: str) -> None:
    """Of the playbook: one line a kind, and any other name a form source."""
    address = {"json_list": {"url": "https://lists.example/{}", "id": "id"}, "hubspot_forms": {"form": "f"}}
    usual = {"company": "none", "website": "none", "ai": "offline", "mail": "outbox", "chat": "file"}
    usual |= {"crm": "local", "calendar": "ics", "folder": "disk", "sequence": "local"}
    lines: dict[str, Any] = {kind: {"connector": name} for kind, name in usual.items()} | {"form_sources": {}}
    for name, connector in connectors.items():
        line = {"connector": connector, **address.get(connector, {})}
        (lines if name in KINDS else lines["form_sources"])[name] = line
    (rules / "connections.yaml").write_text(json.dumps(lines))


@pytest.mark.parametrize(
    ("why", "minutes", "next_probe", "severity"),
    [
        ("down", 0, 0, None),
        ("down", 1, 0, "warning"),
        ("limited", 5, 1, None),
        ("limited", 0, 30, "warning"),
        ("refused", 0, 0, "urgent"),
        ("set_up", 0, 0, "urgent"),
    ],
)
def test_a_connection_is_told_of_when_it_is_away_for_a_minute_limited_for_long_or_refused(
    ledger: Ledger,
    clock: HandClock,
    watching: Watching,
    why: str,
    minutes: int,
    next_probe: int,
    severity: str | None,
) -> None:
    open_connection(ledger, why=why, next_probe=clock.now + timedelta(minutes=minutes + next_probe))
    clock.forward(minutes=minutes)
    found = of(connections.away, watching())
    assert [trouble.severity for trouble in found] == ([severity] if severity else [])
    assert all(trouble.said == "HubSpot: 503." for trouble in found)
    ledger.connections.close("crm")
    assert of(connections.away, watching()) == []


def test_a_service_that_is_away_is_told_once_however_many_lines_lead_to_it(
    ledger: Ledger, clock: HandClock, watching: Watching, rules_folder: Path
) -> None:
    connections_of(rules_folder, crm="hubspot", web="hubspot_forms", other="json_list", third="json_list")
    with recorders("a") as ways:
        open_connection(ledger)
        clock.forward(minutes=2)
        look(watching(told_to("a"), rules_folder))
        for name in ("web", "crm", "other", "third"):
            open_connection(ledger, f"form_source {name}", said=f"{name}: 503.")
        clock.forward(minutes=2)
        seen = watching(told_to("a"), rules_folder)
        (hubspot, *others) = sorted(of(connections.away, seen), key=lambda trouble: trouble.subject)
        assert hubspot.what == (
            "CRM (hubspot) and the source crm (hubspot) and the source web (hubspot_forms) "
            "do not answer as they should."
        )
        assert [trouble.subject for trouble in others] == ["form_source other", "form_source third"]
        look(seen)
        assert [title for title in ways["a"].titles if "hubspot" in title] == [
            "CRM (hubspot) does not answer as it should."
        ]
        for name in ("crm", "form_source web", "form_source crm"):
            ledger.connections.close(name)
        look(watching(told_to("a"), rules_folder))
        clock.forward(minutes=2)
        look(watching(told_to("a"), rules_folder))
        assert [title for title in ways["a"].titles if title.startswith("Over: CRM")]


def test_what_signs_in_with_one_credential_is_told_once(
    ledger: Ledger, watching: Watching, rules_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections_of(rules_folder, inbox="inbox", mail="gmail", calendar="google", folder="drive")
    for name in ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN"):
        monkeypatch.setenv(f"GOOGLE_{name}", "x")
    said = "Google sign-in does not accept the credential (invalid_grant)."
    for name in ("mail", "calendar", "folder"):
        open_connection(ledger, name, why="refused", said=said)
    (trouble,) = of(connections.away, watching(None, rules_folder))
    assert trouble.what.endswith("refuse our credential.") and trouble.severity == "urgent"
    assert (trouble.subject, trouble.said) == ("Google sign-in", said)
    assert trouble.mend.startswith("Renew GOOGLE_CLIENT_SECRET or GOOGLE_REFRESH_TOKEN; ")


@pytest.mark.parametrize(
    ("today", "severity", "words"),
    [
        ("2027-08-03", "note", "ends on 2027-09-01, in 29 days"),
        ("2027-08-22", "warning", "ends on 2027-09-01, in 10 days"),
        ("2027-09-01", "warning", "ends today"),
        ("2027-09-04", "urgent", "has ended"),
    ],
)
def test_what_is_known_to_end_is_told_in_time_and_graver_as_it_comes(
    today: str, severity: str, words: str
) -> None:
    ending = ENDINGS[0]
    trouble = ending_trouble(ending.what, ending.on, ending.mend, date.fromisoformat(today))
    assert (trouble.severity, words in trouble.what) == (severity, True)


def test_what_the_owner_knows_to_end_is_told_and_what_nobody_uses_is_not(
    clock: HandClock, watching: Watching
) -> None:
    clock.now = datetime(2027, 3, 20, 9, 0, tzinfo=UTC)
    rules = AlertRules(ends={"MICROSOFT_CLIENT_SECRET": date(2027, 4, 1)})
    assert [trouble.subject for trouble in of(connections.ends, watching(rules))] == [
        "MICROSOFT_CLIENT_SECRET"
    ]


def test_a_service_that_says_until_when_is_told_of_before(watching: Watching) -> None:
    playbook = watching().playbook
    assert playbook is not None
    line = lines_of(playbook.connections)[0]
    today = date(2026, 11, 24)
    told = connections.of_health(
        line, Health(ok=True, says="gpt is shut down soon.", ends=date(2026, 12, 24)), today
    )
    assert [trouble.severity for trouble in told] == ["note"]
    assert list(connections.of_health(line, Health(ok=True, says="x", ends=date(2027, 12, 24)), today)) == []
    (broken,) = connections.of_health(line, Health(ok=False, says="401", mend="Renew it."), today)
    assert (broken.severity, broken.said, broken.mend) == ("warning", "401", "Renew it.")
