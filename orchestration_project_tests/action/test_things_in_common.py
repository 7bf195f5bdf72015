"""Two leads that need the same thing: while nobody knows whether the first has made it, the second waits."""

from datetime import timedelta

import anyio
import pytest

from orchestration_project.action.once import LONGEST_ACT, Doer
from orchestration_project.errors import TransientServiceError
from orchestration_project.model import ReceiptStatus
from orchestration_project_tests.action import doing
from orchestration_project_tests.action.doing import (
    REFS,
    SETTLES,
    another_process,
    brief,
    carried,
    kept,
    once,
)
from orchestration_project_tests.action.knock import Died, Knock
from orchestration_project_tests.hand_clock import HandClock

doer = doing.doer
FIRST, SECOND, OTHER = REFS[:3]
UNANSWERED = TransientServiceError("crm", "did not answer.", "It is tried again by itself.")


def test_a_second_lead_waits_while_the_first_ones_write_may_still_land(doer: Doer, clock: HandClock) -> None:
    action = Knock(key="jane", wrong=[UNANSWERED])
    first = once(doer, action, brief(FIRST))
    assert first.status is ReceiptStatus.BEGUN
    second = once(doer, action, brief(SECOND))
    assert (second.status, second.try_at) == (ReceiptStatus.WAITING, clock() + timedelta(seconds=SETTLES))
    assert second.note == f"waits until it is known what became of knock of {FIRST}"
    assert action.asked == ["act"], "nothing was asked for the second"
    clock.forward(seconds=SETTLES)
    assert once(doer, action, brief(SECOND)).status is ReceiptStatus.DONE


def test_who_has_nothing_in_common_does_not_wait(doer: Doer) -> None:
    once(doer, Knock(key="jane", wrong=[UNANSWERED]), brief(FIRST))
    assert once(doer, Knock(key="joe"), brief(SECOND)).status is ReceiptStatus.DONE
    assert once(doer, Knock(), brief(OTHER)).status is ReceiptStatus.DONE


def test_once_the_first_is_known_to_be_done_the_second_goes_on(doer: Doer, clock: HandClock) -> None:
    action = Knock(key="jane", wrong=[UNANSWERED])
    once(doer, action, brief(FIRST))
    action.door.append(FIRST)  # it lands late
    clock.forward(seconds=SETTLES)
    assert once(doer, action, brief(FIRST)).status is ReceiptStatus.DONE
    assert once(doer, action, brief(SECOND)).status is ReceiptStatus.DONE


def test_a_second_lead_waits_for_a_first_whose_process_has_died_in_its_act(
    doer: Doer, clock: HandClock
) -> None:
    action = Knock(key="jane", wrong=[Died()])
    with pytest.raises(Died):
        once(doer, action, brief(FIRST))
    second = once(doer, action, brief(SECOND))
    assert second.try_at == clock() + timedelta(seconds=LONGEST_ACT + SETTLES)
    assert action.asked == ["act"]


def test_a_lock_whose_session_ended_in_the_middle_of_an_act_lets_nobody_else_act(doer: Doer) -> None:
    """The lock is gone, and who had it does not know."""
    other = another_process(doer)
    seen: list[ReceiptStatus] = []

    async def meanwhile() -> None:
        with doer.ledger.engine.begin() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1"
            )
        lead = carried(doer, SECOND)
        seen.append(
            (
                await other.once(Knock(key="jane"), doing.STEP, brief(SECOND), doing.Autonomy.DRAFT, lead)
            ).status
        )

    action = Knock(key="jane", meanwhile=meanwhile)

    async def act() -> None:
        await doer.once(action, doing.STEP, brief(FIRST), doing.Autonomy.DRAFT, carried(doer, FIRST))

    anyio.run(act)
    assert seen == [ReceiptStatus.WAITING]
    assert kept(doer, FIRST).status is ReceiptStatus.DONE
