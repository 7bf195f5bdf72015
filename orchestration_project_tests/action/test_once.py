"""An action is carried out exactly once, whatever happened before and whoever else is at it."""

from datetime import timedelta

import anyio
import pytest

from orchestration_project.action.once import LONGEST_ACT, Doer
from orchestration_project.errors import TransientServiceError
from orchestration_project.model import Carried, LeaseLost, NotDone, Receipt, ReceiptStatus
from orchestration_project.playbook.model import Autonomy
from orchestration_project.playbook.tracks import TrackAction
from orchestration_project_tests.action import doing
from orchestration_project_tests.action.doing import (
    REF,
    REFS,
    SETTLES,
    STEP,
    another_process,
    brief,
    carried,
    kept,
    once,
    taken_by,
)
from orchestration_project_tests.action.knock import Died, Knock
from orchestration_project_tests.hand_clock import HandClock

doer = doing.doer


def test_what_is_new_is_done_without_looking_first(doer: Doer) -> None:
    action = Knock()
    receipt = once(doer, action)
    assert action.asked == ["act"]
    assert receipt == kept(doer)
    assert receipt == Receipt(
        ref=REF,
        action="knock",
        status=ReceiptStatus.DONE,
        external_id=f"made {REF}",
        url="file:///door",
        note="on the door",
        conflicts=("phone",),
        tries=1,
    )


def test_what_is_done_is_not_even_looked_for(doer: Doer) -> None:
    first = once(doer, Knock())
    again = Knock(skipped="too late to skip", requires=("task",))
    assert once(doer, again, autonomy=Autonomy.OBSERVE) == first
    assert again.asked == []


def test_after_a_crash_behind_the_act_it_is_found_and_not_done_again(doer: Doer, clock: HandClock) -> None:
    action = Knock(wrong_after=[Died()])
    with pytest.raises(Died):
        once(doer, action)
    assert kept(doer).status is ReceiptStatus.BEGUN
    clock.forward(seconds=LONGEST_ACT + SETTLES)
    receipt = once(doer, action)
    assert action.asked == ["act", "find"]
    assert action.door == [REF]
    assert (receipt.status, receipt.external_id) == (ReceiptStatus.DONE, f"found {REF}")


def test_after_a_crash_before_the_act_it_is_looked_for_and_then_done(doer: Doer, clock: HandClock) -> None:
    action = Knock(wrong=[Died()])
    with pytest.raises(Died):
        once(doer, action)
    clock.forward(seconds=LONGEST_ACT + SETTLES)
    receipt = once(doer, action)
    assert (receipt.status, receipt.unsure, receipt.tries) == (ReceiptStatus.DONE, True, 2)
    assert action.asked == ["act", "find", "act"]
    assert action.door == [REF]


def test_nobody_looks_while_the_service_may_still_do_what_was_begun(doer: Doer, clock: HandClock) -> None:
    """A write that lands after the look would be there twice."""
    action = Knock(wrong=[Died()])
    with pytest.raises(Died):
        once(doer, action)
    clear_at = clock() + timedelta(seconds=LONGEST_ACT + SETTLES)
    clock.now = clear_at - timedelta(seconds=1)
    receipt = once(doer, action)
    assert (receipt.status, receipt.try_at) == (ReceiptStatus.BEGUN, clear_at)
    assert action.asked == ["act"]
    action.door.append(REF)  # now the service does it
    clock.now = clear_at
    assert once(doer, action).status is ReceiptStatus.DONE
    assert action.door == [REF]


def test_the_receipt_is_begun_while_the_action_acts(doer: Doer) -> None:
    seen: list[ReceiptStatus] = []

    async def look() -> None:
        seen.append(kept(doer).status)

    once(doer, Knock(meanwhile=look))
    assert seen == [ReceiptStatus.BEGUN]


def test_without_enough_autonomy_it_is_only_planned(doer: Doer) -> None:
    action = Knock(needs=Autonomy.DRAFT)
    receipt = once(doer, action, autonomy=Autonomy.INTERNAL)
    assert (receipt.status, receipt.note) == (
        ReceiptStatus.PLANNED,
        "autonomy is internal; this needs draft",
    )
    assert action.asked == []
    assert once(doer, action, autonomy=Autonomy.DRAFT).status is ReceiptStatus.DONE
    assert action.door == [REF]


def test_a_rule_that_skips_it_is_written_on_the_receipt(doer: Doer) -> None:
    action = Knock(skipped="left no e-mail address")
    receipt = once(doer, action)
    assert (receipt.status, receipt.note) == (ReceiptStatus.SKIPPED, "left no e-mail address")
    assert action.asked == []
    action.skipped = None
    assert once(doer, action).status is ReceiptStatus.DONE


