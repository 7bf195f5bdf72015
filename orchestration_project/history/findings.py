"""What the asset checks look at, as plain functions over frames: each says in a sentence what it found.

Comparing with what is usual is `compare.py`; the Dagster side, with how grave each is, `checks.py`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

import pandas as pd

from orchestration_project.history.compare import FEWEST_RECENT, FEWEST_USUAL, Windows, share, shift, windows
from orchestration_project.history.ledger_tables import LEADS

TOO_FEW = "Too few leads yet to say what is usual."
GIVEN = tuple(column.name for column in LEADS.columns if column.name.startswith("has_"))
DRIFT_OF = ("region", "language", "asked_service", "utm_source", "budget", "message_words", "hour")
SHOWN = 10
BANDS = ((8, 10), (4, 7), (0, 3))
"""Of scores: what the shipped playbook calls priority, nurture and no fit."""


@dataclass(frozen=True)
class Finding:
    """`well`: nothing that a person should see. `rows`: what it says so of, for a table."""

    well: bool
    says: str
    columns: tuple[str, ...] = ()
    rows: Sequence[tuple[object, ...]] = field(default_factory=tuple)


def all_leads_are_here(
    frames: Mapping[str, pd.DataFrame], ledger: Mapping[date, int], today: date
) -> Finding:
    """Every lead of the ledger is in history, of days that are over. (One in history that is not in the
    ledger has been erased there, which is right.)"""
    here = frames["submissions"].groupby("day").size()
    lacking = [
        (day.isoformat(), count, int(here.get(pd.Timestamp(day), 0)))
        for day, count in sorted(ledger.items())
        if day < today and here.get(pd.Timestamp(day), 0) < count
    ]
    if not lacking:
        return Finding(well=True, says=f"All {len(frames['submissions'])} leads of these weeks are here.")
    says = f"On {len(lacking)} days the ledger has leads that history lacks. Materialise these days."
    return Finding(well=False, says=says, columns=("day", "ledger", "history"), rows=lacking[:SHOWN])


def actions_have_an_end(frames: Mapping[str, pd.DataFrame]) -> Finding:
    """Of a lead that is done, every action is done, planned or skipped."""
    done = frames["submissions"].query("state == 'done'")["ref"]
    receipts = frames["receipts"]
    open_ones = receipts[receipts["ref"].isin(done) & receipts["status"].isin(["begun", "waiting", "failed"])]
    rows = list(open_ones[["ref", "action", "status"]].itertuples(index=False, name=None))
    if not rows:
        return Finding(well=True, says=f"{len(done)} leads are done, and so are their actions.")
    says = f"{open_ones['ref'].nunique()} leads are done, though an action of theirs is not."
    return Finding(well=False, says=says, columns=("ref", "action", "status"), rows=rows[:SHOWN])


def done_was_decided(frames: Mapping[str, pd.DataFrame]) -> Finding:
    done = frames["submissions"].query("state in ('done', 'planned')")["ref"]
    without = sorted(set(done) - set(frames["decisions"]["ref"]))
    if not without:
        return Finding(well=True, says=f"Each of the {len(done)} leads that are done was decided.")
    says = f"{len(without)} leads are done, and nothing says why."
    return Finding(well=False, says=says, columns=("ref",), rows=[(ref,) for ref in without[:SHOWN]])


def fields_are_filled_in(frames: Mapping[str, pd.DataFrame], today: date) -> Finding:
    """A question that vanished from a form, or is called otherwise now, shows as a field that is missing."""
    both = windows(frames["leads"], today)
    if not both.enough:
        return Finding(well=True, says=TOO_FEW)
    compared = {name: share(both.recent[name], both.usual[name]) for name in GIVEN}
    rows = [
        (name.removeprefix("has_"), f"{each.recent:.0%}", f"{each.usual:.0%}")
        for name, each in compared.items()
        if each.changed
    ]
    if not rows:
        return Finding(well=True, says="As many leads fill in each field as usually do.")
    says = f"Filled in otherwise than usual: {', '.join(str(row[0]) for row in rows)}. Did a form change?"
    return Finding(well=False, says=says, columns=("field", "last week", "usual"), rows=rows)


def share_is_usual(
    frames: Mapping[str, pd.DataFrame], today: date, reason: str, least: float = 0.08
) -> Finding:
    """The share of submissions that are set aside for that reason."""
    both = windows(frames["submissions"], today)
    if not both.enough:
        return Finding(well=True, says=TOO_FEW)
    each = share(both.recent["reason"] == reason, both.usual["reason"] == reason, least=least)
    says = f"{each.recent:.0%} of last week's submissions are {reason}; usual is {each.usual:.0%}."
    return Finding(well=not each.changed, says=says)


def columns_are_stable(both: Windows, names: Sequence[str]) -> Finding:
    """PSI of each column, last week against the four before."""
    if not both.enough:
        return Finding(well=True, says=TOO_FEW)
    shifts = {name: shift(both.recent[name], both.usual[name]) for name in names}
    rows = [
        (name, f"{each.psi:.2f}", f"{each.chance:.2f}", "shifted" if each.shifted else "")
        for name, each in sorted(shifts.items(), key=lambda item: -item[1].psi)
    ]
    shifted = [name for name, each in shifts.items() if each.shifted]
    says = (
        f"Last week's leads differ from the usual ones in {', '.join(shifted)}."
        if shifted
        else f"{', '.join(names)}: as usual."
    )
    return Finding(well=not shifted, says=says, columns=("column", "PSI", "by chance up to", ""), rows=rows)


def evidence_is_given(frames: Mapping[str, pd.DataFrame], today: date) -> Finding:
    """Of the answers of an AI: quotes that do not occur in the submission, or none at all."""
    scores = frames["lead_scores"]
    asked = scores[(scores["scorer"] != "offline") & scores["score_status"].isin(["scored", "unsupported"])]
    both = windows(asked, today)
    if len(both.recent) < SHOWN:
        return Finding(well=True, says="Too few answers of an AI last week to say.")
    bare = (both.recent["score_status"] == "unsupported") | (both.recent["evidence"] == 0)
    says = f"{bare.mean():.0%} of last week's {len(both.recent)} answers quote nothing from the submission."
    return Finding(well=float(bare.mean()) <= 0.2, says=says)  # noqa: PLR2004 - one in five


def ai_cost_is_usual(frames: Mapping[str, pd.DataFrame], today: date, limit: Decimal | None) -> Finding:
    """Today's against three times the usual day. What the limit stops is no news of this check: the watch
    tells of it while it happens."""
    days = frames["ai_costs"].groupby("day")["cost_usd"].sum()
    now = float(days.get(pd.Timestamp(today), 0.0))
    before = days[(days.index < pd.Timestamp(today)) & (days > 0)]
    usual = float(before.median()) if len(before) >= 5 else None  # noqa: PLR2004 - days, to call it usual
    says = f"${now:.2f} today" + (f", of ${limit:.2f} a day" if limit is not None else "")
    says += f"; usual is ${usual:.2f}." if usual is not None else "."
    near = limit is not None and now >= 0.8 * float(limit)
    return Finding(well=near or usual is None or now <= max(3 * usual, 0.1), says=says)


def calibration_holds(labelled: pd.DataFrame) -> Finding:
    """Of each band of scores: which share was won, of the newer leads and of the older ones. `labelled`: ref,
    at, score, won; of leads whose outcome is sure."""
    ordered = labelled.sort_values(["at", "ref"], kind="stable")
    newer = len(ordered) * 3 // 10
    older, recent = ordered[: len(ordered) - newer], ordered[len(ordered) - newer :]
    if len(recent) < FEWEST_RECENT or len(older) < FEWEST_USUAL:
        return Finding(well=True, says="Too few leads with a sure outcome to say.")
    rows: list[tuple[object, ...]] = []
    drifted: list[str] = []
    for low, high in BANDS:
        of_band = [each[each["score"].between(low, high)]["won"].astype(bool) for each in (recent, older)]
        if min(map(len, of_band)) < SHOWN:
            continue
        found = share(*of_band)
        rows.append((f"{low}-{high}", f"{found.recent:.0%}", f"{found.usual:.0%}", len(of_band[0])))
        drifted += [f"{low}-{high}"] if found.changed else []
    says = (
        f"Leads scored {' and '.join(drifted)} are won otherwise than they were: the scores mean something "
        "else by now. `leads quality` tells more."
        if drifted
        else "Of each band of scores as many are won as before."
    )
    columns = ("score", "won of the newer", "won of the older", "newer leads")
    return Finding(well=not drifted, says=says, columns=columns, rows=rows)


def questions_are_known(recent: Mapping[str, set[str]], usual: Mapping[str, set[str]]) -> Finding:
    """Questions by form that no lead field takes, and that nobody asked before."""
    rows = [
        (source, question)
        for source, questions in sorted(recent.items())
        for question in sorted(questions - usual.get(source, set()))
        if source in usual
    ]
    if not rows:
        return Finding(well=True, says="No form asks something that it did not ask before.")
    says = f"{len(rows)} new questions that no lead field takes. Name them under `fields:` if they are one."
    return Finding(well=False, says=says, columns=("source", "question"), rows=rows[:SHOWN])


def nobody_is_named(found: Mapping[str, Sequence[str]], events: int) -> Finding:
    """`found`: kinds of what tells who somebody is, by the lead it is of. What it was is not repeated."""
    if not found:
        return Finding(well=True, says=f"{events} events of Dagster's log, and nobody's data in them.")
    rows = [(ref, ", ".join(kinds)) for ref, kinds in sorted(found.items())]
    says = f"Dagster's event log holds data of {len(rows)} people. Delete these runs, and report the fault."
    return Finding(well=False, says=says, columns=("ref", "what"), rows=rows[:SHOWN])


def waits_are_usual(frames: Mapping[str, pd.DataFrame], today: date) -> Finding:
    """The 90th percentile from form to draft: not more than thrice as long as usual, beyond a minute."""
    both = windows(frames["speed_to_lead"].dropna(subset=["drafted_seconds"]), today)
    if not both.enough:
        return Finding(well=True, says=TOO_FEW)
    now, before = (float(each["drafted_seconds"].quantile(0.9)) for each in (both.recent, both.usual))
    says = f"Nine of ten drafts were there within {now:.0f} s last week; usual is {before:.0f} s."
    return Finding(well=now <= max(60.0, 3 * before), says=says)
