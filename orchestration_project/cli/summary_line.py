"""What `leads list` says below its table: how many, how fast, what waits for whom, where the next page is."""

from collections.abc import Iterator

from orchestration_project.ledger.lead_list import COUNTED, Summary

_MINUTES, _HOURS, _DAYS = 120, 7_200, 172_800


def summary_lines(summary: Summary, shown: int, last: str | None, *, narrowed: bool) -> Iterator[str]:
    """Lines of console markup. `last` is the lead that the next page comes after."""
    more = summary.leads > shown
    number = f"more than {COUNTED:,}" if summary.leads > COUNTED else f"{summary.leads:,}"
    of = f"{shown} of {number}" if more else number
    told = [f"{of} lead{'' if summary.leads == 1 else 's'}{' of that kind' if narrowed else ''}"]
    if summary.seconds_to_draft is not None:
        told.append(f"from form to draft {spoken(summary.seconds_to_draft)} at the median")
    yield f"\n{', '.join(told)}."
    if waits := [*_for_you(summary), *_for_others(summary)]:
        yield f"Of all leads {'; '.join(waits)}."
    if more and last is not None:
        yield f"The next page: the same with --after {last}."


def spoken(seconds: float) -> str:
    """`4.3 s`, `12 min`, `5 h` or `3 days`."""
    if seconds < _MINUTES:
        return f"{seconds:.1f} s"
    if seconds < _HOURS:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h" if seconds < _DAYS else f"{seconds / 86_400:.0f} days"


def _for_you(summary: Summary) -> Iterator[str]:
    for number, words, option in (
        (summary.needs_person, "need you", "--status needs_person"),
        (summary.to_check, "are to be checked by you", "--status to_check"),
        (summary.to_look_at, "have something to look at", "--look"),
        (summary.planned, "are only planned", "--status planned"),
    ):
        if number:
            yield f"{number:,} {words} ({option})"


def _for_others(summary: Summary) -> Iterator[str]:
    if summary.left:
        goes_on = "`leads dev` or `leads run` goes on with them"
        yield f"{summary.left:,} were left by a run that has ended ({goes_on})"
    for name, number in sorted(summary.waiting.items()):
        yield f"{number:,} wait for {name or 'their time'}"
