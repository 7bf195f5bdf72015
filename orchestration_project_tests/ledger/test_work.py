"""Claiming, losing and recovering leads."""

from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.ledger.recovery import MAX_ATTEMPTS
from orchestration_project.model import Attribution, Delivery, Reason, Ref
from orchestration_project_tests.conftest import HandClock


def never_stopped(_run_id: str) -> bool:
    return False


def submit(ledger: Ledger, number: int, *, person: str | None = None) -> tuple[Ref, ...]:
    deliveries = [Delivery(external_id=f"{person}-{i}", raw=b"{}") for i in range(number)]
    refs = tuple(item.ref for item in ledger.submissions.store("inbox", deliveries))
    for ref in refs:
        ledger.people.introduce(ref, person, ledger.work.clock(), Attribution())
    return refs


def status(ledger: Ledger, ref: Ref) -> str:
    return ledger.stories.list_leads(refs=[ref])[0].status


def test_a_few_leads_get_a_run_each(ledger: Ledger) -> None:
    refs = submit(ledger, 3)
    claims = ledger.work.claim(max_leads=25, max_runs=10)
    assert [claim.refs for claim in claims] == [(ref,) for ref in refs]


def test_a_burst_goes_in_company_of_at_most_the_limit(ledger: Ledger) -> None:
    submit(ledger, 60)
    claims = ledger.work.claim(max_leads=25, max_runs=10)
    assert [len(claim.refs) for claim in claims] == [25, 25, 10]


def test_no_lead_is_claimed_twice(ledger: Ledger) -> None:
    submit(ledger, 30)
    first = ledger.work.claim(max_leads=25, max_runs=1)
    second = ledger.work.claim(max_leads=25, max_runs=5)
    taken = [ref for claim in (*first, *second) for ref in claim.refs]
    assert len(taken) == len(set(taken)) == 30
    assert ledger.work.claim(max_leads=25, max_runs=5) == ()


def test_a_lead_nobody_has_introduced_yet_waits_a_moment(ledger: Ledger, clock: HandClock) -> None:
    ledger.submissions.store("inbox", [Delivery(external_id="1", raw=b"{}")])
    assert ledger.work.claim(max_leads=25, max_runs=5) == ()
    clock.forward(seconds=6)
    assert len(ledger.work.claim(max_leads=25, max_runs=5)) == 1


def test_a_lead_that_failed_in_company_goes_alone_after_its_wait(ledger: Ledger, clock: HandClock) -> None:
    refs = submit(ledger, 10)
    (claim,) = ledger.work.claim(max_leads=25, max_runs=5)
    ledger.work.start(refs, "run-1", claim.batch)
    ledger.work.give_back(refs[4], "the CRM was away.", "run-1", retry_after=30)
    ledger.locks.release()
    assert ledger.work.claim(max_leads=25, max_runs=5) == ()
    clock.forward(seconds=31)
    submit(ledger, 5, person="other")
    claims = ledger.work.claim(max_leads=25, max_runs=5)
    assert [len(claim.refs) for claim in claims] == [1, 5]
    assert claims[0].refs == (refs[4],)


def test_a_lead_given_back_is_not_claimed_while_its_old_run_still_holds_it(ledger: Ledger) -> None:
    (ref,) = submit(ledger, 1)
    (claim,) = ledger.work.claim(max_leads=25, max_runs=5)
    ledger.work.start([ref], "run-1", claim.batch)
    ledger.work.give_back(ref, "x", "run-1", retry_after=0)
    assert ledger.work.claim(max_leads=25, max_runs=5) == ()
    ledger.locks.release()
    assert len(ledger.work.claim(max_leads=25, max_runs=5)) == 1


