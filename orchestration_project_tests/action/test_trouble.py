"""What goes wrong with an action stands on its receipt: it waits, is skipped, or needs a person."""

import threading
from datetime import timedelta

import anyio
import pytest
from sqlalchemy.exc import OperationalError

from orchestration_project.action import once as once_module
from orchestration_project.action.once import AFTER_ANSWER, Doer
from orchestration_project.errors import (
    CredentialError,
    LeadRefusedError,
    LeadsError,
    PermanentServiceError,
    RefusedForNow,
    SettingError,
    TransientServiceError,
)
from orchestration_project.healing.fate import MAX_FAULTS
from orchestration_project.ledger import turns
from orchestration_project.model import Receipt, ReceiptStatus
from orchestration_project_tests.action import doing
from orchestration_project_tests.action.doing import REF, REFS, SETTLES, another_process, brief, kept, once
from orchestration_project_tests.action.knock import Knock
from orchestration_project_tests.hand_clock import HandClock

doer = doing.doer

REFUSED = PermanentServiceError("CRM", "the field is gone.", "Mend it.")
SILENT = TransientServiceError("CRM", "did not answer within 10 seconds.")
ANSWERED = TransientServiceError("CRM", "answered 503.", answered=True)
CREDENTIAL = CredentialError("CRM", "answered 401.", "Renew CRM_TOKEN.")


def connection(doer: Doer) -> str:
    state = doer.ledger.connections.read().get("crm")
    return state.state if state else "closed"


@pytest.mark.parametrize("written", [True, False])
def test_a_failure_is_noted_and_looked_behind_next_time(doer: Doer, *, written: bool) -> None:
    action = Knock(wrong_after=[REFUSED]) if written else Knock(wrong=[REFUSED])
    failed = once(doer, action)
    assert failed == kept(doer)
    assert (failed.status, failed.error) == (ReceiptStatus.FAILED, "CRM: the field is gone. Mend it.")
    done = once(doer, action)
    assert (done.status, done.error) == (ReceiptStatus.DONE, None)
    assert action.door == [REF], "once, also where it had been written although it failed"


@pytest.mark.parametrize(("error", "pause"), [(SILENT, SETTLES), (ANSWERED, AFTER_ANSWER)])
def test_where_the_service_may_have_done_it_it_is_left_alone_until_that_can_be_told(
    doer: Doer, clock: HandClock, error: LeadsError, pause: float
) -> None:
    action = Knock(wrong=[error])
    receipt = once(doer, action)
    assert receipt.status is ReceiptStatus.BEGUN
    assert receipt.error == str(error)
    assert receipt.try_at is not None
    assert receipt.try_at >= clock() + timedelta(seconds=pause)
    clock.forward(seconds=pause - 1)
    assert once(doer, action).status is ReceiptStatus.BEGUN
    assert action.asked == ["act"]
    action.door.append(REF)  # late, but done
    clock.forward(seconds=1)
    assert once(doer, action).status is ReceiptStatus.DONE
    assert action.asked == ["act", "find"]
    assert action.door == [REF]


def test_where_the_service_did_nothing_it_waits_and_may_be_tried_at_once(
    doer: Doer, clock: HandClock
) -> None:
    action = Knock(wrong=[RefusedForNow("CRM", "answered 429.", retry_after=20)])
    receipt = once(doer, action)
    assert (receipt.status, receipt.error) == (ReceiptStatus.WAITING, "CRM: answered 429.")
    assert receipt.try_at is not None
    assert timedelta(seconds=20) <= receipt.try_at - clock() <= timedelta(seconds=21)
    assert once(doer, action).status is ReceiptStatus.DONE


@pytest.mark.parametrize("error", [CREDENTIAL, SettingError("CRM_TOKEN is not set.", "Make one.")])
def test_what_a_person_mends_once_opens_the_connection_and_the_others_are_not_tried(
    doer: Doer, error: LeadsError
) -> None:
    action = Knock(wrong=[error])
    receipt = once(doer, action)
    assert (receipt.status, receipt.try_at, receipt.error) == (ReceiptStatus.WAITING, None, str(error))
    assert connection(doer) == "open"
    other = once(doer, action, brief(REFS[1]))
    assert (other.status, other.tries) == (ReceiptStatus.WAITING, 0)
    assert "is away, and was not asked" in other.note
    assert action.asked == ["act"]
    doer.ledger.connections.close("crm")
    doer.breaker.refresh()
    for ref in REFS[:2]:
        assert once(doer, action, brief(ref)).status is ReceiptStatus.DONE
    assert action.door == [*REFS[:2]]


