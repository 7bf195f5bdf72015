"""What became of runs that show no sign of life: their leads are given back, their books closed."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import dagster as dg
import pytest
import sqlalchemy

from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.ledger.claims import Claim
from orchestration_project.ledger.people import Introduction
from orchestration_project.model import Carried, Delivery, Ref
from orchestration_project.orchestration.dispatch import MAX_CLAIMS_IN_FLIGHT, run_tags
from orchestration_project.orchestration.recover import Recoverer
from orchestration_project.process import myself
from orchestration_project_tests.orchestration.conftest import MovedClock

Status = dg.DagsterRunStatus

DEAD = myself().rpartition("/")[0] + "/1.00"
"""A process that had our number before us."""
ELSEWHERE = "another-machine/pid/boot/17/1.00"


@dg.op
def nothing() -> None:
    """Stands for a run's work."""


@dg.job
def run_of_ours() -> None:
    nothing()


@dataclass
class Scene:
    """A ledger and Dagster's records of runs that are in no process at all."""

    ledger: Ledger
    instance: dg.DagsterInstance
    clock: MovedClock
    processes: list[Ledger] = field(default_factory=list[Ledger])

    def submit(self, number: int) -> tuple[Ref, ...]:
        deliveries = [Delivery(external_id=str(i), raw=b"{}") for i in range(number)]
        refs = tuple(item.ref for item in self.ledger.submissions.store("inbox", deliveries))
        now = self.clock()
        self.ledger.people.introduce(
            [Introduction(ref=ref, person_key=None, submitted_at=now) for ref in refs]
        )
        return refs

    def claim(self) -> Claim:
        (claim,) = self.claims()
        return claim

    def claims(self) -> tuple[Claim, ...]:
        claims = self.ledger.claims
        return claims.claim(max_leads=25, max_runs=MAX_CLAIMS_IN_FLIGHT, max_in_flight=MAX_CLAIMS_IN_FLIGHT)

    def run(self, claim: Claim, status: Status) -> dg.DagsterRun:
        """Dagster's record of the run that carries the claim."""
        begins = Status.STARTING if status is Status.STARTED else status
        run = self.instance.create_run_for_job(run_of_ours, tags=run_tags(claim), status=begins)
        if status is Status.STARTED:
            started = dg.DagsterEvent(dg.DagsterEventType.RUN_START.value, run.job_name)
            self.instance.report_dagster_event(started, run.run_id)
        return run

    def start(self, claim: Claim, run: dg.DagsterRun, holder: str | None = None) -> tuple[Carried, ...]:
        """A process takes the leads of the claim."""
        process = open_ledger(self.ledger.engine, self.clock)
        self.processes.append(process)
        return process.claims.start(claim, run.run_id, holder or myself())

    def end_sessions(self) -> None:
        """What PostgreSQL does when the processes die, or their sessions for another reason."""
        for process in self.processes:
            process.locks.release()

    def recover(self) -> tuple[Ref, ...]:
        return Recoverer(self.ledger, self.instance).recover()

    def status(self, run: dg.DagsterRun) -> Status:
        record = self.instance.get_run_by_id(run.run_id)
        assert record is not None
        return record.status

    def states(self) -> set[str]:
        return {lead.status for lead in self.ledger.stories.list_leads()}


@pytest.fixture
def scene(database: sqlalchemy.Engine) -> Iterator[Scene]:
    clock = MovedClock()  # as Dagster's: it keeps the real time of what happens to a run
    ledger = open_ledger(database, clock)
    with dg.DagsterInstance.ephemeral() as instance:
        opened = Scene(ledger, instance, clock)
        yield opened
    opened.end_sessions()
    ledger.close()


# --- a run that has taken its leads ---------------------------------------------------------------------


def test_a_dead_run_is_reported_and_its_leads_are_given_back(scene: Scene) -> None:
    refs = scene.submit(5)
    claim = scene.claim()
    run = scene.run(claim, Status.STARTED)
    assert [lead.ref for lead in scene.start(claim, run, DEAD)] == list(refs)
    assert scene.recover() == (), "while its session lives, it lives"
    scene.end_sessions()
    assert scene.recover() == refs
    assert scene.status(run) is Status.FAILURE
    said = [entry.message for entry in scene.instance.all_logs(run.run_id)]
    assert any("process died" in message for message in said)
    assert scene.states() == {"received"}
    assert [len(claim.refs) for claim in scene.claims()] == [2, 2, 1], "one may have killed it"


