"""Carrying out an action as a run does, for the tests of what happens around it."""

from dataclasses import replace

import anyio
import pytest

from orchestration_project.action.base import Brief
from orchestration_project.action.once import Doer
from orchestration_project.healing.breaker import Breaker
from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.ledger.submissions import make_ref
from orchestration_project.model import Carried, Delivery, Receipt, Ref
from orchestration_project.playbook.model import Autonomy
from orchestration_project.playbook.tracks import TrackAction
from orchestration_project.process import myself
from orchestration_project_tests.action.briefs import a_brief
from orchestration_project_tests.action.knock import Knock
from orchestration_project_tests.action.tools import tools
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.ledger.leads import introduce

REFS = tuple(make_ref("inbox", str(number)) for number in range(4))
REF = REFS[0]
STEP = TrackAction(action="knock")
SETTLES = 60.0


@pytest.fixture
def doer(ledger: Ledger, clock: HandClock) -> Doer:
    """Of the run `run-1`, which carries four leads."""
    ledger.submissions.store("inbox", [Delivery(external_id=str(number), raw=b"{}") for number in range(4)])
    introduce(ledger, *REFS)
    ledger.by_hand.take(REFS, "run-1", myself())
    return Doer(
        ledger=ledger,
        tools=tools(),
        settles=SETTLES,
        breaker=Breaker(ledger.connections, clock),
        clock=clock,
        run_id="run-1",
    )


def another_process(doer: Doer, run_id: str = "run-2") -> Doer:
    ledger = open_ledger(doer.ledger.engine, doer.clock)
    breaker = Breaker(ledger.connections, doer.clock)
    return replace(doer, ledger=ledger, breaker=breaker, run_id=run_id)


def carried(doer: Doer, ref: Ref = REF) -> Carried:
    """The lead as the doer's run has it."""
    (lead,) = [lead for lead in doer.ledger.claims.carried(doer.run_id) if lead.ref == ref]
    return lead


def taken_by(doer: Doer, ref: Ref = REF) -> Carried:
    """The lead, once that doer's run has taken it from whoever has it."""
    doer.ledger.by_hand.replay([ref])
    (lead,) = doer.ledger.by_hand.take([ref], doer.run_id, myself())
    return lead


def brief(ref: Ref = REF, *receipts: Receipt, consent: bool = True) -> Brief:
    return a_brief(ref=ref, receipts=receipts, consent=consent)


def once(
    doer: Doer,
    action: Knock,
    of: Brief | None = None,
    *,
    step: TrackAction = STEP,
    autonomy: Autonomy = Autonomy.DRAFT,
    lead: Carried | None = None,
) -> Receipt:
    of = of or brief()
    # as the op has read them when it began
    of = of.model_copy(update={"receipts": doer.ledger.receipts.read([of.ref])[of.ref] | of.receipts})
    return anyio.run(doer.once, action, step, of, autonomy, lead or carried(doer, of.ref))


def kept(doer: Doer, ref: Ref = REF) -> Receipt:
    receipt = doer.ledger.receipts.read_one(ref, "knock")
    assert receipt is not None
    return receipt
