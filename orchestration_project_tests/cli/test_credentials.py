"""What doctor says of credentials in the line of each service: which to renew, what they lack, how long."""

import base64
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from orchestration_project.cli.findings import Finding, connection_findings
from orchestration_project.cli.session import Session
from orchestration_project.clock import utc_now
from orchestration_project.connectors.credential_ends import end_of
from orchestration_project.fake_services.drilled import FORMS, LINES, DrilledOffice, line_of
from orchestration_project.fake_services.faults import Away
from orchestration_project.installation import locate
from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.offer import capabilities
from orchestration_project.playbook.load import load_playbook
from orchestration_project.playbook.model import Connection, Playbook
from orchestration_project.watch.causes.connections import ends
from orchestration_project.watch.opening import open_seen
from orchestration_project_tests.cli.test_drill import RENEW


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> Iterator[DrilledOffice]:
    with DrilledOffice() as office:
        for name, value in {**office.environment, "LEADS_UNPACED": "yes"}.items():
            monkeypatch.setenv(name, value)
        yield office


@pytest.fixture
def desk(ledger: Ledger, tmp_path: Path) -> Iterator[Session]:
    at_work = open_ledger(ledger.engine, utc_now)
    yield Session(locate({"LEADS_HOME": str(tmp_path / "home")}), at_work)
    at_work.close()


def rules(office: DrilledOffice, *services: str, sequence: str = "monthly-letter") -> Playbook:
    """The sample playbook with these services in the place of the embedded ones."""
    playbook = load_playbook(locate({}).playbook, capabilities())
    lines: dict[str, Connection] = {"website": Connection(connector="none")}
    sources: dict[str, Connection] = {}
    for service in services:
        kinds = [kind for kind, connector in LINES if connector == service]
        line = (
            dict(office.form(service, {}).line)
            if service in FORMS
            else line_of(kinds[0], service, [sequence])
        )
        assert line is not None
        connection = Connection(connector=line.pop("connector"), options=line)
        if service in FORMS:
            sources[service] = connection
        else:
            lines[kinds[0]] = connection
    connections = playbook.connections.model_copy(update={**lines, "form_sources": sources})
    office.claude.models.append(playbook.ai.model)
    return playbook.model_copy(update={"connections": connections})


def found(desk: Session, playbook: Playbook) -> dict[str, Finding]:
    """The services' lines, by connector, and what else has a remark, by its name."""
    lines: dict[str, Finding] = {}
    for one in connection_findings(desk, playbook):
        lines.setdefault(one.service.split(",")[0] or one.what, one)
    return lines


ALL_AT_ONCE = (
    ("hubspot", "peopledatalabs", "openai", "gmail", "slack", "google", "drive", "mailchimp", *FORMS),
    ("pipedrive", "apollo", "claude", "microsoft", "brevo"),
)


@pytest.mark.parametrize("services", ALL_AT_ONCE)
def test_the_line_of_a_refused_service_names_the_variable_to_renew(
    desk: Session, office: DrilledOffice, services: tuple[str, ...]
) -> None:
    playbook = rules(office, *services)
    well = found(desk, playbook)
    assert [name for name in services if well[name].state == "broken"] == []
    for each in office.services.values():
        each.go_away(Away.UNAUTHORIZED)
    refused = found(desk, playbook)
    for service in services:
        assert refused[service].state == "broken"
        assert RENEW[service] in refused[service].mend, refused[service]


def test_a_right_that_is_lacking_makes_the_line_of_its_service_broken(
    desk: Session, office: DrilledOffice
) -> None:
    office.hubspot.scopes = office.hubspot.scopes - {"crm.objects.contacts.write"}
    line = found(desk, rules(office, "hubspot"))["hubspot"]
    assert line.state == "broken" and "HUBSPOT_TOKEN lacks crm.objects.contacts.write." in line.says


def test_lists_that_brevo_lacks_and_sequences_without_a_list_are_told(
    desk: Session, office: DrilledOffice
) -> None:
    playbook = rules(office, "brevo", sequence="letter")
    line = found(desk, playbook)["brevo"]
    assert line.state == "broken" and "lacks monthly-letter, which playbook.yaml names" in line.says
    office.brevo.lists = set(range(100, 160))
    line = found(desk, playbook)["brevo"]
    assert line.state == "broken" and "has no list 7 (letter)." in line.says
    office.brevo.lists |= {7}
    assert "the lists are there" in found(desk, playbook)["brevo"].says


def jwt(**claims: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"e30.{payload}.x"


@pytest.mark.parametrize(
    ("secret", "ends"),
    [
        (jwt(exp=1_800_000_000), date(2027, 1, 15)),
        (jwt(iat=1), None),
        (jwt(exp="soon"), None),
        (jwt(exp=10**30), None),
        ("xoxb-1-2-3", None),
        ("a.b.c", None),
        ("", None),
    ],
)
def test_a_token_that_says_when_it_ends_is_read(secret: str, ends: date | None) -> None:
    assert end_of(secret) == ends


def test_a_credential_that_says_when_it_ends_is_told_ahead_by_doctor_and_by_an_alert(
    desk: Session, office: DrilledOffice, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    on = datetime.now(UTC) + timedelta(days=10)
    monkeypatch.setenv("TALLY_API_KEY", jwt(exp=int(on.timestamp())))
    playbook = rules(office, "tally", "microsoft")
    lines = found(desk, playbook)
    assert lines["TALLY_API_KEY"].says == f"It ends on {on:%Y-%m-%d}."
    assert "alerts: ends: {MS_CLIENT_SECRET: " in lines["MS_CLIENT_SECRET"].mend
    seen = open_seen(desk.ledger, tmp_path, locate({}).playbook)
    seen.playbook = playbook
    (trouble,) = [one for one in ends(seen) if one.subject == "TALLY_API_KEY"]
    assert trouble.severity == "warning" and trouble.mend.startswith("Renew TALLY_API_KEY")
    stated = playbook.alerts.model_copy(update={"ends": {"MS_CLIENT_SECRET": on.date()}})
    assert "MS_CLIENT_SECRET" not in found(desk, playbook.model_copy(update={"alerts": stated}))


def test_a_sign_in_with_google_for_a_time_is_told_with_its_end(desk: Session, office: DrilledOffice) -> None:
    office.gmail.sign_in_seconds = 7 * 86_400
    line = found(desk, rules(office, "gmail"))["gmail"]
    assert line.state == "remark" and f"ends on {datetime.now(UTC) + timedelta(days=7):%Y-%m-%d}" in line.says
    assert "GOOGLE_REFRESH_TOKEN" in line.mend
