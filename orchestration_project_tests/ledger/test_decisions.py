"""Decisions are added, never changed, and a step that is retried adds none."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from orchestration_project.ledger import Ledger
from orchestration_project.ledger.journal import CHANGED
from orchestration_project.model import Carried, Decision, Delivery, Ref, Score, ScoreStatus, Scoring, Usage
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.ledger.leads import a_carried, carry


def decision(ref: Ref, at: datetime, value: int | None = 9) -> Decision:
    score = (
        None if value is None else Score(value=value, service="payroll", rationale="Soon.", confidence=0.5)
    )
    return Decision(
        ref=ref,
        scoring=Scoring(
            ref=ref,
            status=ScoreStatus.TIMEOUT if score is None else ScoreStatus.SCORED,
            score=score,
            explanation="" if score else "No answer within 12 s.",
            scorer="OpenAI",
            model="gpt-6.1-terra",
            usage=Usage(input_tokens=10, cost_usd=Decimal("0.0012")),
        ),
        track="priority" if value and value > 7 else "nurture",
        why_track="because",
        playbook_version="a1b2",
        decided_at=at,
    )


def decided(ledger: Ledger, ref: Ref) -> list[str]:
    return [event.detail for event in ledger.stories.tell(ref).events if event.event == "decided"]


def test_a_decision_comes_back_as_it_was_made(ledger: Ledger, now: datetime) -> None:
    lead = a_carried(ledger)
    made = decision(lead.ref, now)
    ledger.decisions.add(lead, made, "run")
    assert ledger.stories.tell(lead.ref).decisions == (made,)
    assert ledger.decisions.newest([lead.ref]) == {lead.ref: made}


def test_the_retry_of_a_step_adds_no_decision_and_changes_none(ledger: Ledger, now: datetime) -> None:
    lead = a_carried(ledger)
    first = decision(lead.ref, now)
    ledger.decisions.add(lead, first, "run")
    ledger.decisions.add(lead, decision(lead.ref, now + timedelta(seconds=3), value=2), "run")
    assert ledger.stories.tell(lead.ref).decisions == (first,)
    assert decided(ledger, lead.ref) == ["9/10, track priority: because"]


def test_another_run_adds_one_and_the_newest_is_shown(ledger: Ledger, now: datetime) -> None:
    lead, other = a_carried(ledger), a_carried(ledger, "other")
    first, second = decision(lead.ref, now), decision(lead.ref, now + timedelta(days=1), value=4)
    ledger.decisions.add(lead, first, "run 1")
    ledger.decisions.add(other, decision(other.ref, now), "run 1")
    ledger.decisions.add(lead, second, "run 2")
    assert ledger.stories.tell(lead.ref).decisions == (first, second)
    assert ledger.decisions.newest([lead.ref]) == {lead.ref: second}
    lines = {line.ref: line for line in ledger.stories.list_leads()}
    assert (lines[lead.ref].score, lines[lead.ref].track) == (4, "nurture")
    assert (lines[other.ref].score, lines[other.ref].track) == (9, "priority")


def test_no_score_is_never_nought(ledger: Ledger, now: datetime) -> None:
    lead = a_carried(ledger)
    ledger.decisions.add(lead, decision(lead.ref, now, value=None), "run")
    (line,) = ledger.stories.list_leads()
    assert (line.score, line.score_status, line.rationale) == (None, "timeout", "No answer within 12 s.")
    assert decided(ledger, lead.ref) == ["no score (timeout), track nurture: because"]
    with ledger.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT score FROM leads.decisions").scalar() is None


def test_what_was_decided_stands_for_a_lead_that_came_back(ledger: Ledger, now: datetime) -> None:
    lead, other = a_carried(ledger), a_carried(ledger, "other")
    made = decision(lead.ref, now)
    ledger.decisions.add(lead, made, "run")
    assert ledger.decisions.standing([lead.ref, other.ref], "a1b2") == {lead.ref: made}


def test_under_other_rules_a_lead_is_decided_on_anew(ledger: Ledger, now: datetime) -> None:
    lead = a_carried(ledger)
    ledger.decisions.add(lead, decision(lead.ref, now), "run")
    assert ledger.decisions.standing([lead.ref], "c3d4") == {}


def test_what_was_decided_without_a_score_stands_too_until_the_ai_is_back(
    ledger: Ledger, now: datetime
) -> None:
    lead = a_carried(ledger)
    made = decision(lead.ref, now, value=None)
    ledger.decisions.add(lead, made, "run")
    assert ledger.decisions.standing([lead.ref], "a1b2") == {lead.ref: made}


def replays(ledger: Ledger, lead: Carried) -> None:
    ledger.by_hand.replay([lead.ref])


def changes(ledger: Ledger, lead: Carried) -> None:
    ledger.submissions.store("inbox", [Delivery(external_id="lead 0", raw=b'{"name": "Ann"}')])
    ((lead_id, number),) = ledger.revisions.unread()
    revision = ledger.revisions.look(lead_id, number)
    assert revision is not None
    ledger.revisions.settle(revision, lead.ref, "newer")
    assert CHANGED in [event.event for event in ledger.stories.tell(lead.ref).events]


@pytest.mark.parametrize("happens", [replays, changes])
def test_a_lead_that_is_replayed_or_changed_at_its_source_is_decided_on_anew_once(
    ledger: Ledger, now: datetime, clock: HandClock, happens: Callable[[Ledger, Carried], None]
) -> None:
    lead = a_carried(ledger)
    ledger.decisions.add(lead, decision(lead.ref, now), "run")
    happens(ledger, lead)
    assert ledger.decisions.standing([lead.ref], "a1b2") == {}
    clock.forward(days=1)
    (lead,) = carry(ledger, lead.ref, run_id="run 2")
    again = decision(lead.ref, clock(), value=3)
    ledger.decisions.add(lead, again, "run 2")
    assert ledger.decisions.standing([lead.ref], "a1b2") == {lead.ref: again}
