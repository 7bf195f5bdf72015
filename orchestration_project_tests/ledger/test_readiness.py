"""How often people changed what was decided is counted over the newest decision of each lead."""

from datetime import datetime, timedelta

from orchestration_project.ledger import Ledger
from orchestration_project.model import Correction, CorrectionKind
from orchestration_project_tests.ledger.leads import a_carried
from orchestration_project_tests.ledger.test_decisions import decision


def test_the_newest_decision_of_each_lead_counts_and_of_many_leads_the_newest(
    ledger: Ledger, now: datetime
) -> None:
    leads = [a_carried(ledger, name) for name in ("first", "second", "third")]
    for minute, lead in enumerate(leads):
        ledger.decisions.add(lead, decision(lead.ref, now + timedelta(minutes=minute)), "run 1")
    first, _, third = leads
    ledger.labels.correct(Correction(ref=first.ref, kind=CorrectionKind.SPAM))
    ledger.labels.correct(Correction(ref=third.ref, kind=CorrectionKind.SCORE, score=9))
    before = ledger.readiness.of()
    assert (before.decisions, before.said, before.changed) == (3, 2, 1)
    # decided anew: what was said is of the decision before, and the lead is the newest now
    ledger.decisions.add(first, decision(first.ref, now + timedelta(days=1), value=4), "run 2")
    after = ledger.readiness.of()
    assert (after.decisions, after.said, after.changed) == (3, 1, 0)
    newest = ledger.readiness.of(newest=2)
    assert (newest.decisions, newest.said) == (2, 1), "of the first and the third"
