"""`leads doctor` names the questions that no lead field is mapped to: a remark, never a failure."""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy
from pydantic import JsonValue
from sqlalchemy.pool import NullPool

from orchestration_project.cli.alerts import alert_findings, sole_sender
from orchestration_project.cli.findings import NEWEST, Finding, connection_findings
from orchestration_project.cli.import_rows import import_rows
from orchestration_project.cli.session import Session
from orchestration_project.cli.standing import lead_findings
from orchestration_project.connectors.form_source.csv_file import open_csv
from orchestration_project.fake_services.json_list import KEY, FakeJsonList
from orchestration_project.fake_services.openai import KEY as API_KEY
from orchestration_project.fake_services.openai import FakeOpenAi
from orchestration_project.fake_services.typeform import TOKEN, FakeTypeform
from orchestration_project.installation import locate
from orchestration_project.intake import take_in, take_in_history
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.connections import ConnectionState
from orchestration_project.model import Delivery, JsonObject
from orchestration_project.model.alerts import Trouble
from orchestration_project.offer import capabilities
from orchestration_project.playbook.alerts import AlertRules, Told
from orchestration_project.playbook.load import load_playbook
from orchestration_project.playbook.model import Connection, Playbook
from orchestration_project.watch.causes.answers import IN_A_ROW
from orchestration_project_tests.cli.conftest import Shell, open_shell
from orchestration_project_tests.fakes.pooler import fake_pooler
from orchestration_project_tests.ledger.leads import submit

MEND = "Add `fields: {...}` on its line in connections.yaml, or leave it: it is kept with the lead."
INBOX = Connection(connector="inbox")


@pytest.fixture
def desk(ledger: Ledger, tmp_path: Path) -> Session:
    return Session(locate({"LEADS_HOME": str(tmp_path / "home")}), ledger)


def rules(**sources: Connection) -> Playbook:
    playbook = load_playbook(locate({}).playbook, capabilities())
    website = Connection(connector="none")
    connections = playbook.connections.model_copy(update={"form_sources": sources, "website": website})
    return playbook.model_copy(update={"connections": connections})


def deliveries(*payloads: Mapping[str, JsonValue]) -> list[Delivery]:
    return [Delivery(external_id=None, raw=json.dumps(payload).encode()) for payload in payloads]


def remarks(desk: Session, playbook: Playbook) -> list[tuple[str, str, str]]:
    findings = connection_findings(desk, playbook)
    assert {finding.state for finding in findings} <= {"ok", "remark"}
    return [(one.what, one.says, one.mend) for one in findings if one.state == "remark"]


def test_what_the_inbox_brought_and_no_field_took_is_named_without_its_answers(desk: Session) -> None:
    playbook = rules(inbox=INBOX)
    came = deliveries({"email": "a@b.example", "shoe_size": "nine", "hidden": {"plan": "x"}}, {"fax": "1"})
    take_in(desk.ledger, playbook, "inbox", [*came, Delivery(external_id=None, raw=b"no JSON")])
    says = "No lead field is mapped to what its newest 2 submissions call `fax`, `shoe_size`."
    assert remarks(desk, playbook) == [("inbox", says, MEND)]


def test_a_field_that_was_mapped_since_is_no_remark_any_more(desk: Session) -> None:
    take_in(desk.ledger, rules(inbox=INBOX), "inbox", deliveries({"where_does_it_hurt": "Payroll"}))
    assert len(remarks(desk, rules(inbox=INBOX))) == 1
    mapped = INBOX.model_copy(update={"fields": {"message": ("where does it hurt?",)}})
    assert remarks(desk, rules(inbox=mapped)) == []


def test_only_the_newest_submissions_count(desk: Session) -> None:
    playbook = rules(inbox=INBOX)
    take_in(desk.ledger, playbook, "inbox", deliveries({"fax": "1"}))
    take_in(desk.ledger, playbook, "inbox", deliveries(*({"id": str(one)} for one in range(NEWEST - 1))))
    assert len(remarks(desk, playbook)) == 1
    take_in(desk.ledger, playbook, "inbox", deliveries({"id": "one more"}))
    assert remarks(desk, playbook) == []


