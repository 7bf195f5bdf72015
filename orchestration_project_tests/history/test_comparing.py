"""From the ledger to a comparison: whose decisions, corrections and outcomes count."""

from datetime import datetime, timedelta

from orchestration_project.history.comparing import compare
from orchestration_project.history.evaluation.compare import Comparison
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.sides import Side
from orchestration_project.model import Carried, Correction, CorrectionKind, Outcome, OutcomeKind, Rescored
from orchestration_project_tests.ledger.leads import carry, submit
from orchestration_project_tests.ledger.test_decisions import decision

LIVE, CANDIDATE = Side(), Side(version="c4c4")


def decided(ledger: Ledger, at: datetime, *values: int, under: str = "c4c4") -> tuple[Carried, ...]:
    """Leads that were scored so live, and two points better under the candidate."""
    leads = carry(ledger, *submit(ledger, len(values)))
    for lead, value in zip(leads, values, strict=True):
        ledger.decisions.add(lead, decision(lead.ref, at, value), "run")
        other = decision(lead.ref, at, value + 2).model_copy(update={"playbook_version": under})
        ledger.rescored.keep([Rescored(decision=other, scorer="OpenAI", seconds=0.5)])
    return leads


def found(ledger: Ledger, now: datetime, before: Side = LIVE, after: Side = CANDIDATE) -> Comparison:
    return compare(
        ledger.sides,
        before,
        after,
        names=("live", "candidate"),
        tracks=("priority", "nurture"),
        since=now - timedelta(days=1),
        until=None,
        now=now + timedelta(days=100),
    )


def test_live_and_candidate_are_put_side_by_side(ledger: Ledger, now: datetime) -> None:
    decided(ledger, now, 2, 6, 8)
    compared = found(ledger, now)
    assert (compared.leads, compared.moved, compared.up, compared.mean_change) == (3, 1, 1, 2.0)
    assert compared.cost_after.usd_per_lead == 0.0012
    assert compared.cost_after.seconds_median == 0.5
    assert set(compared.by) == {"source", "service", "language"}


def test_a_version_that_was_live_is_compared_by_what_it_decided_then(ledger: Ledger, now: datetime) -> None:
    decided(ledger, now, 2, 6)
    compared = found(ledger, now, before=Side(version="a1b2"), after=CANDIDATE)
    assert (compared.leads, compared.moved) == (2, 1)


def test_leads_that_were_never_decided_live_count_with_what_the_live_rules_say_of_them(
    ledger: Ledger, now: datetime
) -> None:
    decided(ledger, now, 6)
    (imported,) = submit(ledger, 1, name="imported")
    for version, value in (("a1b2", 7), ("c4c4", 9)):
        other = decision(imported, now, value).model_copy(update={"playbook_version": version})
        ledger.rescored.keep([Rescored(decision=other, scorer="OpenAI", seconds=0.5)])
    assert found(ledger, now).leads == 1
    assert found(ledger, now, before=Side(otherwise="a1b2")).leads == 2


def test_the_newest_live_decision_of_a_lead_counts(ledger: Ledger, now: datetime) -> None:
    lead, _ = decided(ledger, now, 2, 6)
    ledger.decisions.add(lead, decision(lead.ref, now, 9), "another run")
    assert found(ledger, now).moved_to("priority") == 0


def test_people_and_outcomes_say_which_is_better(ledger: Ledger, now: datetime) -> None:
    leads = decided(ledger, now, 6, 6, 1, 1)
    for lead in leads[:2]:
        ledger.labels.correct(Correction(ref=lead.ref, kind=CorrectionKind.TRACK, track="priority"))
    ledger.labels.take_outcomes(
        [
            Outcome(
                ref=lead.ref,
                kind=OutcomeKind.WON if number < 2 else OutcomeKind.LOST,
                at=now + timedelta(days=3),
                origin="csv",
            )
            for number, lead in enumerate(leads)
        ]
    )
    compared = found(ledger, now)
    assert compared.tracks_by_people is not None
    assert (compared.tracks_by_people.before, compared.tracks_by_people.after) == (0.0, 1.0)
    assert compared.outcomes is not None
    assert (compared.outcomes.leads, compared.outcomes.won, compared.outcomes.after) == (4, 2, 1.0)
