"""A form that asks otherwise than before is told, by the names of its fields alone."""

import json

import anyio
import httpx
import pytest
import stamina

from orchestration_project import connecting
from orchestration_project.connectors.opened import open_connections
from orchestration_project.fake_services.drilled import DrilledOffice
from orchestration_project.fake_services.faults import Away
from orchestration_project.fake_services.in_memory import in_memory
from orchestration_project.installation import WORKING_COPY
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.field_names import Changed
from orchestration_project.model import Delivery, JsonObject
from orchestration_project.playbook.model import Connection
from orchestration_project.watch.shape import NEWEST, Change, change_of, look_at_definitions, report_shapes
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.watch.conftest import Watching

OLD: JsonObject = {"email": "a@b.example", "message": "x", "phone": ""}


def submissions(now: JsonObject, *, newest: int = NEWEST, before: int = 40) -> list[JsonObject]:
    return [now] * newest + [OLD] * before


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ({"email": "", "message": "", "mobile": ""}, "phone is now mobile"),
        ({"email": "", "message": ""}, "phone is gone"),
        ({**OLD, "budget": "5"}, "budget is new"),
        ({"email": "", "a": "", "b": ""}, "message is gone; phone is gone; a is new; b is new"),
    ],
)
def test_what_vanished_came_or_was_renamed_is_named(now: JsonObject, words: str) -> None:
    change = change_of("website", submissions(now))
    assert change is not None
    assert change.words == words


@pytest.mark.parametrize(
    "payloads",
    [
        submissions(OLD),
        submissions({"email": ""}, newest=5, before=0),
        [{"email": ""}] * (NEWEST - 1) + [OLD] + [OLD] * 40,
        [*submissions(OLD), {"rare": "x"}],
    ],
    ids=["the same", "too few", "one of them still has it", "one that always was rare"],
)
def test_nothing_is_said_without_a_reason(payloads: list[JsonObject]) -> None:
    assert change_of("website", payloads) is None


def test_a_mapped_field_that_goes_is_a_warning_and_ends_by_itself(ledger: Ledger) -> None:
    ledger.submissions.store("website", [Delivery(external_id="1", raw=json.dumps(OLD).encode())])
    gone = Change(source="website", vanished=("phone",), new=(), renamed=())
    report_shapes(ledger, [gone], {"website": ["phone"]})
    (alert,) = ledger.alerts.open()
    assert (alert.severity, alert.trouble.subject) == ("warning", "website")
    report_shapes(ledger, [], {})
    assert ledger.alerts.open() == ()


@pytest.fixture
def office(monkeypatch: pytest.MonkeyPatch) -> DrilledOffice:
    office = DrilledOffice()
    transport = in_memory(*office.services.values())
    monkeypatch.setenv(connecting.UNPACED, "yes")
    monkeypatch.setattr(connecting, "http_client", lambda: httpx.AsyncClient(transport=transport))
    for name, value in office.environment.items():
        monkeypatch.setenv(name, value)
    return office


def changes(ledger: Ledger, watching: Watching, crm: str) -> tuple[Change, ...]:
    playbook = watching().playbook
    assert playbook is not None
    wired = playbook.connections.model_copy(update={"crm": Connection(connector=crm)})
    playbook = playbook.model_copy(update={"connections": wired})
    given = connecting.connector_context(playbook, WORKING_COPY / "nowhere", ledger)
    found, used = anyio.run(look_at_definitions, ledger, playbook, open_connections(wired, given))
    report_shapes(ledger, found, {"crm": [*used]})
    return found


def test_a_field_of_the_crm_that_we_write_and_that_vanishes_is_told_before_a_write_misses_it(
    ledger: Ledger, clock: HandClock, watching: Watching, office: DrilledOffice
) -> None:
    office.hubspot.custom["contacts"] |= {"lead_score": {}, "industry": {}}
    assert changes(ledger, watching, "hubspot") == (), "there is nothing yet to hold it against"
    clock.forward(days=7)
    assert changes(ledger, watching, "hubspot") == ()
    office.hubspot.custom["contacts"] |= {"favourite_colour": {}}
    assert changes(ledger, watching, "hubspot") == (), "what an owner adds is their own affair"
    del office.hubspot.custom["contacts"]["lead_score"]
    clock.forward(days=1)
    (change,) = changes(ledger, watching, "hubspot")
    assert change.source == "crm" and "lead_score" in change.words
    (alert,) = ledger.alerts.open()
    assert alert.severity == "warning"
    assert alert.trouble.what.startswith("Contacts in the CRM have other fields than they did: lead_score")
    office.hubspot.custom["contacts"]["lead_score"] = {}
    changes(ledger, watching, "hubspot")
    assert ledger.alerts.open() == (), "it is back"
    del office.hubspot.custom["contacts"]["industry"]
    changes(ledger, watching, "hubspot")
    assert [alert.severity for alert in ledger.alerts.open()] == ["note"], "nothing here writes into it"
    clock.forward(days=15)
    changes(ledger, watching, "hubspot")
    assert ledger.alerts.open() == (), "told for two weeks, and then it is so"


def test_pipedrives_own_fields_are_looked_at_too_and_a_crm_that_does_not_answer_is_passed_over(
    ledger: Ledger, watching: Watching, office: DrilledOffice
) -> None:
    assert changes(ledger, watching, "pipedrive") == ()
    office.pipedrive.go_away(Away.UNAVAILABLE)
    with stamina.set_testing(True, attempts=2, cap=True):
        assert changes(ledger, watching, "pipedrive") == ()


def test_a_renamed_question_is_one_change(ledger: Ledger, clock: HandClock) -> None:
    ledger.field_names.saw("web", {"email", "phone"})
    clock.forward(days=7)
    assert ledger.field_names.saw("web", {"email", "mobile"}) == Changed(vanished=("phone",), new=("mobile",))
    assert ledger.field_names.saw("other", {"a"}) == Changed()
