"""A sensor's tick: it waits for work without sleeping here, stores before it moves on, and hands out runs."""

import json
import os
import threading
import traceback
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import anyio
import dagster as dg
import pytest
from orchestration_project.orchestration.sensors import (
    LOOK_SECONDS,
    TICK_SECONDS,
    UNSEEN_FAILURES,
    Watch,
)

from orchestration_project.connectors.crm.local import LocalCrm
from orchestration_project.connectors.form_source.inbox import Inbox
from orchestration_project.errors import LeadsError, PlaybookError, TransientServiceError
from orchestration_project.installation import WORKING_COPY
from orchestration_project.intake import take_in
from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.model import Delivery, Page
from orchestration_project.offer import capabilities
from orchestration_project.orchestration.dispatch import BATCH_TAG, MAX_CLAIMS_IN_FLIGHT, Dispatcher
from orchestration_project.playbook.load import load_playbook
from orchestration_project.playbook.model import Playbook
from orchestration_project_tests.conftest import HandClock
from orchestration_project_tests.orchestration.conftest import World


@dataclass
class HandTime:
    """Seconds that only pass when somebody sleeps; `then` happens during the sleep of that number."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)
    then: dict[int, Callable[[], object]] = field(default_factory=dict)

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        self.then.get(len(self.slept), lambda: None)()


@dataclass
class Form:
    """A source that gives out these pages, one a reading, and then empty ones."""

    pages: list[Page | Exception] = field(default_factory=list)
    cursors: list[str | None] = field(default_factory=list)  # it was asked with
    stored_pages: list[Page] = field(default_factory=list)
    wrong: list[BaseException] = field(default_factory=list)  # raised when told that a page is stored

    def fetch(self, cursor: str | None) -> Page:
        self.cursors.append(cursor)
        page = self.pages.pop(0) if self.pages else Page(deliveries=(), cursor=cursor)
        if isinstance(page, Exception):
            raise page
        return page

    def stored(self, page: Page) -> None:
        self.stored_pages.append(page)
        if self.wrong:
            raise self.wrong.pop(0)


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


@pytest.fixture(scope="module")
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as opened:
        yield opened


@pytest.fixture
def form() -> Form:
    return Form()


@pytest.fixture
def hand_time() -> HandTime:
    return HandTime()


@pytest.fixture
def tick_log() -> list[str]:
    """What ticks have logged as errors."""
    return []


@pytest.fixture
def watch(
    ledger: Ledger,
    playbook: Playbook,
    instance: dg.DagsterInstance,
    form: Form,
    hand_time: HandTime,
    tick_log: list[str],
) -> Watch:
    return Watch(
        source="inbox",
        every_seconds=1.0,
        fetch=form.fetch,
        stored=form.stored,
        ledger=ledger,
        playbook=playbook,
        dispatcher=Dispatcher(ledger, instance, playbook.limits),
        log_error=tick_log.append,
        monotonic=hand_time.monotonic,
        sleep=hand_time.sleep,
    )


def requests(result: dg.SensorResult) -> list[dg.RunRequest]:
    return list(result.run_requests or [])


def refs_of(request: dg.RunRequest) -> list[str]:
    return request.run_config["ops"]["data"]["ops"]["receive"]["config"]["refs"]


def test_what_is_there_is_handed_out_at_once(watch: Watch, form: Form, hand_time: HandTime) -> None:
    form.pages = [page(1, 2)]
    result = watch.tick("before")
    (one, two) = watch.ledger.stories.list_leads()
    assert [refs_of(request) for request in requests(result)] == [[one.ref], [two.ref]]
    assert result.cursor == "after"
    assert form.cursors == ["before"]
    assert hand_time.slept == []


def test_with_nothing_to_do_it_waits_and_ends_before_the_next_look_of_the_daemon(
    watch: Watch, form: Form, hand_time: HandTime
) -> None:
    begun = hand_time.now
    result = watch.tick("before")
    assert requests(result) == []
    assert result.cursor == "before"
    assert result.skip_reason
    assert set(hand_time.slept) == {LOOK_SECONDS}
    assert TICK_SECONDS - 2 * LOOK_SECONDS < hand_time.now - begun <= TICK_SECONDS


def test_it_reads_the_source_at_the_source_s_own_pace(watch: Watch, form: Form) -> None:
    form.pages = [Page(deliveries=(), cursor=str(number)) for number in range(1, 20)]
    result = watch.tick(None)
    assert form.cursors == [None, *map(str, range(1, len(form.cursors)))], (
        "each reading goes on from the last"
    )
    assert 8 <= len(form.cursors) <= 10
    assert result.cursor == str(len(form.cursors))


def test_what_comes_in_during_the_tick_is_handed_out_when_it_comes(
    watch: Watch, form: Form, hand_time: HandTime
) -> None:
    form.pages = [Page(deliveries=(), cursor="1"), Page(deliveries=(), cursor="2"), page(1, cursor="3")]
    begun = hand_time.now
    result = watch.tick(None)
    assert len(requests(result)) == 1
    assert result.cursor == "3"
    assert 2.0 <= hand_time.now - begun < 2.0 + 2 * LOOK_SECONDS


def test_what_somebody_else_stores_is_handed_out_without_asking_the_source_again(
    watch: Watch, form: Form, hand_time: HandTime
) -> None:
    slow = replace(watch, every_seconds=3600)
    hand_time.then[7] = lambda: take_in(watch.ledger, watch.playbook, "typeform", [delivery(1)])
    assert len(requests(slow.tick("before"))) == 1
    assert len(hand_time.slept) == 7
    assert len(form.cursors) == 1


def test_a_slow_source_is_left_alone_by_the_next_ticks_too(
    watch: Watch, form: Form, hand_time: HandTime
) -> None:
    slow = replace(watch, every_seconds=25.0)
    for _ in range(8):
        slow.tick("before")
        hand_time.now += 0.4  # the daemon looks again
    assert len(form.cursors) == 4, "in 80 seconds: at 0, 25, 50 and 75"


def test_each_source_has_a_pace_of_its_own(watch: Watch, form: Form) -> None:
    slow = replace(watch, every_seconds=3600.0)
    slow.tick("before")
    replace(slow, source="typeform").tick("before")
    slow.tick("before")
    assert len(form.cursors) == 2


def test_a_source_that_delivers_is_asked_for_more_by_the_next_tick(watch: Watch, form: Form) -> None:
    slow = replace(watch, every_seconds=3600.0)
    form.pages = [page(1, cursor="1"), page(2, cursor="2")]
    for cursor in ("before", "1", "2", "2"):
        slow.tick(cursor)
    assert form.cursors == ["before", "1", "2"]


def test_a_source_that_failed_is_asked_again_by_the_next_tick(watch: Watch, form: Form) -> None:
    slow = replace(watch, every_seconds=3600.0)
    form.pages = [TransientServiceError("Typeform", "it is down.", "Wait.")]
    with pytest.raises(TransientServiceError):
        slow.tick("before")
    slow.tick("before")
    assert form.cursors == ["before", "before"]


def test_a_source_that_cannot_be_read_stores_nothing_and_says_so(watch: Watch, form: Form) -> None:
    form.pages = [TransientServiceError("Typeform", "it is down.", "Wait.")]
    with pytest.raises(TransientServiceError):
        watch.tick("before")
    assert watch.ledger.stories.list_leads() == ()
    form.pages = [page(1)]
    assert len(requests(watch.tick("before"))) == 1


DOWN = TransientServiceError("Typeform", "it is down.", "Wait.")


def wait(watch: Watch, *numbers: int) -> None:
    """Leads of another source, which wait in the ledger."""
    take_in(watch.ledger, watch.playbook, "other", [delivery(number) for number in numbers])


def test_a_source_that_is_down_keeps_no_lead_waiting(watch: Watch, form: Form, tick_log: list[str]) -> None:
    form.pages = [DOWN]
    wait(watch, 1, 2)
    result = watch.tick("before")
    assert len(requests(result)) == 2
    assert result.cursor == "before"
    (logged,) = tick_log
    assert logged.startswith("inbox could not be read; the cursor stays, ")
    assert logged.endswith("Typeform: it is down. Wait.")


def test_a_failure_that_failed_no_tick_fails_the_next_one_whatever_waits(watch: Watch, form: Form) -> None:
    form.pages = [DOWN] * 4
    for number in (1, 2):
        wait(watch, number)
        assert len(requests(watch.tick("before"))) == number, "what came before the tick that failed, too"
        wait(watch, number + 10)
        with pytest.raises(TransientServiceError):
            watch.tick("before")
    assert form.cursors == ["before"] * 4


def test_a_source_that_is_well_again_has_no_failure_left(
    watch: Watch, form: Form, tick_log: list[str]
) -> None:
    form.pages = [DOWN, page(2), DOWN]
    wait(watch, 1)
    assert len(requests(watch.tick("before"))) == 1
    assert len(requests(watch.tick("before"))) == 1
    wait(watch, 3)
    assert len(requests(watch.tick("after"))) == 1, "a new failure waits its turn again"
    assert len(tick_log) == 2


def test_each_source_owes_its_own_failure(watch: Watch, form: Form) -> None:
    form.pages = [DOWN, DOWN]
    wait(watch, 1)
    watch.tick("before")
    wait(watch, 2)
    assert len(requests(replace(watch, source="typeform").tick(None))) == 1


def test_a_source_that_fails_in_the_middle_of_a_tick_keeps_no_lead_waiting(
    watch: Watch, form: Form, hand_time: HandTime
) -> None:
    form.pages = [Page(deliveries=(), cursor="1"), DOWN]
    hand_time.then[5] = lambda: wait(watch, 1)
    result = watch.tick("before")
    assert len(requests(result)) == 1
    assert result.cursor == "1", "as far as the source was read"


def test_the_failure_is_logged_although_the_rules_are_broken_too(
    watch: Watch, form: Form, tick_log: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEADS_PLAYBOOK", "/nowhere")
    form.pages = [DOWN]
    wait(watch, 1)
    with pytest.raises(PlaybookError):
        watch.tick("before")
    assert "it is down" in tick_log[0]
    assert watch.ledger.stories.count() == {"pending": 1}


def test_an_error_of_no_words_of_ours_is_logged_by_its_kind_only(
    watch: Watch, form: Form, tick_log: list[str]
) -> None:
    form.pages = [ValueError("Maeve O'Brien wrote: call me")]
    wait(watch, 1)
    watch.tick("before")
    assert tick_log[0].endswith("an unexpected ValueError.")


def test_a_page_is_safe_in_the_ledger_before_the_source_may_tidy_up(
    watch: Watch, form: Form, tick_log: list[str]
) -> None:
    form.pages, form.wrong = [page(1, 2)], [LeadsError("the folder is shut")]
    result = watch.tick("before")
    assert len(form.stored_pages) == 1
    leads = watch.ledger.stories.list_leads()
    assert [lead.external_id for lead in leads] == ["s1", "s2"]
    assert [refs_of(request) for request in requests(result)] == [[lead.ref] for lead in leads]
    assert result.cursor == "before"
    assert "the folder is shut" in tick_log[0]


class ProcessDied(BaseException):
    """Nothing of the tick goes on."""


def test_a_crash_between_storing_and_moving_the_cursor_stores_nothing_twice(watch: Watch, form: Form) -> None:
    form.pages, form.wrong = [page(1, 2), page(1, 2)], [ProcessDied()]
    with pytest.raises(ProcessDied):
        watch.tick("before")
    result = watch.tick("before")  # dagster asks again with the cursor it has
    leads = watch.ledger.stories.list_leads()
    assert [(lead.external_id, lead.deliveries) for lead in leads] == [("s1", 2), ("s2", 2)]
    assert [refs_of(request) for request in requests(result)] == [[lead.ref] for lead in leads]
    assert result.cursor == "after"


def test_a_submission_that_is_no_json_moves_the_cursor_and_becomes_a_lead(watch: Watch, form: Form) -> None:
    broken = Delivery(external_id="x", raw=b"\xff{not json")
    form.pages = [Page(deliveries=(broken, delivery(1)), cursor="after")]
    result = watch.tick("before")
    assert result.cursor == "after"
    assert len(requests(result)) == 2


def test_a_burst_goes_in_company(watch: Watch, form: Form) -> None:
    form.pages = [page(*range(60))]
    sizes = [len(refs_of(request)) for request in requests(watch.tick(None))]
    assert sizes == [25, 25, 10]


def test_a_run_request_names_its_claim_and_no_person(watch: Watch, form: Form) -> None:
    form.pages = [page(1), page(*range(2, 40))]
    asked = requests(watch.tick(None)) + requests(watch.tick(None))
    assert len(asked) == 3
    assert len({request.run_key for request in asked}) == 3
    for request in asked:
        assert request.job_name == "lead_intake"
        assert request.run_key == request.tags[BATCH_TAG]
        told = json.dumps([request.run_key, request.run_config, dict(request.tags)])
        assert len(json.dumps(dict(request.tags))) < 300
        for personal in ("Maeve", "maeve", "O'Brien", "joinery", "bookkeeper"):
            assert personal not in told


def test_a_flood_stays_in_the_ledger_and_not_in_the_queue(
    watch: Watch, form: Form, hand_time: HandTime
) -> None:
    form.pages = [page(*range(400))]
    result = watch.tick(None)
    assert len(requests(result)) == MAX_CLAIMS_IN_FLIGHT
    assert sum(len(refs_of(request)) for request in requests(result)) == MAX_CLAIMS_IN_FLIGHT * 25
    assert watch.ledger.stories.count() == {"queued": 300, "pending": 100}
    assert requests(watch.tick(result.cursor)) == [], "all places are taken"
    watch.ledger.work.finish(refs_of(requests(result)[0]), "run")  # type: ignore[arg-type]
    assert [len(refs_of(request)) for request in requests(watch.tick(result.cursor))] == [25]


def test_two_sensors_at_the_same_moment_do_not_hand_out_more(watch: Watch, clock: HandClock) -> None:
    take_in(watch.ledger, watch.playbook, "inbox", [delivery(number) for number in range(700)])
    start, taken = threading.Barrier(4), list[str]()

    def claim() -> None:
        mine = open_ledger(watch.ledger.engine, clock)
        dispatcher = replace(watch.dispatcher, ledger=mine)
        start.wait(10)
        taken.extend(claim.batch for claim in dispatcher.claims())

    threads = [threading.Thread(target=claim) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(taken) == MAX_CLAIMS_IN_FLIGHT


# --- the sensors themselves, with their resources -----------------------------------------------------


@pytest.fixture(autouse=True)
def no_old_failures() -> None:
    UNSEEN_FAILURES.clear()


@contextmanager
def tick(world: World, sensor: str, cursor: str | None) -> Generator[Callable[[], dg.SensorResult]]:
    """The sensor of that name with the resources that the project gives it, ready to be ticked."""
    definitions = world.definitions()
    with dg.build_sensor_context(
        instance=world.instance, cursor=cursor, resources=definitions.resources, sensor_name=sensor
    ) as context:

        def evaluate() -> dg.SensorResult:
            answer = definitions.resolve_sensor_def(sensor)(context)
            assert isinstance(answer, dg.SensorResult)
            return answer

        yield evaluate
        assert context.cursor == cursor, "only dagster moves the cursor, to the one of the result"


def evaluate(world: World, sensor: str, cursor: str | None) -> dg.SensorResult:
    with tick(world, sensor, cursor) as ready:
        return ready()


def enter(world: World, email: str, **fields: str) -> str:
    crm = LocalCrm(world.ledger.engine, world.ledger.work.clock)
    return anyio.run(crm.enter_contact, {"email": email, **fields}).id


def test_the_form_sensor_turns_a_file_into_a_run(world: World) -> None:
    inbox = world.home / "inbox"
    inbox.mkdir()
    (inbox / "lead.json").write_bytes(delivery(1).raw)
    os.utime(inbox / "lead.json", (1_700_000_000, 1_700_000_000))
    result = evaluate(world, "inbox_submissions", None)
    (lead,) = world.ledger.stories.list_leads()
    assert [refs_of(request) for request in requests(result)] == [[lead.ref]]
    assert (lead.source, lead.external_id) == ("inbox", "s1")
    assert not (inbox / "lead.json").exists()


def test_a_form_source_that_cannot_be_read_fails_the_tick_and_leaves_the_cursor(world: World) -> None:
    (world.home / "inbox").write_text("a file where the folder should be")
    told = pytest.raises(
        dg.Failure,
        match=r"^The tick for inbox failed, and its cursor stays .*: an unexpected \w+Error\. `leads doctor`",
    )
    with tick(world, "inbox_submissions", "before") as ready, told:
        ready()
    assert world.ledger.stories.list_leads() == ()


@pytest.mark.parametrize("sort", [ValueError, LeadsError])
def test_what_a_person_wrote_is_in_no_part_of_a_failed_tick_and_the_stack_is(
    world: World, monkeypatch: pytest.MonkeyPatch, sort: type[Exception]
) -> None:
    quoted, ours = KeyError("Maeve O'Brien"), sort("Typeform: it is down.")

    async def fetch(_inbox: Inbox, _cursor: str | None) -> Page:
        raise ours from quoted

    monkeypatch.setattr(Inbox, "fetch", fetch)
    with tick(world, "inbox_submissions", None) as ready, pytest.raises(dg.Failure) as caught:
        ready()
    shown = "\n".join(traceback.format_exception(caught.value))  # as dagster does
    assert "Maeve" not in shown
    assert ("it is down" in shown) is (sort is LeadsError)
    assert "in fetch\n" in shown


def test_a_sensor_whose_source_is_down_hands_out_once_and_fails_then(world: World) -> None:
    (world.home / "inbox").write_text("a file where the folder should be")
    ref, *_ = world.submit({"id": "1", "email": "maeve@harbour-joinery.example"})
    result = evaluate(world, "inbox_submissions", "before")
    assert [refs_of(request) for request in requests(result)] == [[ref]]
    assert result.cursor == "before"
    world.submit({"id": "2", "email": "ana@harbour-joinery.example"})
    with tick(world, "inbox_submissions", "before") as ready, pytest.raises(dg.Failure):
        ready()
    assert world.ledger.stories.count() == {"queued": 1, "pending": 1}


def test_a_crm_that_cannot_be_read_fails_the_tick_in_words(world: World) -> None:
    with world.ledger.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE local_crm.contacts RENAME TO elsewhere")
    told = pytest.raises(
        dg.Failure,
        match=r"The tick for crm failed, and its cursor stays where it was: local CRM: .*migrations",
    )
    with tick(world, "crm_contacts", "7") as ready, told:
        ready()


def test_a_contact_entered_by_hand_becomes_a_lead_and_ours_never(world: World) -> None:
    crm = LocalCrm(world.ledger.engine, world.ledger.work.clock)
    anyio.run(crm.create_contact, {"email": "ours@acme.example", "name": "Ours"}, {})
    by_hand = enter(world, "jo@reed.example", name="Jo Reed", message="Do you run payroll for a small team?")
    result = evaluate(world, "crm_contacts", None)
    (lead,) = world.ledger.stories.list_leads()
    assert (lead.source, lead.external_id, lead.email) == ("crm", by_hand, "jo@reed.example")
    assert [refs_of(request) for request in requests(result)] == [[lead.ref]]
    assert result.cursor == by_hand
    world.ledger.recovery.recover(lambda _batch: False, lambda _run_id: False)
    world.run()
    done = world.lead(lead.ref)
    assert done.status == "done"
    contacts = anyio.run(crm.list_contacts)
    assert {contact.email for contact in contacts} == {"ours@acme.example", "jo@reed.example"}
    (action,) = [action for action in done.actions if action.action == "crm_contact"]
    assert action.external_id == by_hand, "the contact that was there, not a second one"
    enter(world, "second@reed.example", name="Second")
    assert len(requests(evaluate(world, "crm_contacts", result.cursor))) == 1
    assert [item.email for item in world.ledger.stories.list_leads()] == [
        "jo@reed.example",
        "second@reed.example",
    ]
