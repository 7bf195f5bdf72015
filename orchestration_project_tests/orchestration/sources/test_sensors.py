"""The sensors of the sources, evaluated as Dagster does: what a tick starts, says, and how it fails in words.

What reading does is `test_reading.py`.
"""

import os
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager

import anyio
import dagster as dg
import pytest

from orchestration_project.connectors.crm.local import LocalCrm
from orchestration_project.connectors.form_source.inbox import Inbox
from orchestration_project.errors import LeadsError
from orchestration_project.model import Page
from orchestration_project.orchestration import lingering, sources
from orchestration_project.orchestration.resources import LedgerResource, WorkbenchResource
from orchestration_project.orchestration.sources import build_crm_sensor, build_form_sensor
from orchestration_project.orchestration.ticks import TickFailed
from orchestration_project.playbook.model import Connection, Playbook
from orchestration_project_tests.orchestration.conftest import World
from orchestration_project_tests.orchestration.sources.conftest import DOWN, delivery


@contextmanager
def tick(world: World, sensor: str, cursor: str | None = None) -> Generator[Callable[[], dg.SensorResult]]:
    """The sensor of that name with the resources that the project gives it, ready to be ticked."""
    definitions = world.definitions()
    with dg.build_sensor_context(
        instance=world.instance, cursor=cursor, resources=definitions.resources, sensor_name=sensor
    ) as context:

        def evaluate() -> dg.SensorResult:
            answer = definitions.resolve_sensor_def(sensor)(context)
            assert isinstance(answer, dg.SensorResult)
            assert not answer.run_requests
            source = "crm" if sensor == "crm_contacts" else sensor.removesuffix("_submissions")
            assert answer.cursor == world.ledger.sources.cursor(source, cursor), "its page shows the ledger's"
            return answer

        yield evaluate


def evaluate(world: World, sensor: str, cursor: str | None = None) -> str:
    """What the tick said."""
    with tick(world, sensor, cursor) as ready:
        reason = ready().skip_reason
    assert isinstance(reason, dg.SkipReason)
    return str(reason.skip_message)


def enter(world: World, email: str, **fields: str) -> str:
    crm = LocalCrm(world.ledger.engine, world.clock)
    return anyio.run(crm.enter_contact, {"email": email, **fields}).id


@pytest.fixture(autouse=True)
def _no_lingering(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lingering, "has_to_leave", lambda: True)


def drop(world: World, number: int) -> None:
    inbox = world.home / "inbox"
    inbox.mkdir(exist_ok=True)
    path = inbox / f"lead{number}.json"
    path.write_bytes(delivery(number).raw)
    os.utime(path, (1_700_000_000 + number, 1_700_000_000 + number))


def test_the_form_sensor_keeps_what_it_finds(world: World) -> None:
    drop(world, 1)
    assert evaluate(world, "inbox_submissions").startswith("Took in 1 from inbox: L-")
    (lead,) = world.ledger.stories.list_leads()
    assert (lead.source, lead.external_id, lead.status) == ("inbox", "s1", "received")
    assert not (world.home / "inbox" / "lead1.json").exists()


def test_a_sensor_that_only_reads_has_no_job_to_launch(world: World) -> None:
    """Its page would call it the one that starts the runs."""
    definitions = world.definitions()
    for name in ("inbox_submissions", "crm_contacts"):
        sensor = definitions.resolve_sensor_def(name)
        assert not sensor.has_jobs and "starts no run" in (sensor.description or "")
    assert definitions.resolve_sensor_def("dispatcher").job_name == "lead_intake"


def test_a_source_that_was_taken_out_says_how_its_sensor_goes(world: World) -> None:
    definitions = world.definitions()  # of a code location that was loaded before
    playbook = world.playbook()
    connections = playbook.connections.model_copy(update={"form_sources": {}})
    edited = playbook.model_copy(update={"connections": connections})
    ledger = LedgerResource(database_url=world.database_url, clock=world.clock)
    workbench = WorkbenchResource(home=str(world.home), playbook=edited, ledger=ledger)
    resources = {"playbook": edited, "ledger": ledger, "workbench": workbench}
    with (
        dg.build_sensor_context(instance=world.instance, resources=resources) as context,
        pytest.raises(TickFailed, match="no form source inbox any more"),
    ):
        definitions.resolve_sensor_def("inbox_submissions")(context)