def test_what_is_about_this_lead_only_is_skipped_and_nobody_else_is_concerned(doer: Doer) -> None:
    action = Knock(wrong=[LeadRefusedError("Mailchimp", "says the address has bounced.")])
    receipt = once(doer, action)
    assert (receipt.status, receipt.note) == (
        ReceiptStatus.SKIPPED,
        "Mailchimp: says the address has bounced.",
    )
    assert connection(doer) == "closed"
    assert once(doer, action, brief(REFS[1])).status is ReceiptStatus.DONE


def test_three_failures_of_two_leads_open_the_connection_and_an_answer_closes_it(
    doer: Doer, clock: HandClock
) -> None:
    action = Knock(wrong=[ANSWERED] * 3)
    for ref in REFS[:3]:
        once(doer, action, brief(ref))
    assert connection(doer) == "open"
    doer.ledger.connections.change("crm", lambda state: state.model_copy(update={"state": "half_open"}))
    doer.breaker.refresh()
    clock.forward(minutes=5)
    assert once(doer, action).status is ReceiptStatus.DONE
    assert connection(doer) == "closed"


def test_a_fault_of_ours_is_tried_again_and_then_told_without_a_persons_words(
    doer: Doer, clock: HandClock
) -> None:
    action = Knock(wrong=[KeyError("Jane Doe")] * MAX_FAULTS)
    statuses: list[ReceiptStatus] = []
    for _ in range(MAX_FAULTS):
        receipt = once(doer, action)
        statuses.append(receipt.status)
        assert "Jane" not in f"{receipt.error}{receipt.note}"
        assert "an unexpected KeyError." in (receipt.error or "")
        clock.forward(minutes=10)
    assert statuses == [ReceiptStatus.BEGUN, ReceiptStatus.BEGUN, ReceiptStatus.FAILED]
    assert connection(doer) == "closed", "nothing is wrong with the service"


def test_an_act_without_end_is_given_up_and_its_end_is_unknown(
    doer: Doer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(once_module, "LONGEST_ACT", 0.05)
    receipt = once(doer, Knock(meanwhile=anyio.sleep_forever))
    assert receipt.status is ReceiptStatus.BEGUN
    assert "did not finish within 0.05 seconds" in (receipt.error or "")


def test_where_its_turn_does_not_come_it_waits_and_the_service_is_not_blamed(
    doer: Doer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LONGEST_TURN", 0.05)
    other = another_process(doer)

    async def hold(at_work: threading.Event, done: threading.Event) -> None:
        async with other.ledger.locks.named("knock:jane"):
            at_work.set()
            await anyio.to_thread.run_sync(done.wait)

    at_work, done = threading.Event(), threading.Event()
    thread = threading.Thread(target=anyio.run, args=(hold, at_work, done))
    thread.start()
    assert at_work.wait(20)
    action = Knock(key="jane")
    receipt = once(doer, action)
    done.set()
    thread.join(20)
    assert (receipt.status, receipt.tries, action.asked) == (ReceiptStatus.WAITING, 0, [])
    assert "another lead of the same person" in receipt.note
    assert receipt.try_at is not None
    assert connection(doer) == "closed"
    assert once(doer, action).status is ReceiptStatus.DONE


def test_the_key_is_let_go_when_the_action_fails(doer: Doer) -> None:
    action = Knock(key="jane", wrong=[REFUSED])
    assert once(doer, action).status is ReceiptStatus.FAILED
    finished: list[Receipt] = []
    thread = threading.Thread(target=lambda: finished.append(once(doer, action)), daemon=True)
    thread.start()
    thread.join(20)
    assert [receipt.status for receipt in finished] == [ReceiptStatus.DONE]


def test_a_lost_database_is_nobodys_failure(doer: Doer) -> None:
    """What stands on the receipt stays; the run ends, and its leads are given back."""
    gone = OperationalError("SELECT 1", {}, Exception("server closed the connection"))
    with pytest.raises(OperationalError):
        once(doer, Knock(wrong=[gone]))
    assert kept(doer).status is ReceiptStatus.BEGUN
    assert connection(doer) == "closed"
