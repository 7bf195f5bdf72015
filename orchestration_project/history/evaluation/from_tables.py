"""From history's tables to what evaluations ask for, and when each field of a lead became known.

The tables are in `history/ledger_tables.py`; frames come in and go out, nothing is read from anywhere here.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from orchestration_project.history.evaluation.fields import Known
from orchestration_project.history.evaluation.quality import Question, ScoreQuality, score_quality

NEEDED = ("leads", "lead_contexts", "outcomes")
OF_THE_FORM = (
    *("source", "hour", "weekday", "region", "time_zone", "language", "has_name", "has_email", "has_phone"),
    *("has_company", "has_domain", "has_website", "free_mail", "asked_service", "budget", "consent"),
    *("message_characters", "message_words", "extra_fields", "problems", "utm_source", "utm_medium"),
    *("utm_campaign", "referrer", "first_source", "first_medium", "first_campaign"),
)
OF_THE_LOOK_UP = (
    *("standing", "website_status", "website_characters", "company_status", "company_industry"),
    *("company_employees", "company_country"),
)
KNOWN: Mapping[str, Known] = dict.fromkeys((*OF_THE_FORM, *OF_THE_LOOK_UP), "submission")
"""A column that is not named here was not known, or tells who somebody is, and is refused."""
LOOKED_UP_WITHIN = pd.Timedelta(days=1)
"""A lead that is replayed later is looked up again, and somebody who bought since is a known contact then."""


@dataclass(frozen=True)
class Tables:
    """Frames of NEEDED, by name."""

    frames: Mapping[str, pd.DataFrame]

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.frames[name]


def features_of(tables: Tables) -> pd.DataFrame:
    """ref, and a column for each field that was known when the lead came."""
    leads, contexts = tables["leads"], tables["lead_contexts"]
    joined = leads[["ref", "submitted_at", *OF_THE_FORM]].merge(
        contexts[["ref", "gathered_at", *OF_THE_LOOK_UP]], on="ref", how="left"
    )
    late = joined["gathered_at"] - joined["submitted_at"] > LOOKED_UP_WITHIN
    looked_up = joined[list(OF_THE_LOOK_UP)].astype(object).where(~late, None)
    return joined[["ref", *OF_THE_FORM]].join(looked_up)


def quality_of(
    tables: Tables, scored: pd.DataFrame, as_of: pd.Timestamp, question: Question | None = None
) -> ScoreQuality:
    """`scored`: ref, score, service; one row a lead. A score that the scorecard gave in the place of an
    absent AI counts as it was acted upon."""
    leads = tables["leads"][["ref", "submitted_at", "source"]].rename(columns={"submitted_at": "at"})
    decided = leads.merge(scored, on="ref")
    outcomes = tables["outcomes"][["ref", "outcome", "at"]]
    return score_quality(decided, outcomes, features_of(tables), KNOWN, as_of=as_of, question=question)