def test_a_run_whose_session_ended_is_left_alone_while_its_process_lives(scene: Scene) -> None:
    """The server was restarted, or somebody ended idle sessions."""
    scene.submit(1)
    claim = scene.claim()
    run = scene.run(claim, Status.STARTED)
    leads = scene.start(claim, run, myself())
    scene.end_sessions()
    scene.clock.forward(hours=1)
    assert scene.recover() == ()
    assert scene.status(run) is Status.STARTED
    assert scene.ledger.outcomes.finish(leads, run.run_id) == leads


def test_what_a_run_of_another_machine_held_without_a_session_is_taken_over(scene: Scene) -> None:
    refs = scene.submit(1)
    claim = scene.claim()
    run = scene.run(claim, Status.STARTED)
    leads = scene.start(claim, run, ELSEWHERE)
    scene.end_sessions()
    assert scene.recover() == refs
    assert scene.status(run) is Status.FAILURE
    assert scene.ledger.outcomes.finish(leads, run.run_id) == (), "should it live, it learns of it"


@pytest.mark.parametrize(("holder", "wait"), [(DEAD, 0), (ELSEWHERE, 180)], ids=["dead", "elsewhere"])
def test_what_was_begun_may_be_looked_at_as_soon_as_nobody_can_still_do_it(
    scene: Scene, holder: str, wait: float
) -> None:
    scene.submit(1)
    claim = scene.claim()
    run = scene.run(claim, Status.STARTED)
    (lead,) = scene.start(claim, run, holder)
    scene.ledger.receipts.begin(lead, "task", takes=180, settles=0)
    scene.end_sessions()
    scene.recover()
    again = scene.claim()
    (lead,) = scene.start(again, scene.run(again, Status.STARTED))
    if wait:
        assert not scene.ledger.receipts.begin(lead, "task", takes=180, settles=0).go
        scene.clock.forward(seconds=wait)
    beginning = scene.ledger.receipts.begin(lead, "task", takes=180, settles=0)
    assert (beginning.go, beginning.may_exist) == (True, True)


@pytest.mark.parametrize("end", [Status.FAILURE, Status.SUCCESS])
def test_a_run_that_has_ended_holds_no_lead_although_its_process_lives_on(scene: Scene, end: Status) -> None:
    """As `leads run` does, and the parent process of forked runs."""
    refs = scene.submit(1)
    claim = scene.claim()
    run = scene.run(claim, end)
    scene.start(claim, run, myself())
    scene.end_sessions()
    assert scene.recover() == refs
    assert scene.status(run) is end


def test_the_lead_of_a_run_that_a_person_stopped_waits_for_that_person(scene: Scene) -> None:
    (ref,) = scene.submit(1)
    claim = scene.claim()
    run = scene.run(claim, Status.CANCELED)
    scene.start(claim, run, DEAD)
    scene.end_sessions()
    assert scene.recover() == ()
    (lead,) = scene.ledger.stories.list_leads()
    assert lead.status == "needs_person"
    assert "A person stopped its run" in lead.explanation and "leads replay" in lead.explanation
    assert scene.claims() == ()
    scene.ledger.by_hand.replay([ref])
    assert scene.claim().refs == (ref,)


def test_a_run_that_a_person_is_stopping_keeps_its_lead_while_it_lives(scene: Scene) -> None:
    scene.submit(1)
    claim = scene.claim()
    scene.start(claim, scene.run(claim, Status.CANCELING), myself())
    scene.end_sessions()
    assert scene.recover() == ()


# --- a claim with which no run has begun ------------------------------------------------------------------


def test_a_claim_that_became_no_run_is_given_back_after_a_minute(scene: Scene) -> None:
    refs = scene.submit(1)
    claim = scene.claim()
    scene.clock.forward(seconds=59)
    assert scene.recover() == ()
    scene.clock.forward(seconds=2)
    assert scene.recover() == refs
    again = scene.claim()
    assert (again.refs, again.lease > claim.lease) == (refs, True)