def test_the_lead_of_a_dead_process_is_given_back_at_once(ledger: Ledger, clock: HandClock) -> None:
    (ref,) = submit(ledger, 1)
    other_process = open_ledger(ledger.engine, clock)
    (claim,) = other_process.work.claim(max_leads=25, max_runs=5)
    assert other_process.work.start([ref], "run-1", claim.batch) == (ref,)
    assert ledger.recovery.recover(lambda _batch: True, never_stopped).given_back == ()
    other_process.locks.release()  # what PostgreSQL does when the process dies
    recovered = ledger.recovery.recover(lambda _batch: True, never_stopped)
    assert recovered.given_back == (ref,)
    assert recovered.dead_runs == ("run-1",)
    assert status(ledger, ref) == "pending"


def test_a_run_that_was_too_slow_finds_its_claim_void(ledger: Ledger, clock: HandClock) -> None:
    (ref,) = submit(ledger, 1)
    (old,) = ledger.work.claim(max_leads=25, max_runs=5)
    clock.forward(minutes=5)
    assert ledger.recovery.recover(lambda _batch: None, never_stopped).given_back == (ref,)
    (new,) = ledger.work.claim(max_leads=25, max_runs=5)
    assert ledger.work.start([ref], "slow", old.batch) == ()
    assert ledger.work.start([ref], "quick", new.batch) == (ref,)


def test_a_queued_lead_is_left_to_a_run_that_will_come(ledger: Ledger, clock: HandClock) -> None:
    submit(ledger, 1)
    ledger.work.claim(max_leads=25, max_runs=5)
    clock.forward(minutes=30)
    assert ledger.recovery.recover(lambda _batch: True, never_stopped).given_back == ()


def test_a_claim_that_dagster_has_not_seen_yet_gets_a_minute(ledger: Ledger, clock: HandClock) -> None:
    (ref,) = submit(ledger, 1)
    ledger.work.claim(max_leads=25, max_runs=5)
    clock.forward(seconds=30)
    assert ledger.recovery.recover(lambda _batch: None, never_stopped).given_back == ()
    clock.forward(seconds=31)
    assert ledger.recovery.recover(lambda _batch: None, never_stopped).given_back == (ref,)


def test_two_runs_never_have_the_same_lead(ledger: Ledger, clock: HandClock) -> None:
    (ref,) = submit(ledger, 1)
    other_process = open_ledger(ledger.engine, clock)
    assert ledger.work.start([ref], "run-1", None) == (ref,)
    assert other_process.work.start([ref], "run-2", None) == ()
    other_process.close()


def test_a_lead_that_kills_every_run_waits_for_a_person(ledger: Ledger) -> None:
    (ref,) = submit(ledger, 1)
    for _attempt in range(MAX_ATTEMPTS):
        assert status(ledger, ref) == "pending"
        (claim,) = ledger.work.claim(max_leads=25, max_runs=5)
        ledger.work.start([ref], "run", claim.batch)
        ledger.locks.release()
        ledger.recovery.recover(lambda _batch: True, never_stopped)
    assert status(ledger, ref) == "failed"
    ledger.work.replay(ref, genuine=False)
    assert len(ledger.work.claim(max_leads=25, max_runs=5)) == 1


def test_quarantining_a_lead_frees_the_duplicates_of_it(ledger: Ledger) -> None:
    first, second = submit(ledger, 2, person="jane@acme.example")
    ledger.work.quarantine(second, Reason.DUPLICATE, "wrote twice", first, "run")
    assert status(ledger, second) == "quarantined"
    ledger.work.quarantine(first, Reason.TEST, "a test", None, "run")
    assert status(ledger, second) == "pending"


def test_a_released_lead_is_known_as_genuine(ledger: Ledger) -> None:
    one, other = submit(ledger, 2)
    ledger.work.replay(one, genuine=True)
    assert ledger.work.released([one, other]) == {one}


def test_a_run_that_a_person_stopped_is_not_started_again_by_itself(ledger: Ledger) -> None:
    (ref,) = submit(ledger, 1)
    (claim,) = ledger.work.claim(max_leads=25, max_runs=5)
    ledger.work.start([ref], "run-1", claim.batch)
    ledger.locks.release()
    recovered = ledger.recovery.recover(lambda _batch: True, lambda run_id: run_id == "run-1")
    assert recovered.failed == (ref,)
    assert status(ledger, ref) == "failed"
