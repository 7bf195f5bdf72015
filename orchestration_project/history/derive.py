"""What is worked out from history's tables: funnel, speed to lead, what a source is worth. Plain frames in
and out, all of one day or of many; nothing is read or written here.

What the columns mean is in `tables.py`.
"""

from collections.abc import Mapping

import pandas as pd

from orchestration_project.history.derived_tables import FUNNEL, SOURCE_QUALITY, SPEED_TO_LEAD
from orchestration_project.history.frames import frame

HIGH = 8
"""A score from here on is called high."""

Frames = Mapping[str, pd.DataFrame]
"""By the names of the tables."""


def funnel(of: Frames) -> pd.DataFrame:
    """FUNNEL, from submissions, decisions, receipts and outcomes."""
    leads = _leads(of)
    done = of["receipts"][of["receipts"]["status"] == "done"]
    leads["acted"] = leads["ref"].isin(done["ref"])
    for column, action in (("drafted", "draft"), ("sent", "sent_mail")):
        leads[column] = leads["ref"].isin(done.loc[done["action"] == action, "ref"])
    counted = ("genuine", "decided", "acted", "drafted", "sent", "won", "lost", "no_answer")
    grouped = leads.groupby(["day", "source", "track"], dropna=False, sort=True)
    rows = grouped.agg(
        submitted=("ref", "size"),
        **{name: (name, "sum") for name in counted},
        value=("value", "sum"),
    )
    return frame(FUNNEL, rows.reset_index())


def speed_to_lead(of: Frames) -> pd.DataFrame:
    """SPEED_TO_LEAD, from submissions, decisions and receipts; of leads that came live and are genuine."""
    leads = _leads(of)
    leads = leads[leads["genuine"] & (leads["state"] != "imported")].set_index("ref")
    receipts = of["receipts"][of["receipts"]["status"] == "done"]
    drafted = receipts[receipts["action"] == "draft"].set_index("ref")["changed_at"]
    mails = receipts[receipts["action"] == "sent_mail"].set_index("ref")
    ends = {
        "received_seconds": leads["received_at"],
        "decided_seconds": of["decisions"].groupby("ref")["decided_at"].min(),
        "drafted_seconds": drafted,
        "sent_seconds": mails["until"].fillna(mails["changed_at"]),
    }
    for column, moment in ends.items():
        waited = moment.reindex(leads.index) - leads["submitted_at"]
        leads[column] = waited.dt.total_seconds().clip(lower=0)
    return frame(SPEED_TO_LEAD, leads.reset_index())


def source_quality(of: Frames) -> pd.DataFrame:
    """SOURCE_QUALITY, from submissions, leads, decisions and outcomes."""
    leads = _leads(of).merge(of["leads"][["ref", "utm_source"]], on="ref", how="left")
    leads["spam"] = leads["reason"] == "spam"
    leads["duplicates"] = leads["reason"] == "duplicate"
    leads["scored"] = leads["score"].notna()
    leads["high"] = (leads["score"] >= HIGH).fillna(value=False)
    leads["score_sum"] = leads["score"].fillna(0)
    counted = ("spam", "duplicates", "scored", "score_sum", "high", "won", "lost")
    grouped = leads.groupby(["day", "source", "utm_source"], dropna=False, sort=True)
    rows = grouped.agg(
        submitted=("ref", "size"),
        **{name: (name, "sum") for name in counted},
        value=("value", "sum"),
    )
    return frame(SOURCE_QUALITY, rows.reset_index())


def _leads(of: Frames) -> pd.DataFrame:
    """One row a submission, with its newest decision and its outcome beside it."""
    decisions, outcomes = of["decisions"], of["outcomes"]
    newest = decisions.loc[decisions["newest"], ["ref", "track", "score"]]
    leads = of["submissions"].merge(newest, on="ref", how="left", validate="1:1")
    leads = leads.merge(outcomes[["ref", "outcome", "value"]], on="ref", how="left", validate="1:1")
    leads["genuine"] = leads["state"] != "quarantined"
    leads["decided"] = leads["track"].notna()
    for outcome in ("won", "lost", "no_answer"):
        leads[outcome] = leads["outcome"] == outcome
    leads["value"] = leads["value"].fillna(0.0)
    return leads
