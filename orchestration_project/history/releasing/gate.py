"""Whether a candidate may go live, and if not, why not, in sentences. Pure.

The limits are the live playbook's (`playbook/gate.py`); a person may pass them by, with a reason.
"""

from collections.abc import Sequence

from orchestration_project.history.evaluation.cases import CaseResult, failures
from orchestration_project.history.evaluation.compare import Comparison, Costs
from orchestration_project.history.evaluation.segments import Segment
from orchestration_project.history.evaluation.sides import Agreement
from orchestration_project.history.evaluation.words import percent
from orchestration_project.playbook.gate import Gate

_SHOWN = 5


def objections(found: Comparison | None, cases: Sequence[CaseResult], gate: Gate) -> tuple[str, ...]:
    """Why it may not go live; none: it may. Without a comparison no lead of that time was scored by both."""
    return (*_of_cases(cases), *(_of_leads(found, gate) if found else _without(gate)))


def _of_cases(cases: Sequence[CaseResult]) -> list[str]:
    wrong = failures(cases)
    told = [f"Eval case {result.name}: {' '.join(result.wrong)}" for result in wrong[:_SHOWN]]
    more = len(wrong) - len(told)
    return [*told, *([f"{more} more eval cases fail: `leads playbook eval`."] if more else [])]


def _without(gate: Gate) -> list[str]:
    if not gate.least_leads:
        return []
    told = f"No lead of the last {gate.days} days was scored under both rules"
    return [f"{told}; the gate asks for {gate.least_leads}. `leads rescore` comes first."]


def _of_leads(found: Comparison, gate: Gate) -> list[str]:
    told: list[str] = []
    if found.leads < gate.least_leads:
        told.append(
            f"Only {found.leads} leads of the last {gate.days} days were scored under both rules; the gate "
            f"asks for {gate.least_leads} (`least_leads`)."
        )
    if found.moved_share > gate.moved_at_most:
        told.append(
            f"{percent(found.moved_share)} of the leads would take another track; the gate allows "
            f"{percent(gate.moved_at_most)} (`moved_at_most`)."
        )
    for what, agreement in (("track", found.tracks_by_people), ("score", found.scores_by_people)):
        if agreement is not None and _falls(agreement, gate):
            told.append(
                f"It agrees with what people said of the {what} in {percent(agreement.after)} of "
                f"{agreement.leads} leads, the live rules in {percent(agreement.before)} "
                "(`agreement_may_fall`)."
            )
    if (grown := _growth(found.cost_before, found.cost_after)) is not None and grown > gate.cost_may_grow:
        told.append(f"A score costs {percent(grown)} more than now (`cost_may_grow`).")
    told += [
        f"Of {name} {segment.name} it orders leads worse: AUC {segment.auc_difference.low:+.2f} to "
        f"{segment.auc_difference.high:+.2f} (`segment_may_lose`)."
        for name, group in found.by.items()
        for segment in group
        if segment.auc_difference is not None and _loses(segment, gate)
    ]
    return told


def _falls(agreement: Agreement, gate: Gate) -> bool:
    return agreement.difference.high < -gate.agreement_may_fall


def _loses(segment: Segment, gate: Gate) -> bool:
    return segment.auc_difference is not None and segment.auc_difference.high < -gate.segment_may_lose


def _growth(before: Costs, after: Costs) -> float | None:
    """As a share of the cost now; None: one of the two is not known, or costs nothing."""
    if not before.usd_per_lead or after.usd_per_lead is None:
        return None
    return after.usd_per_lead / before.usd_per_lead - 1
