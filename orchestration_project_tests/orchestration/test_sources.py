"""A tick of a source: it only reads, each page is kept with how far it was read, and it ends in good time."""

import json
import os
import traceback
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta

import anyio
import dagster as dg
import pytest
from sqlalchemy.exc import OperationalError

from orchestration_project.connectors.crm.local import LocalCrm
from orchestration_project.connectors.form_source.inbox import Inbox
from orchestration_project.errors import (
    CredentialError,
    LeadsError,
    PermanentServiceError,
    TransientServiceError,
)
from orchestration_project.installation import WORKING_COPY
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.connections import ConnectionState
from orchestration_project.ledger.sources import Reading
from orchestration_project.ledger.submissions import Stored, make_ref
from orchestration_project.model import Delivery, Page, Ref
from orchestration_project.offer import capabilities
from orchestration_project.orchestration import sources
from orchestration_project.orchestration.resources import LedgerResource, WorkbenchResource
from orchestration_project.orchestration.sources import MOST_REFS, PAGE_SECONDS, READ_SECONDS, Reader, told
from orchestration_project.orchestration.ticks import TickFailed
from orchestration_project.playbook.load import load_playbook
from orchestration_project.playbook.model import Playbook
from orchestration_project_tests.conftest import HandClock
from orchestration_project_tests.orchestration.conftest import World

DOWN = TransientServiceError("Typeform", "it is down.", "Wait.")
DAGSTER_CUTS = 60.0
"""Seconds after which Dagster gives a tick up, while its thread goes on."""


@dataclass
class Form:
    """A source that gives out these pages, one a request, and then empty ones."""

    pages: list[Page | Exception] = field(default_factory=list[Page | Exception])
    cursors: list[str | None] = field(default_factory=list[str | None])  # it was asked with
    stored_pages: list[Page] = field(default_factory=list[Page])
    wrong: list[BaseException] = field(default_factory=list[BaseException])  # when told that a page is stored
    takes: float = 0.0  # seconds a page
    seconds: float = 1000.0  # that have passed

    def fetch(self, cursor: str | None) -> Page:
        self.cursors.append(cursor)
        self.seconds += self.takes
        page = self.pages.pop(0) if self.pages else Page(deliveries=(), cursor=cursor)
        if isinstance(page, Exception):
            raise page
        return page

    def stored(self, page: Page) -> None:
        self.stored_pages.append(page)
        if self.wrong:
            raise self.wrong.pop(0)

    def monotonic(self) -> float:
        return self.seconds


def delivery(number: int) -> Delivery:
    payload = {
        "id": f"s{number}",
        "name": "Maeve O'Brien",
        "email": f"maeve{number}@harbour-joinery.example",
        "message": "Our bookkeeper has left.",
    }
    return Delivery(external_id=payload["id"], raw=json.dumps(payload).encode())


def page(*numbers: int, cursor: str = "after") -> Page:
    return Page(deliveries=tuple(delivery(number) for number in numbers), cursor=cursor)


@pytest.fixture(scope="module")
def playbook() -> Playbook:
    return load_playbook(WORKING_COPY / "playbook", capabilities())


@pytest.fixture
def form() -> Form:
    return Form()


@pytest.fixture
def reader(ledger: Ledger, playbook: Playbook, form: Form) -> Reader:
    return Reader(
        source="typeform",
        connection="form_source typeform",
        every_seconds=30.0,
        fetch=form.fetch,
        stored=form.stored,
        ledger=ledger,
        playbook=playbook,
        monotonic=form.monotonic,
    )


def ids(reader: Reader) -> list[str]:
    return [lead.external_id for lead in reader.ledger.stories.list_leads()]


def state(reader: Reader) -> ConnectionState | None:
    return reader.ledger.connections.read().get(reader.connection)


# --- reading ----------------------------------------------------------------------------------------------


def test_what_is_new_is_kept_and_the_next_reading_goes_on_from_there(
    reader: Reader, form: Form, clock: HandClock
) -> None:
    form.pages = [page(1, 2, cursor="1"), page(3, cursor="2")]
    refs = [make_ref("typeform", f"s{number}") for number in (1, 2, 3)]
    assert reader.read() == f"Took in 3 from typeform: {', '.join(refs)}."
    assert ids(reader) == ["s1", "s2", "s3"]
    assert form.cursors == [None, "1", "2"], "until there is nothing more"
    assert len(form.stored_pages) == 3
    clock.forward(seconds=31)
    assert reader.read() == "Nothing new from typeform."
    assert form.cursors[3:] == ["2"]


def test_reading_starts_no_run_and_claims_no_lead(reader: Reader, form: Form) -> None:
    form.pages = [page(1, 2)]
    reader.read()
    assert reader.ledger.stories.count() == {"received": 2}


