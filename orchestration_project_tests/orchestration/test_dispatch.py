"""What became of runs that did not end well: their leads are given back, their books closed."""

import dagster as dg
import pytest
from orchestration_project.ledger.work import Claim

from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.model import Ref
from orchestration_project.orchestration.dispatch import Dispatcher, run_tags
from orchestration_project.playbook.model import Limits
from orchestration_project_tests.conftest import HandClock
from orchestration_project_tests.ledger.test_work import submit


@dg.op
def nothing() -> None:
    """Stands for a run's work."""


@dg.job
def run_of_ours() -> None:
    nothing()


@pytest.fixture
def dispatcher(ledger: Ledger) -> Dispatcher:
    return Dispatcher(ledger, dg.DagsterInstance.ephemeral(), Limits())


def create_run(dispatcher: Dispatcher, claim: Claim, status: dg.DagsterRunStatus) -> dg.DagsterRun:
    return dispatcher.instance.create_run_for_job(run_of_ours, tags=run_tags(claim), status=status)


def status(dispatcher: Dispatcher, ref: Ref) -> str:
    return dispatcher.ledger.stories.list_leads(refs=[ref])[0].status


def test_a_dead_run_is_reported_and_its_leads_are_given_back(
    dispatcher: Dispatcher, clock: HandClock
) -> None:
    refs = submit(dispatcher.ledger, 5, person="p")
    (claim,) = dispatcher.claims()
    run = create_run(dispatcher, claim, dg.DagsterRunStatus.STARTED)
    process = open_ledger(dispatcher.ledger.engine, clock)
    assert process.work.start(refs, run.run_id, claim.batch) == refs
    assert dispatcher.recover() == ()
    process.locks.release()  # what PostgreSQL does when the process dies
    assert set(dispatcher.recover()) == set(refs)
    closed = dispatcher.instance.get_run_by_id(run.run_id)
    assert closed is not None
    assert closed.status is dg.DagsterRunStatus.FAILURE
    said = [entry.message for entry in dispatcher.instance.all_logs(run.run_id)]
    assert any("process died" in message for message in said)
    assert {status(dispatcher, ref) for ref in refs} == {"pending"}
    assert [len(claim.refs) for claim in dispatcher.claims()] == [1] * 5, "each goes alone next"


@pytest.mark.parametrize(
    "end", [dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED, dg.DagsterRunStatus.SUCCESS]
)
def test_a_run_that_ended_without_taking_its_leads_gives_them_back_at_once(
    dispatcher: Dispatcher, end: dg.DagsterRunStatus
) -> None:
    refs = submit(dispatcher.ledger, 1)
    (claim,) = dispatcher.claims()
    run = create_run(dispatcher, claim, end)
    assert dispatcher.recover() == refs
    (again,) = dispatcher.claims()
    assert (again.refs, again.batch == claim.batch) == (refs, False)
    closed = dispatcher.instance.get_run_by_id(run.run_id)
    assert closed is not None
    assert closed.status is end


@pytest.mark.parametrize("yet", [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING])
def test_a_run_that_will_come_keeps_its_leads_however_long_it_waits(
    dispatcher: Dispatcher, clock: HandClock, yet: dg.DagsterRunStatus
) -> None:
    submit(dispatcher.ledger, 1)
    (claim,) = dispatcher.claims()
    create_run(dispatcher, claim, yet)
    clock.forward(hours=5)
    assert dispatcher.recover() == ()


def test_a_claim_that_became_no_run_is_given_back_after_a_minute(
    dispatcher: Dispatcher, clock: HandClock
) -> None:
    refs = submit(dispatcher.ledger, 1)
    dispatcher.claims()
    assert dispatcher.recover() == ()
    clock.forward(seconds=61)
    assert dispatcher.recover() == refs


def test_a_re_execution_keeps_the_leads_of_the_run_it_repeats(dispatcher: Dispatcher) -> None:
    """It has the tags of the first, which has ended."""
    submit(dispatcher.ledger, 1)
    (claim,) = dispatcher.claims()
    create_run(dispatcher, claim, dg.DagsterRunStatus.FAILURE)
    create_run(dispatcher, claim, dg.DagsterRunStatus.NOT_STARTED)
    assert dispatcher.recover() == ()
