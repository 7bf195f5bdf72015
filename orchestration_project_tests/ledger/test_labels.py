"""Outcomes and verdicts are taken in whenever they come, each once, for leads that are here already."""

from datetime import datetime, timedelta
from decimal import Decimal

from sqlalchemy import select

from orchestration_project.ledger import Ledger, tables
from orchestration_project.model import Correction, CorrectionKind, Outcome, OutcomeKind, Ref
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.ledger.leads import a_carried, events, submit
from orchestration_project_tests.ledger.test_decisions import decision


def won(ref: Ref, at: datetime, deal: str = "1", value: str = "1200") -> Outcome:
    return Outcome(
        ref=ref,
        kind=OutcomeKind.WON,
        at=at,
        value=Decimal(value),
        currency="GBP",
        origin="hubspot",
        external_id=deal,
    )


def kept(ledger: Ledger) -> list[tuple[str, Decimal | None, datetime]]:
    table = tables.outcomes
    with ledger.engine.connect() as connection:
        rows = connection.execute(select(table.c.outcome, table.c.value, table.c.recorded_at))
        return [(row.outcome, row.value, row.recorded_at) for row in rows.all()]


def test_the_same_outcome_again_changes_nothing_and_a_newer_word_takes_its_place(
    ledger: Ledger, clock: HandClock, now: datetime
) -> None:
    (ref,) = submit(ledger)
    assert ledger.labels.take_outcomes([won(ref, now)]).new == 1
    clock.forward(days=1)
    assert ledger.labels.take_outcomes([won(ref, now)]).new == 0
    assert kept(ledger) == [("won", Decimal(1200), now)], "it has been known since yesterday"
    clock.forward(days=1)
    assert ledger.labels.take_outcomes([won(ref, now, value="1300")]).new == 1
    assert kept(ledger) == [("won", Decimal(1300), now + timedelta(days=2))]
    assert events(ledger, ref)[-2:] == ["outcome", "outcome"]


def test_two_deals_of_a_lead_are_two_outcomes_and_unknown_leads_are_told(
    ledger: Ledger, now: datetime
) -> None:
    (ref,) = submit(ledger)
    taken = ledger.labels.take_outcomes([won(ref, now), won(ref, now, "2"), won(Ref("L-NOBODY"), now)])
    assert taken.new == 2
    assert taken.unknown == ("L-NOBODY",)
    assert len(kept(ledger)) == 2


def test_of_two_words_on_one_deal_in_one_file_the_last_counts(ledger: Ledger, now: datetime) -> None:
    (ref,) = submit(ledger)
    ledger.labels.take_outcomes([won(ref, now, value="1"), won(ref, now, value="2")])
    assert [value for _, value, _ in kept(ledger)] == [Decimal(2)]


def test_a_verdict_stands_beside_the_decision_it_speaks_of(ledger: Ledger, now: datetime) -> None:
    lead = a_carried(ledger)
    ledger.decisions.add(lead, decision(lead.ref, now), "run")
    ledger.labels.correct(
        Correction(ref=lead.ref, kind=CorrectionKind.SCORE, score=3, note="a student", said_by="cli")
    )
    (other,) = submit(ledger, name="never decided")
    ledger.labels.correct(Correction(ref=other, kind=CorrectionKind.SPAM))
    with ledger.engine.connect() as connection:
        rows = connection.execute(select(tables.verdicts).order_by(tables.verdicts.c.id)).all()
        decision_id = connection.execute(select(tables.decisions.c.id)).scalar_one()
    assert [(row.kind, row.score, row.decision_id) for row in rows] == [
        ("score", 3, decision_id),
        ("spam", None, None),
    ]
    assert ledger.stories.tell(lead.ref).events[-1].detail == "score 3: a student"