@pytest.mark.parametrize("was_done", [True, False])
@pytest.mark.parametrize("held_back", ["by a rule", "by autonomy"])
def test_what_may_be_done_already_is_looked_for_also_where_it_is_not_wanted_any_more(
    doer: Doer, clock: HandClock, held_back: str, *, was_done: bool
) -> None:
    action = Knock(wrong_after=[Died()]) if was_done else Knock(wrong=[Died()])
    with pytest.raises(Died):
        once(doer, action)
    clock.forward(seconds=LONGEST_ACT + SETTLES)
    autonomy = Autonomy.DRAFT
    if held_back == "by a rule":
        action.skipped = "left no e-mail address"
    else:
        autonomy = Autonomy.OBSERVE
    receipt = once(doer, action, autonomy=autonomy)
    assert action.asked == ["act", "find"]
    if was_done:
        assert receipt.status is ReceiptStatus.DONE
    else:
        expected = ReceiptStatus.SKIPPED if held_back == "by a rule" else ReceiptStatus.PLANNED
        assert (receipt.status, action.door) == (expected, [])


@pytest.mark.parametrize("status", [ReceiptStatus.PLANNED, ReceiptStatus.SKIPPED])
def test_what_an_action_learns_outside_can_hold_it_back(doer: Doer, status: ReceiptStatus) -> None:
    later = doer.clock()
    action = Knock(not_done=NotDone.model_validate({"status": status, "note": "not yet", "until": later}))
    receipt = once(doer, action)
    assert receipt == kept(doer)
    assert receipt == Receipt(ref=REF, action="knock", status=status, note="not yet", until=later, tries=1)
    action.not_done = None
    assert once(doer, action).status is ReceiptStatus.DONE
    assert action.asked == ["act", "find", "act"]


def test_what_another_run_did_while_this_one_waited_is_not_done_again(doer: Doer) -> None:
    """Two runs for one lead: a person has started the second while the first was at it."""
    acting = anyio.Event()
    other = another_process(doer)

    async def until_the_other_waits() -> None:
        acting.set()
        while not other.ledger.locks._turns._lines:
            await anyio.to_thread.run_sync(lambda: None)

    async def both() -> list[Receipt]:
        receipts: list[Receipt] = []

        async def go(each: Doer, action: Knock, lead: Carried) -> None:
            receipts.append(await each.once(action, STEP, brief(), Autonomy.DRAFT, lead))

        with anyio.fail_after(30):
            async with anyio.create_task_group() as group:
                group.start_soon(go, doer, first, carried(doer))
                await acting.wait()
                group.start_soon(go, other, second, taken_by(other))
        other.ledger.close()
        return receipts

    first, second = Knock(key="jane", meanwhile=until_the_other_waits), Knock(key="jane")
    one, two = anyio.run(both)
    assert one == two == kept(doer)
    assert (first.asked, second.asked) == (["act"], [])


def test_a_run_that_has_lost_the_lead_does_not_act(doer: Doer) -> None:
    old = carried(doer)
    taken_by(another_process(doer))
    action = Knock()
    with pytest.raises(LeaseLost):
        once(doer, action, lead=old)
    assert action.asked == []


def test_what_a_run_has_done_that_lost_the_lead_meanwhile_is_written_down(doer: Doer) -> None:
    other = another_process(doer)

    async def lose() -> None:
        taken_by(other)

    receipt = once(doer, Knock(meanwhile=lose))
    assert receipt.status is ReceiptStatus.DONE
    again = Knock()
    assert once(other, again) == receipt
    assert again.asked == []


def test_a_run_that_comes_back_after_another_has_begun_records_nothing(doer: Doer, clock: HandClock) -> None:
    other = another_process(doer)

    async def sleep_for_minutes() -> None:
        lead = taken_by(other)
        clock.forward(seconds=LONGEST_ACT + SETTLES)
        assert other.ledger.receipts.begin(lead, "knock", takes=90, settles=60).go

    with pytest.raises(LeaseLost):
        once(doer, Knock(meanwhile=sleep_for_minutes))
    assert kept(doer).status is ReceiptStatus.BEGUN


@pytest.mark.parametrize(
    ("only", "consent", "status"),
    [
        ("with_consent", True, ReceiptStatus.DONE),
        ("with_consent", False, ReceiptStatus.SKIPPED),
        ("without_consent", True, ReceiptStatus.SKIPPED),
        ("without_consent", False, ReceiptStatus.DONE),
    ],
)
def test_consent_decides_where_the_playbook_says_so(
    doer: Doer, only: str, *, consent: bool, status: ReceiptStatus
) -> None:
    step = TrackAction.model_validate({"action": "knock", "only": only})
    action = Knock()
    receipt = once(doer, action, brief(consent=consent), step=step)
    assert receipt.status is status
    assert action.asked == (["act"] if status is ReceiptStatus.DONE else [])