@pytest.mark.parametrize("end", [Status.FAILURE, Status.CANCELED, Status.SUCCESS])
def test_a_run_that_ended_without_taking_its_leads_gives_them_back_at_once(scene: Scene, end: Status) -> None:
    refs = scene.submit(1)
    claim = scene.claim()
    run = scene.run(claim, end)
    assert scene.recover() == refs
    assert scene.claim().refs == refs
    assert scene.status(run) is end


def test_a_run_that_will_come_keeps_its_leads_however_long_it_waits(scene: Scene) -> None:
    scene.submit(1)
    scene.run(scene.claim(), Status.NOT_STARTED)
    scene.clock.forward(hours=5)
    assert scene.recover() == ()


@pytest.mark.parametrize(("status", "patience"), [(Status.STARTING, 300), (Status.STARTED, 60)])
def test_a_run_that_never_gets_to_its_leads_is_given_up(scene: Scene, status: Status, patience: int) -> None:
    """Killed between its start and its first op it has no process and no lock, and counts as alive."""
    refs = scene.submit(1)
    run = scene.run(scene.claim(), status)
    scene.clock.forward(seconds=patience - 10)
    assert scene.recover() == ()
    assert scene.status(run) is status
    scene.clock.forward(seconds=11)
    assert scene.recover() == refs
    assert scene.status(run) is Status.FAILURE


def test_runs_that_are_stuck_hold_no_place(scene: Scene) -> None:
    """Four of them once held all places of the queue, and the intake stood for good."""
    scene.submit(MAX_CLAIMS_IN_FLIGHT * 25)
    runs = [scene.run(claim, Status.STARTED) for claim in scene.claims()]
    assert len(runs) == MAX_CLAIMS_IN_FLIGHT
    assert scene.claims() == (), "all places are taken"
    scene.clock.forward(seconds=61)
    assert len(scene.recover()) == MAX_CLAIMS_IN_FLIGHT * 25
    assert {scene.status(run) for run in runs} == {Status.FAILURE}, "and Dagster's queue goes on"
    assert len(scene.claims()) == MAX_CLAIMS_IN_FLIGHT


def test_a_run_that_comes_too_late_takes_nothing(scene: Scene) -> None:
    refs = scene.submit(1)
    late = scene.claim()
    scene.clock.forward(seconds=61)
    assert scene.recover() == refs
    run = scene.run(late, Status.STARTED)
    assert scene.start(late, run) == ()
    again = scene.claim()
    assert len(scene.start(again, scene.run(again, Status.STARTED))) == 1


def test_a_re_execution_keeps_the_leads_of_the_run_it_repeats(scene: Scene) -> None:
    """It has the tags of the first, which has ended."""
    scene.submit(1)
    claim = scene.claim()
    scene.run(claim, Status.FAILURE)
    scene.run(claim, Status.NOT_STARTED)
    assert scene.recover() == ()


# --- how Dagster is asked ----------------------------------------------------------------------------------


def test_dagster_is_never_asked_while_the_ledger_is_held(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each question to a slow Dagster would keep rows locked that every run wants to write."""
    refs = scene.submit(4)
    claims = scene.claims()
    started = [scene.run(claim, Status.STARTED) for claim in claims]
    for claim, run in zip(claims, started, strict=True):
        scene.start(claim, run, DEAD)
    scene.end_sessions()
    asked: list[str] = []
    pool = scene.ledger.engine.pool
    assert isinstance(pool, sqlalchemy.QueuePool)

    def watch(name: str) -> None:
        real = getattr(scene.instance, name)

        def ask(*arguments: object, **named: object) -> object:
            asked.append(name)
            assert pool.checkedout() == 0, f"{name} was asked within a transaction"
            return real(*arguments, **named)

        monkeypatch.setattr(scene.instance, name, ask)

    for name in ("get_run_records", "get_run_record_by_id", "get_run_by_id", "report_run_failed"):
        watch(name)
    assert scene.recover() == refs
    assert {"get_run_records", "report_run_failed"} <= set(asked)
