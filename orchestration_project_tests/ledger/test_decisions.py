"""Decisions are added, never changed, and a step that is retried adds none."""

from datetime import datetime, timedelta
from decimal import Decimal

from orchestration_project.ledger import Ledger
from orchestration_project.model import Decision, Delivery, Ref, Score, ScoreStatus, Scoring, Usage


def a_lead(ledger: Ledger, external_id: str = "1") -> Ref:
    return ledger.submissions.store("inbox", [Delivery(external_id=external_id, raw=b"{}")])[0].ref


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
            model="gpt-5-mini",
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
    made = decision(a_lead(ledger), now)
    ledger.decisions.add([made], "run")
    assert ledger.stories.tell(made.ref).decisions == (made,)


def test_the_retry_of_a_step_adds_no_decision_and_changes_none(ledger: Ledger, now: datetime) -> None:
    ref = a_lead(ledger)
    first = decision(ref, now)
    ledger.decisions.add([first], "run")
    ledger.decisions.add([decision(ref, now + timedelta(seconds=3), value=2)], "run")
    assert ledger.stories.tell(ref).decisions == (first,)
    assert decided(ledger, ref) == ["9/10, track priority: because"]


def test_another_run_adds_one_and_the_newest_is_shown(ledger: Ledger, now: datetime) -> None:
    ref, other = a_lead(ledger), a_lead(ledger, "2")
    first, second = decision(ref, now), decision(ref, now + timedelta(days=1), value=4)
    ledger.decisions.add([first, decision(other, now)], "run 1")
    ledger.decisions.add([second], "run 2")
    assert ledger.stories.tell(ref).decisions == (first, second)
    lines = {line.ref: line for line in ledger.stories.list_leads()}
    assert (lines[ref].score, lines[ref].track) == (4, "nurture")
    assert (lines[other].score, lines[other].track) == (9, "priority")


def test_no_score_is_never_nought(ledger: Ledger, now: datetime) -> None:
    ref = a_lead(ledger)
    ledger.decisions.add([decision(ref, now, value=None)], "run")
    (line,) = ledger.stories.list_leads()
    assert (line.score, line.score_status, line.rationale) == (None, "timeout", "No answer within 12 s.")
    assert decided(ledger, ref) == ["no score (timeout), track nurture: because"]
    with ledger.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT score FROM leads.decisions").scalar() is None


def test_a_lead_that_came_back_has_its_score_still(ledger: Ledger, now: datetime) -> None:
    made = decision(a_lead(ledger), now)
    other = a_lead(ledger, "2")
    ledger.decisions.add([made], "run")
    assert ledger.decisions.scored_before([made.ref, other], "a1b2") == {made.ref: made.scoring}


def test_under_other_rules_a_lead_is_scored_anew(ledger: Ledger, now: datetime) -> None:
    made = decision(a_lead(ledger), now)
    ledger.decisions.add([made], "run")
    assert ledger.decisions.scored_before([made.ref], "c3d4") == {}


def test_a_lead_without_a_score_is_scored_at_the_next_try(ledger: Ledger, now: datetime) -> None:
    made = decision(a_lead(ledger), now, value=None)
    ledger.decisions.add([made], "run")
    assert ledger.decisions.scored_before([made.ref], "a1b2") == {}


def test_a_lead_that_a_person_replays_is_scored_anew_once(ledger: Ledger, now: datetime) -> None:
    made = decision(a_lead(ledger), now)
    ledger.decisions.add([made], "run")
    ledger.work.replay(made.ref, genuine=False)
    assert ledger.decisions.scored_before([made.ref], "a1b2") == {}
    again = decision(made.ref, now + timedelta(days=1), value=3)
    ledger.decisions.add([again], "run 2")
    assert ledger.decisions.scored_before([made.ref], "a1b2") == {made.ref: again.scoring}