def test_each_page_is_kept_with_its_cursor_as_it_comes(reader: Reader, form: Form) -> None:
    form.pages = [page(1, cursor="1"), page(2, cursor="2"), DOWN]
    with pytest.raises(TransientServiceError):
        reader.read()
    assert ids(reader) == ["s1", "s2"]
    assert reader.ledger.sources.cursor("typeform") == "2"


def test_a_cursor_that_moves_without_a_delivery_is_kept(reader: Reader, form: Form) -> None:
    form.pages = [Page(deliveries=(), cursor="further")]
    reader.read()
    assert reader.ledger.sources.cursor("typeform") == "further"


def test_a_source_that_stays_where_it_is_is_not_asked_in_circles(reader: Reader, form: Form) -> None:
    """Some give out the same again until somebody has tidied it away."""
    form.pages = [page(1, 2, cursor="same"), page(1, 2, cursor="same"), page(1, 2, cursor="same")]
    reader.read("same")
    assert form.cursors == ["same"]


def test_a_submission_that_is_no_json_becomes_a_lead_and_moves_the_cursor(reader: Reader, form: Form) -> None:
    broken = Delivery(external_id="x", raw=b"\xff{not json")
    form.pages = [Page(deliveries=(broken, delivery(1)), cursor="after")]
    reader.read()
    assert ids(reader) == ["x", "s1"]
    assert reader.ledger.sources.cursor("typeform") == "after"


def test_a_tick_says_what_has_changed_and_names_many_by_their_number() -> None:
    def stored(number: int, *, new: bool = True, revised: bool = False) -> Stored:
        return Stored(ref=Ref(f"L-{number}"), external_id=str(number), new=new, revised=revised)

    few = [stored(1), stored(2, new=False), stored(3, new=False, revised=True)]
    assert told("tally", few) == "Took in 1 from tally: L-1. Changed at tally since: L-3."
    assert told("tally", few[1:2]) == "Nothing new from tally."
    many = told("tally", [stored(number) for number in range(MOST_REFS + 5)])
    assert many.startswith(f"Took in {MOST_REFS + 5} from tally: L-0, L-1") and many.endswith(" and 5 more.")


# --- pace -------------------------------------------------------------------------------------------------


def test_it_is_read_at_its_own_pace_whoever_asks(reader: Reader, form: Form, clock: HandClock) -> None:
    reader.read()
    for passed in (9, 18, 27):
        clock.forward(seconds=9)
        assert reader.read() == f"typeform was read {passed} s ago."
    clock.forward(seconds=4)
    assert reader.read() == "Nothing new from typeform."
    assert len(form.cursors) == 2


def test_each_source_has_a_pace_of_its_own(reader: Reader, form: Form) -> None:
    reader.read()
    replace(reader, source="tally", connection="form_source tally").read()
    reader.read()
    assert len(form.cursors) == 2


def test_a_tick_ends_long_before_dagster_cuts_it_and_the_next_goes_on(
    reader: Reader, form: Form, clock: HandClock
) -> None:
    """A source that never came to an end was read from its beginning for ever."""
    form.takes = 9.0
    form.pages = [page(number, cursor=str(number)) for number in range(1, 9)]
    begun = form.seconds
    assert reader.read().startswith("Took in 3 from typeform: L-")
    assert form.seconds - begun <= READ_SECONDS + PAGE_SECONDS < DAGSTER_CUTS
    assert reader.ledger.sources.cursor("typeform") == "3"
    clock.forward(seconds=31)
    reader.read()
    assert form.cursors == [None, *map(str, range(1, 6))]
    assert ids(reader) == [f"s{number}" for number in range(1, 7)]


# --- what may go wrong ------------------------------------------------------------------------------------


def test_a_source_that_fails_is_left_alone_until_it_is_time(
    reader: Reader, form: Form, clock: HandClock
) -> None:
    form.pages = [page(1, cursor="1"), DOWN, DOWN, page(2, cursor="2")]
    with pytest.raises(TransientServiceError):
        reader.read()
    opened = state(reader)
    assert opened is not None and opened.next_probe is not None
    assert (opened.state, opened.said) == ("open", "Typeform: it is down. Wait.")
    said = reader.read()
    assert (
        said == f"typeform is left alone until {opened.next_probe:%H:%M:%S} UTC. Typeform: it is down. Wait."
    )
    assert form.cursors == [None, "1"]
    clock.now = opened.next_probe
    reader = replace(reader, every_seconds=1.0)
    with pytest.raises(TransientServiceError):
        reader.read()
    assert form.cursors == [None, "1", "1"]
    clock.forward(minutes=2)
    assert reader.read().startswith("Took in 1 from typeform: L-")
    closed = state(reader)
    assert closed is not None and closed.state == "closed"


