"""The weekly report as a page of Markdown: what came, how fast, what was won, what broke, what the AI cost.

Written to be read by the owner. Frames in, words and pictures out; pandas is imported here.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import pandas as pd

from orchestration_project.history import pictures
from orchestration_project.history.derive import HIGH
from orchestration_project.history.pictures import told
from orchestration_project.ledger.history import Waits

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WEEK = timedelta(days=7)
NEEDED = (
    *("submissions", "decisions", "receipts", "outcomes", "lead_scores"),
    *("funnel", "speed_to_lead", "source_quality", "ai_costs"),
)
"""The tables it is made of: of this week and of the one before."""
BANDS = ((HIGH, 10), (4, HIGH - 1), (0, 3))


@dataclass(frozen=True)
class Week:
    """The frames of this week and of the one before, who had to wait, and what is away at the moment."""

    monday: date
    now: Mapping[str, pd.DataFrame]
    before: Mapping[str, pd.DataFrame]
    waits: Waits
    away: Mapping[str, datetime]  # since when, by connection
    currency: str
    business: str


@dataclass(frozen=True)
class Part:
    """A heading, lines of Markdown, and a picture below them."""

    title: str
    lines: Sequence[str]
    picture: "Figure | None" = None


def report(week: Week) -> Iterator[Part]:
    """The page, part by part; a part of which there is nothing to say is left out."""
    sunday = week.monday + timedelta(days=6)
    title = f"{week.business}: {week.monday:%-d %B} to {sunday:%-d %B %Y}"
    yield Part(title, [*_headline(week)])
    if len(week.now["submissions"]) == 0:
        return
    yield Part("Where they came from", _by_source(week), pictures.sources(week.now["source_quality"]))
    yield Part("How far they got", _by_track(week), pictures.stages(week.now["funnel"]))
    if len(week.now["speed_to_lead"]):
        yield Part("How long they waited", [*_speed(week)], pictures.waits(week.now["speed_to_lead"]))
    if len(week.now["outcomes"]):
        yield Part("What was won", _won(week))
    changes = [*_changes(week)]
    if changes:
        yield Part("What changed", changes)
    yield Part("What broke", [*_broke(week)])
    if len(week.now["ai_costs"]):
        yield Part("What the AI cost", [*_cost(week)], pictures.costs(week.now["ai_costs"]))


def _headline(week: Week) -> Iterator[str]:
    leads, before = len(week.now["submissions"]), len(week.before["submissions"])
    if leads == 0:
        yield "Nobody wrote this week."
        return
    genuine = int((week.now["submissions"]["state"] != "quarantined").sum())
    compared = f" ({leads - before:+d} on the week before)" if before else ""
    yield f"**{leads} people wrote**{compared}; {genuine} of them are genuine."
    funnel = week.now["funnel"]
    drafted, sent = int(funnel["drafted"].sum()), int(funnel["sent"].sum())
    yield f"{drafted} first mails were drafted, and you sent {sent} of them."
    waited = week.now["speed_to_lead"]["drafted_seconds"].dropna()
    if len(waited):
        yield f"Half of the drafts were there within {told(float(waited.median()))}."


def _by_source(week: Week) -> list[str]:
    parts = ["submitted", "spam", "duplicates", "high", "won"]
    totals = (
        week.now["source_quality"].groupby("source")[parts].sum().sort_values("submitted", ascending=False)
    )
    rows = [(source, *row) for source, row in zip(totals.index, totals.to_numpy().tolist(), strict=True)]
    return table(("source", "leads", "spam", "duplicates", f"score {HIGH} or more", "won"), rows)


def _by_track(week: Week) -> list[str]:
    counts = week.now["funnel"].assign(
        track=week.now["funnel"]["track"].fillna("set aside, or still waiting")
    )
    totals = counts.groupby("track")[["submitted", "acted", "drafted", "sent"]].sum()
    rows = [(track, *row) for track, row in zip(totals.index, totals.to_numpy().tolist(), strict=True)]
    return table(("track", "leads", "acted upon", "drafted", "sent"), rows)


def _speed(week: Week) -> Iterator[str]:
    names = {
        "decided_seconds": "to the decision",
        "drafted_seconds": "to the draft",
        "sent_seconds": "to the mail that you sent",
    }
    rows: list[tuple[object, ...]] = []
    for column, name in names.items():
        now, before = (each["speed_to_lead"][column].dropna() for each in (week.now, week.before))
        if len(now):
            half, most = float(now.median()), float(now.quantile(0.9))
            was = told(float(before.median())) if len(before) else "–"
            rows.append((f"from the form {name}", told(half), told(most), was))
    yield from table(("", "half of them within", "nine of ten within", "half, the week before"), rows)


def _won(week: Week) -> list[str]:
    """By band of the newest score: what scores were worth."""
    decided = week.now["decisions"]
    scored = decided[decided["newest"]].merge(week.now["outcomes"], on="ref", suffixes=("", "_of"))
    rows: list[tuple[object, ...]] = []
    for lowest, highest in BANDS:
        band = scored[scored["score"].between(lowest, highest)]
        won = band[band["outcome"] == "won"]
        worth = float(won["value"].sum())
        rows.append(
            (f"{lowest}-{highest}", len(band), len(won), f"{worth:,.0f} {week.currency}" if worth else "–")
        )
    return table(("score", "known", "won", "worth"), rows)


def _changes(week: Week) -> Iterator[str]:
    versions = [set(each["decisions"]["playbook_version"]) for each in (week.before, week.now)]
    if new := sorted(versions[1] - versions[0]):
        yield f"- New rules decided: playbook version {', '.join(new)}."
    models = [set(each["lead_scores"]["model"].dropna()) for each in (week.before, week.now)]
    if new := sorted(models[1] - models[0]):
        yield f"- A new model scored: {', '.join(new)}."
    mixes = [
        each["decisions"].query("newest")["track"].value_counts(normalize=True)
        for each in (week.before, week.now)
    ]
    if len(mixes[0]):
        for track in sorted(set(mixes[0].index) | set(mixes[1].index)):
            was, now = (float(mix.get(track, 0.0)) for mix in mixes)
            if abs(now - was) >= 0.15:  # noqa: PLR2004 - less is the week's chance
                yield f"- {now:.0%} of the leads went down the track {track}; the week before {was:.0%}."


def _broke(week: Week) -> Iterator[str]:
    failed = week.now["receipts"].query("status == 'failed'")
    waiting = week.now["submissions"].query("state == 'needs_person'")
    for connection, since in sorted(week.away.items()):
        yield f"- {connection} is away since {since:%a %-d %B, %H:%M}."
    if week.waits.leads:
        longest = told(week.waits.longest_seconds)
        yield f"- {week.waits.leads} leads had to wait for something that was away, the longest {longest}."
    if len(failed):
        counts = failed["action"].value_counts()
        words = ", ".join(f"{action} ({count})" for action, count in counts.items())
        yield f"- Actions that failed: {words}."
    if len(waiting):
        yield f"- {len(waiting)} leads need you: `leads list --status needs_person`."
    to_check = week.now["submissions"].query("state == 'to_check'")
    if len(to_check):
        yield f"- {len(to_check)} leads are to be checked by you: `leads list --status to_check`."
    if not (week.away or week.waits.leads or len(failed) or len(waiting) or len(to_check)):
        yield "Nothing."


def _cost(week: Week) -> Iterator[str]:
    now, before = (float(each["ai_costs"]["cost_usd"].sum()) for each in (week.now, week.before))
    answers = int(week.now["ai_costs"]["answers"].sum())
    yield f"${now:.2f} for {answers} answers; ${before:.2f} the week before."


def table(head: Sequence[str], rows: Sequence[Sequence[object]]) -> list[str]:
    lines = [head, ["---", *["---:"] * (len(head) - 1)], *rows]
    return ["| " + " | ".join(str(cell) for cell in line) + " |" for line in lines]