@pytest.mark.parametrize(
    ("other", "expected", "note"),
    [
        (ReceiptStatus.SKIPPED, ReceiptStatus.DONE, ""),
        (ReceiptStatus.DONE, ReceiptStatus.SKIPPED, "gets the sequence instead"),
        (ReceiptStatus.PLANNED, ReceiptStatus.SKIPPED, "gets the sequence instead"),
        (None, ReceiptStatus.WAITING, "waits for sequence"),
        (ReceiptStatus.WAITING, ReceiptStatus.WAITING, "waits for sequence"),
        (ReceiptStatus.BEGUN, ReceiptStatus.WAITING, "waits for sequence"),
        (ReceiptStatus.FAILED, ReceiptStatus.WAITING, "waits for sequence"),
    ],
)
def test_what_stands_in_for_another_action_is_done_once_that_was_skipped(
    doer: Doer, other: ReceiptStatus | None, expected: ReceiptStatus, note: str
) -> None:
    action, step = Knock(), TrackAction(action="knock", instead_of="sequence")
    others = [] if other is None else [Receipt(ref=REF, action="sequence", status=other)]
    receipt = once(doer, action, brief(REF, *others), step=step)
    assert receipt.status is expected
    assert receipt.note == (note or receipt.note)
    assert action.asked == (["act"] if expected is ReceiptStatus.DONE else [])


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (ReceiptStatus.DONE, ReceiptStatus.SKIPPED),
        (ReceiptStatus.WAITING, ReceiptStatus.WAITING),
    ],
)
def test_a_stand_in_that_was_tried_once_holds_still_when_the_other_one_comes_to_be_done_after_all(
    doer: Doer, clock: HandClock, other: ReceiptStatus, expected: ReceiptStatus
) -> None:
    """The list refused, the mailbox was away, and the next time the list takes the person."""
    step = TrackAction(action="knock", instead_of="sequence")
    skipped = Receipt(ref=REF, action="sequence", status=ReceiptStatus.SKIPPED)
    away = Knock(wrong=[TransientServiceError("Gmail", "answered 503.", answered=True)])
    assert once(doer, away, brief(REF, skipped), step=step).status is ReceiptStatus.BEGUN
    clock.forward(seconds=LONGEST_ACT + SETTLES)
    action = Knock()
    receipt = once(doer, action, brief(REF, Receipt(ref=REF, action="sequence", status=other)), step=step)
    assert receipt.status is expected
    assert action.asked == ["find"], "it looks what the first try left, and writes nothing"


PASSES = (ReceiptStatus.WAITING, ReceiptStatus.BEGUN, ReceiptStatus.FAILED)


@pytest.mark.parametrize("status", [None, *ReceiptStatus])
def test_it_waits_for_what_it_builds_on(doer: Doer, status: ReceiptStatus | None) -> None:
    """Planned with what is only planned; with what is tried again it waits, to be tried again with it."""
    action = Knock(requires=("crm_contact",))
    others = [] if status is None else [Receipt(ref=REF, action="crm_contact", status=status)]
    receipt = once(doer, action, brief(REF, *others))
    if status is ReceiptStatus.DONE:
        assert receipt.status is ReceiptStatus.DONE
    else:
        expected = ReceiptStatus.WAITING if status in PASSES else ReceiptStatus.PLANNED
        assert (receipt.status, receipt.note) == (expected, "waits for crm_contact")
        assert action.asked == []


@pytest.mark.parametrize("key", ["jane@acme.example", None])
def test_two_leads_with_the_same_key_act_one_after_the_other(doer: Doer, key: str | None) -> None:
    """Also when two processes have them: each doer has a ledger of its own."""
    inside = most = 0
    together = anyio.Event()

    async def stay() -> None:
        nonlocal inside, most
        inside += 1
        most = max(most, inside)
        if key is None and inside < 2:
            await together.wait()  # without a key the other one comes in meanwhile
        together.set()
        for _ in range(50):
            await anyio.lowlevel.checkpoint()
        await anyio.to_thread.run_sync(lambda: None)
        inside -= 1

    async def both() -> None:
        nonlocal together
        together = anyio.Event()
        other = another_process(doer)
        with anyio.fail_after(30):
            async with anyio.create_task_group() as group:
                for each, ref in ((doer, REFS[1]), (other, REFS[2])):
                    action = Knock(key=key, meanwhile=stay)
                    lead = carried(doer, ref)
                    group.start_soon(each.once, action, STEP, brief(ref), Autonomy.DRAFT, lead)

    anyio.run(both)
    assert most == (2 if key is None else 1)
