"""From history's tables: the right decision of each lead, and no field that was not known when it came."""

import pandas as pd

from orchestration_project.history.evaluation.from_tables import (
    KNOWN,
    NEEDED,
    OF_THE_LOOK_UP,
    Tables,
    features_of,
    quality_of,
)
from orchestration_project.history.frames import typed
from orchestration_project.history.tables import TABLES
from orchestration_project_tests.history.evaluation.made import START, made_leads

AS_OF = START + pd.Timedelta(days=500)


def tables(count: int = 400) -> Tables:
    """Each lead decided by version `old`, and the odd ones by `new` too, which gives two points more."""
    leads, outcomes, _ = made_leads(count)
    day = leads["at"].dt.tz_localize(None).dt.normalize()
    flags = {column.name: True for column in TABLES["leads"].columns if column.kind == "flag"}
    numbers = {column.name: 5 for column in TABLES["leads"].columns if column.kind in {"integer", "number"}}
    came = pd.DataFrame(
        {"ref": leads["ref"], "day": day, "source": leads["source"], "submitted_at": leads["at"]}
    )
    old = decisions(leads, "old", 0)
    new = decisions(leads[1::2].assign(score=(leads["score"] + 2).clip(upper=10)), "new", count)
    decided = pd.concat([old, new], ignore_index=True)
    made = {
        "leads": came.assign(language="en", **flags, **numbers),
        "lead_contexts": came.assign(
            gathered_at=leads["at"] + pd.to_timedelta([0, 30] * (count // 2), unit="D"),
            standing=["new", "known_contact"] * (count // 2),
            website_status="not_asked",
            website_characters=0,
            company_status="not_asked",
        ),
        "decisions": decided,
        "lead_scores": decided.assign(
            scorer="offline",
            evidence=0,
            rationale_characters=9,
            input_tokens=0,
            output_tokens=0,
            cost_usd=0.01,
        ),
        "outcomes": outcomes.assign(day=day, known_at=outcomes["at"], deals=1, origin="csv"),
        "verdicts": pd.DataFrame(
            {
                "verdict_id": [1, 2],
                "ref": leads["ref"].iloc[1],
                "day": day.iloc[1],
                "said_at": AS_OF,
                "kind": "track",
                "track": ["not_fit", "priority"],
                "newest": [False, True],
            }
        ),
    }
    assert set(made) == set(NEEDED)
    return Tables(
        {
            name: typed(TABLES[name], pd.DataFrame(rows, columns=list(TABLES[name].names)))
            for name, rows in made.items()
        }
    )


def decisions(leads: pd.DataFrame, version: str, first: int) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "decision_id": range(first, first + len(leads)),
            "ref": leads["ref"],
            "day": leads["at"].dt.tz_localize(None).dt.normalize(),
            "decided_at": leads["at"] + pd.Timedelta(days=first),
            "number": 1,
            "newest": True,
            "playbook_version": version,
            "track": pd.cut(
                leads["score"], [-1, 3.5, 7.5, 11], labels=["not_fit", "nurture", "priority"]
            ).astype(str),
            "score_status": "scored",
            "score": leads["score"].astype(int),
            "service": leads["service"],
            "run_id": "run",
        }
    )


def test_every_field_that_is_learned_from_is_a_column_of_history_and_none_names_a_person() -> None:
    columns = {column.name for name in ("leads", "lead_contexts") for column in TABLES[name].columns}
    assert set(KNOWN) <= columns
    assert not set(KNOWN) & {"ref", "day", "submitted_at", "gathered_at", "company_source"}
    assert set(features_of(tables()).columns) == {"ref", *KNOWN}


def test_what_was_looked_up_long_after_the_lead_came_is_not_known_at_submission() -> None:
    features = features_of(tables())
    # every second one was looked up a month later, when a buyer is a known contact
    assert set(features["standing"].dropna()) == {"new"}
    assert features.loc[1::2, list(OF_THE_LOOK_UP)].isna().all(axis=None)


def test_quality_is_of_the_newest_decision_or_of_the_version_that_was_named() -> None:
    given = tables()
    newest, old = quality_of(given, AS_OF), quality_of(given, AS_OF, "old")
    assert newest.labels.all == old.labels.all == 400
    assert newest.overall.bands != old.overall.bands
    assert quality_of(given, AS_OF, "new").labels.all == 200
    assert [check.name for check in old.fields if check.verdict == "refused"] == []