def test_a_form_source_that_cannot_be_read_fails_the_tick_and_opens_its_connection(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fetch(_inbox: Inbox, _cursor: str | None) -> Page:
        raise DOWN

    monkeypatch.setattr(Inbox, "fetch", fetch)
    told = pytest.raises(
        TickFailed,
        match=r"^inbox cannot be read; how far it was read is kept, .* Typeform: it is down\. Wait\.$",
    )
    with tick(world, "inbox_submissions", "before") as ready, told:
        ready()
    (name,) = world.ledger.connections.read()
    assert name == "form_source inbox"
    assert "is left alone until" in evaluate(world, "inbox_submissions", "before")


def test_an_error_of_no_words_of_ours_is_told_by_its_kind(world: World) -> None:
    (world.home / "inbox").write_text("a file where the folder should be")
    told = pytest.raises(
        TickFailed, match=r"an unexpected \w+Error\. `leads doctor` asks each service once\."
    )
    with tick(world, "inbox_submissions") as ready, told:
        ready()


def test_a_page_that_does_not_come_fails_in_time_and_in_words(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fetch(_inbox: Inbox, _cursor: str | None) -> Page:
        await anyio.sleep_forever()
        raise AssertionError("unreachable")

    monkeypatch.setattr(Inbox, "fetch", fetch)
    monkeypatch.setattr(sources, "PAGE_SECONDS", 0.01)
    with tick(world, "inbox_submissions") as ready, pytest.raises(TickFailed, match="ask for smaller pages"):
        ready()


@pytest.mark.parametrize("sort", [ValueError, LeadsError])
def test_what_a_person_wrote_is_in_no_part_of_a_failed_tick_and_the_stack_of_a_fault_is(
    world: World, monkeypatch: pytest.MonkeyPatch, sort: type[Exception]
) -> None:
    quoted, ours = KeyError("Maeve O'Brien"), sort("Typeform: it is down.")

    async def fetch(_inbox: Inbox, _cursor: str | None) -> Page:
        raise ours from quoted

    monkeypatch.setattr(Inbox, "fetch", fetch)
    with tick(world, "inbox_submissions") as ready, pytest.raises(TickFailed) as caught:
        ready()
    shown = "\n".join(traceback.format_exception(caught.value))  # as dagster does
    assert "Maeve" not in shown
    assert ("it is down" in shown) is (sort is LeadsError)
    assert ("in fetch\n" in shown) is (sort is not LeadsError), "where we can say what to do, that is enough"


def test_a_crm_that_cannot_be_read_fails_the_tick_in_words(world: World) -> None:
    with world.ledger.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE local_crm.contacts RENAME TO elsewhere")
    told = pytest.raises(
        TickFailed, match=r"^crm cannot be read; how far it was read is kept, .* local CRM: .*migrations"
    )
    with tick(world, "crm_contacts", "7") as ready, told:
        ready()


def test_a_contact_entered_by_hand_becomes_a_lead_and_ours_never(world: World) -> None:
    crm = LocalCrm(world.ledger.engine, world.clock)
    anyio.run(crm.create_contact, {"email": "ours@acme.example", "name": "Ours"}, {})
    by_hand = enter(world, "jo@reed.example", name="Jo Reed", message="Do you run payroll for a small team?")
    assert evaluate(world, "crm_contacts").startswith("Took in 1 from crm: L-")
    (lead,) = world.ledger.stories.list_leads()
    assert (lead.source, lead.external_id, lead.email) == ("crm", by_hand, "jo@reed.example")
    assert world.ledger.sources.cursor("crm") == by_hand
    world.run()
    done = world.lead(lead.ref)
    assert done.status == "done"
    contacts = anyio.run(crm.list_contacts)
    assert {contact.email for contact in contacts} == {"ours@acme.example", "jo@reed.example"}
    (action,) = [action for action in done.actions if action.action == "crm_contact"]
    assert action.external_id == by_hand, "the contact that was there, not a second one"
    enter(world, "second@reed.example", name="Second")
    world.clock.forward(seconds=30)
    assert evaluate(world, "crm_contacts").startswith("Took in 1 from crm: L-")
    assert [item.email for item in world.ledger.stories.list_leads()] == [
        "jo@reed.example",
        "second@reed.example",
    ]


def test_contacts_are_read_on_from_where_an_older_version_stopped(world: World) -> None:
    before, after = enter(world, "jo@reed.example"), enter(world, "ana@reed.example")
    assert evaluate(world, "crm_contacts", before).startswith("Took in 1 from crm: L-")
    (lead,) = world.ledger.stories.list_leads()
    assert lead.external_id == after


def test_a_dead_service_does_not_keep_other_sources_from_being_read(world: World) -> None:
    with world.ledger.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE local_crm.contacts RENAME TO elsewhere")
    drop(world, 1)
    with tick(world, "crm_contacts") as ready, pytest.raises(TickFailed):
        ready()
    assert set(world.ledger.connections.read()) == {"form_source crm"}, "and no lead waits for that"
    assert evaluate(world, "inbox_submissions").startswith("Took in 1 from inbox: L-")


def test_a_source_is_looked_at_at_its_own_pace(playbook: Playbook) -> None:
    """With ten sources, ticks that find out that it is too early were most of what Dagster did."""
    paces = {"inbox": 5, "typeform": 15, "json_list": 30, "hubspot_forms": 5}
    for connector, seconds in paces.items():
        sources = {"website": Connection(connector=connector)}
        connections = playbook.connections.model_copy(update={"form_sources": sources})
        assert build_form_sensor("website", connections).minimum_interval_seconds == seconds
    slow = Connection(connector="json_list", options={"every_seconds": 20})
    connections = playbook.connections.model_copy(update={"form_sources": {"website": slow}})
    assert build_form_sensor("website", connections).minimum_interval_seconds == 20
    crm = playbook.connections.model_copy(update={"crm": Connection(connector="pipedrive")})
    assert build_crm_sensor(crm).minimum_interval_seconds == 30
