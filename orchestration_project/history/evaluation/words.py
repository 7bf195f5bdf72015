"""What evaluations say in words: the same sentences on the page, in the terminal and in a gate's reasons.

The figures are made in the modules beside this one.
"""

from orchestration_project.history.evaluation.compare import Comparison, Costs, OutcomeDifference, clearly
from orchestration_project.history.evaluation.measures import Interval
from orchestration_project.history.evaluation.sides import Agreement


def percent(share: float, digits: int = 0) -> str:
    return f"{share * 100:.{digits}f} %"


def signed(value: float, digits: int = 1) -> str:
    return f"{value:+.{digits}f}"


def between(interval: Interval, digits: int = 2) -> str:
    return f"{interval.low:+.{digits}f} to {interval.high:+.{digits}f}"


def headline(found: Comparison) -> str:
    if not found.moved:
        return f"No lead of {found.leads:,} would take another track."
    one = found.moved == 1
    share = "less than 1 %" if found.moved_share < 0.01 else percent(found.moved_share)  # noqa: PLR2004
    return (
        f"{found.moved:,} of {found.leads:,} leads ({share}) would take another track: "
        f"{found.up:,} further up, {found.down:,} further down."
        if not one
        else f"One lead of {found.leads:,} would take another track, further {'up' if found.up else 'down'}."
    )


def of_people(agreement: Agreement | None, what: str) -> str:
    """`what`: the track, or the score."""
    if agreement is None:
        return f"Nobody has corrected {what} of these leads yet."
    told = (
        f"Of {agreement.leads:,} leads whose {what.removeprefix('the ')} a person has said, it agrees in "
        f"{percent(agreement.after)}, before in {percent(agreement.before)}"
    )
    return f"{told} ({_verdict(agreement.difference, in_percent=True)})."


def of_outcomes(found: OutcomeDifference | None) -> str:
    if found is None:
        return "No outcome of these leads is known yet, so nothing says which order is better."
    if found.before is None or found.after is None or found.difference is None:
        return f"All {found.leads:,} leads with a sure outcome ended alike, so no order is better."
    return (
        f"Of {found.leads:,} leads with a sure outcome, {found.won:,} won: the score orders them with AUC "
        f"{found.after:.2f}, before {found.before:.2f} ({_verdict(found.difference)})."
    )


def _verdict(difference: Interval, *, in_percent: bool = False) -> str:
    span = between(difference)
    if in_percent:
        span = f"{difference.low * 100:+.0f} to {difference.high * 100:+.0f} of a hundred"
    if not clearly(difference):
        return f"the difference may be chance: {span}"
    return f"{'better' if difference.low > 0 else 'worse'}, and not by chance: {span}"


def of_costs(before: Costs, after: Costs) -> str:
    parts: list[str] = []
    if after.usd == 0 and not before.usd_per_lead:
        parts.append("A score costs nothing.")
    elif after.usd is not None:
        was = "" if before.usd_per_lead is None else f", before ${before.usd_per_lead:.4f}"
        parts.append(f"A score costs ${after.usd_per_lead:.4f}{was}; these leads ${after.usd:,.2f}.")
    if after.seconds_median is not None:
        was = "" if before.seconds_median is None else f" (before {before.seconds_median:.1f} s)"
        parts.append(
            f"It takes {after.seconds_median:.1f} s at the median{was}, one in twenty more than "
            f"{after.seconds_p95:.1f} s."
        )
    return " ".join(parts) or "What a score costs and takes was not measured."