def test_a_service_s_form_is_asked_for_its_questions(desk: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeTypeform() as service:
        service.add_form("u6nXL7", {"mail": "Email", "size": "How\nmany?", "long": "Why " * 100}, ("plan",))
        monkeypatch.setenv("TYPEFORM_TOKEN", TOKEN)
        monkeypatch.setenv("TYPEFORM_BASE_URL", service.base_url)
        typeform = Connection(connector="typeform", options={"form": "u6nXL7"})
        # an installation may call its form like one of its tools
        playbook = rules(website=typeform)
        take_in(desk.ledger, playbook, "website", deliveries({"of the form as it was": "x"}))
        long = ("Why " * 100)[:59] + "…"
        says = f"No lead field is mapped to these questions of the form: `How many?`, `{long}`."
        assert remarks(desk, playbook) == [("website", says, MEND)]
        says = [one.says for one in connection_findings(desk, playbook) if one.what == "website"]
        assert says[0].startswith("The form Contact us can be read")


def test_of_a_form_that_cannot_be_read_only_that_is_said(
    desk: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeTypeform() as service:
        monkeypatch.setenv("TYPEFORM_TOKEN", TOKEN)
        monkeypatch.setenv("TYPEFORM_BASE_URL", service.base_url)
        playbook = rules(contact=Connection(connector="typeform", options={"form": "gone"}))
        take_in(desk.ledger, playbook, "contact", deliveries({"fax": "1"}))
        states = [one.state for one in connection_findings(desk, playbook) if one.what == "contact"]
    assert states == ["broken"]


def test_what_a_path_of_a_json_list_picked_is_no_remark(
    desk: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeJsonList() as service:
        monkeypatch.setenv("FORMS_ACME", KEY)
        monkeypatch.setenv("FORMS_ACME_HOST", "127.0.0.1")
        options: JsonObject = {
            "url": f"{service.base_url}/all",
            "id": "number",
            "auth": {"variable": "FORMS_ACME", "header": "X-Form-Key", "scheme": ""},
        }
        fields = {"email": ("$.who.mails[0]",)}
        playbook = rules(shop=Connection(connector="json_list", options=options, fields=fields))
        submission: JsonObject = {"number": 7, "who": {"mails": ["a@b.example"], "size": 9}}
        brought = deliveries(submission | {"$.who.mails[0]": "a@b.example"})
        take_in(desk.ledger, playbook, "shop", brought)
        says = "No lead field is mapped to what its newest 1 submission call `who.size`."
        assert remarks(desk, playbook) == [("shop", says, MEND)]


def test_columns_of_an_imported_file_are_named_too(desk: Session) -> None:
    playbook = rules(inbox=INBOX)
    take_in_history(
        desk.ledger, playbook, "csv old\x1b[31m", deliveries({"email": "a@b.example", "Fax": "1"})
    )
    says = "No lead field is mapped to what its newest 1 submission call `Fax`."
    mend = 'Name it at the next import with `--map FIELD="Column"`, or leave it: it is kept with the lead.'
    assert remarks(desk, playbook) == [("csv old[31m", says, mend)]


def test_a_column_that_a_later_import_has_named_is_missed_no_more(desk: Session, tmp_path: Path) -> None:
    playbook = rules(inbox=INBOX)
    file = tmp_path / "old.csv"
    file.write_text("email,Reachable under\na@b.example,0117 496 0123\n", encoding="utf-8")
    missed: list[bool] = []
    for columns in ({}, {"phone": "Reachable under"}):
        import_rows(desk, open_csv(file), columns, "csv old", None, lambda _read: None)
        missed.append("`Reachable under`" in str(remarks(desk, playbook)))
    assert missed == [True, False]


def test_after_a_remark_alone_doctor_ends_well(postgres: str) -> None:
    admin = sqlalchemy.create_engine(postgres, isolation_level="AUTOCOMMIT", poolclass=NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql("CREATE DATABASE doctor")
    url = sqlalchemy.make_url(postgres).set(database="doctor").render_as_string(hide_password=False)
    with open_shell(url) as shell:
        lead = {"email": "ana@rees-studio.example", "[red]team_size[/]": "nine of us"}
        assert shell.leads("submit", "-", stdin=json.dumps(lead).encode()).code == 0
        answer, machine = shell.leads("doctor"), shell.leads("doctor", "--json")
    assert (answer.code, answer.err, machine.code) == (0, "", 0)
    assert "call `[red]team_size[/]`." in answer.out
    assert MEND in answer.out
    findings = [Finding.model_validate(one) for one in json.loads(machine.out)]
    assert [one.what for one in findings if one.state == "remark"] == ["inbox"]
    assert "nine of us" not in answer.all + machine.all


def test_a_pooler_that_lends_its_sessions_is_told_before_anything_is_done_through_it(
    shell: Shell, empty_database: sqlalchemy.Engine
) -> None:
    host, name = empty_database.url.query["host"], empty_database.url.database
    assert isinstance(host, str) and name is not None
    shell.home.mkdir(exist_ok=True)
    shell.home.chmod(0o755)
    with fake_pooler(Path(host), name, sessions=4, in_turn=False) as port:
        url = f"postgresql://postgres@127.0.0.1:{port}/{name}"
        answer = shell.having(LEADS_DATABASE_URL=url).leads("doctor", "--json")
    assert answer.code == 1
    found = {finding["what"]: finding for finding in json.loads(answer.out)}
    assert found["database"]["state"] == "broken"
    assert found["LEADS_HOME"]["state"] == "ok", "open to others until now, and shut by this"
    assert "readable by its owner only from now on" in answer.err
    assert "pool_mode = transaction" in found["database"]["says"]
    assert "5432" in found["database"]["mend"]
    with empty_database.connect() as connection:
        schemas = connection.exec_driver_sql("SELECT nspname FROM pg_namespace").scalars().all()
        locks = connection.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
        assert "leads" not in schemas
        assert locks.scalar_one() == 0


def test_a_model_that_is_shut_down_soon_is_a_remark_with_its_date(
    desk: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    with FakeOpenAi() as service:
        monkeypatch.setenv("OPENAI_API_KEY", API_KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", service.base_url)
        playbook = rules(inbox=INBOX)
        connections = playbook.connections.model_copy(update={"ai": Connection(connector="openai")})
        playbook = playbook.model_copy(update={"connections": connections})
        assert remarks(desk, playbook) == []
        service.shutdown_date = str((desk.ledger.clock() + timedelta(days=15)).date())
        ((what, says, mend),) = remarks(desk, playbook)
    assert what == "ai"
    assert says.endswith(f"{playbook.ai.model} is shut down on {service.shutdown_date}, in 15 days.")
    assert mend.startswith("Choose another `model` under `ai` in playbook.yaml")


def test_one_way_to_be_told_is_a_remark_where_services_are_real() -> None:
    made_up = rules(inbox=INBOX)
    assert not [*sole_sender(made_up)]
    connections = made_up.connections.model_copy(update={"crm": Connection(connector="hubspot")})
    real = made_up.model_copy(update={"connections": connections})
    (said,) = sole_sender(real)
    assert (said.state, "one way only, by chat" in said.says) == ("remark", True)
    ways = AlertRules(tell=(Told(through="chat"), Told(through="email", to=("ann@firm.example",))))
    assert not [*sole_sender(real.model_copy(update={"alerts": ways}))]


def test_what_was_said_of_a_service_that_no_line_names_any_more_is_silent(
    desk: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HUBSPOT_TOKEN", "pat-made-up")
    for cause, subject in (("scopes", "HUBSPOT_TOKEN"), ("asked", "crm crm")):
        said = Trouble(cause=cause, subject=subject, severity="warning", what="It lacks something.")
        desk.ledger.alerts.observe(cause, [said])
    connections = rules().connections.model_copy(update={"crm": Connection(connector="hubspot")})
    (told,) = alert_findings(desk, rules().model_copy(update={"connections": connections}))
    assert told.service == "scopes HUBSPOT_TOKEN"
    assert not [*alert_findings(desk, rules())]


def test_what_leads_go_on_without_is_told_also_where_no_watch_has_looked(desk: Session) -> None:
    refs = submit(desk.ledger, IN_A_ROW)
    unusable = {"status": "could_not_ask", "failure": "unusable", "note": "Apollo: answered 422."}
    with desk.ledger.engine.begin() as connection:
        connection.execute(
            sqlalchemy.text(
                "INSERT INTO leads.facts (lead_id, kind, run_id, value, at) "
                "SELECT id, 'Context', 'run', CAST(:value AS jsonb), received_at FROM leads.submissions"
            ),
            {"value": json.dumps({"company": unusable})},
        )
    (finding,) = alert_findings(desk, rules())
    assert desk.ledger.alerts.open() == (), "doctor changes nothing"
    assert (finding.state, finding.service) == ("remark", "answers company")
    assert finding.says.endswith("Apollo: answered 422.")
    with desk.ledger.engine.begin() as connection:
        connection.execute(sqlalchemy.text("DELETE FROM leads.facts"))
    assert not [*alert_findings(desk, rules())] and len(refs) == IN_A_ROW


def test_of_a_connection_that_is_away_no_time_is_named_that_has_passed(desk: Session) -> None:
    clock = desk.ledger.clock
    away = ConnectionState(name="ai", state="open", why="down", next_probe=clock() + timedelta(minutes=1))
    desk.ledger.connections.change("ai", lambda _: away)
    assert "asked again at" in told_of(desk, "ai").says
    away = away.model_copy(update={"next_probe": clock() - timedelta(minutes=1)})
    desk.ledger.connections.change("ai", lambda _: away)
    # nothing runs that could have asked
    assert "asked again" not in told_of(desk, "ai").says
    assert "where it does not run, the next `leads run` does" in told_of(desk, "ai").mend


def told_of(desk: Session, name: str) -> Finding:
    (finding,) = (each for each in lead_findings(desk) if each.what == name)
    return finding