@pytest.mark.parametrize("error", [DOWN, PermanentServiceError("Typeform", "no such form."), ValueError("?")])
def test_a_source_that_stays_away_is_asked_once_a_minute(
    reader: Reader, form: Form, clock: HandClock, error: Exception
) -> None:
    form.pages = [error] * 10
    reader = replace(reader, every_seconds=1.0)
    gaps: list[float] = []
    for asked in range(1, 6):
        with pytest.raises(type(error)):
            reader.read()
        opened = state(reader)
        assert opened is not None and opened.next_probe is not None
        gaps.append((opened.next_probe - clock.now).total_seconds())
        clock.now = opened.next_probe - timedelta(seconds=1)
        assert "is left alone" in reader.read()
        assert len(form.cursors) == asked
        clock.forward(seconds=1)
    assert gaps == [10, 20, 40, 60, 60]


def test_our_own_database_s_failure_is_not_put_on_the_source(reader: Reader) -> None:
    def fetch(_cursor: str | None) -> Page:
        raise OperationalError("SELECT", {}, Exception("the server is restarted"))

    with pytest.raises(OperationalError):
        replace(reader, fetch=fetch).read()
    assert state(reader) is None


def test_the_source_s_own_word_is_waited_for_however_long(
    reader: Reader, form: Form, clock: HandClock
) -> None:
    form.pages = [TransientServiceError("Typeform", "too much.", retry_after=1800)]
    with pytest.raises(TransientServiceError):
        reader.read()
    clock.forward(seconds=1790)
    assert "is left alone" in reader.read()
    clock.forward(seconds=11)
    assert reader.read() == "Nothing new from typeform."


def test_a_refused_credential_goes_on_by_itself_once_it_is_mended(
    reader: Reader, form: Form, clock: HandClock
) -> None:
    form.pages = [CredentialError("Typeform", "it does not accept the token."), page(1)]
    with pytest.raises(CredentialError):
        reader.read()
    refused = state(reader)
    assert refused is not None and (refused.state, refused.why) == ("open", "refused")
    clock.forward(minutes=2)
    assert reader.read().startswith("Took in 1 from typeform: L-")


def test_each_source_has_a_connection_of_its_own(reader: Reader, form: Form) -> None:
    form.pages = [DOWN]
    with pytest.raises(TransientServiceError):
        reader.read()
    assert replace(reader, source="tally", connection="form_source tally").read().startswith("Nothing new")


def test_what_another_process_has_read_meanwhile_is_its_business(reader: Reader, form: Form) -> None:
    def fetch(cursor: str | None) -> Page:
        theirs = Reading(source="typeform", before=cursor, after="theirs")
        reader.ledger.submissions.store("typeform", [delivery(1)], theirs)
        return page(1, 2, cursor="ours")

    assert replace(reader, fetch=fetch).read() == "typeform is read by another process at the moment."
    assert ids(reader) == ["s1"]
    assert reader.ledger.sources.cursor("typeform") == "theirs"
    assert form.stored_pages == [], "the source may not tidy up for us"
    assert state(reader) is None, "nothing is wrong with the source"


def test_a_page_is_safe_in_the_ledger_before_the_source_may_tidy_up(reader: Reader, form: Form) -> None:
    form.pages, form.wrong = [page(1, 2)], [LeadsError("the folder is shut")]
    with pytest.raises(LeadsError, match="the folder is shut"):
        reader.read()
    assert len(form.stored_pages) == 1
    assert ids(reader) == ["s1", "s2"]
    assert reader.ledger.sources.cursor("typeform") == "after"


class ProcessDied(BaseException):
    """Nothing of the tick goes on."""


def test_a_crash_after_a_page_was_kept_reads_nothing_twice(
    reader: Reader, form: Form, clock: HandClock
) -> None:
    form.pages, form.wrong = [page(1, 2, cursor="1"), page(3, cursor="2")], [ProcessDied()]
    with pytest.raises(ProcessDied):
        reader.read()
    clock.forward(seconds=31)
    reader.read()
    leads = reader.ledger.stories.list_leads()
    assert [(lead.external_id, lead.deliveries) for lead in leads] == [("s1", 1), ("s2", 1), ("s3", 1)]
    assert form.cursors[:2] == [None, "1"]


def test_where_an_older_version_stopped_reading_goes_on(reader: Reader, form: Form, clock: HandClock) -> None:
    """It kept the cursor in Dagster, which still tells it with each tick."""
    form.pages = [page(1, cursor="1")]
    reader.read("of Dagster")
    clock.forward(seconds=31)
    reader.read("of Dagster")
    assert form.cursors == ["of Dagster", "1", "1"]


# --- the sensors themselves, with their resources ---------------------------------------------------------


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
    world.clock.forward(seconds=10)
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
