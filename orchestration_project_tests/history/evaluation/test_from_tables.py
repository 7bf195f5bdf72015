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
    """Every second lead was looked up a month later."""
    leads, outcomes, _ = made_leads(count)
    day = leads["at"].dt.tz_localize(None).dt.normalize()
    flags = {column.name: True for column in TABLES["leads"].columns if column.kind == "flag"}
    numbers = {column.name: 5 for column in TABLES["leads"].columns if column.kind in {"integer", "number"}}
    came = pd.DataFrame(
        {"ref": leads["ref"], "day": day, "source": leads["source"], "submitted_at": leads["at"]}
    )
    made = {
        "leads": came.assign(language="en", **flags, **numbers),
        "lead_contexts": came.assign(
            gathered_at=leads["at"] + pd.to_timedelta([0, 30] * (count // 2), unit="D"),
            standing=["new", "known_contact"] * (count // 2),
            website_status="not_asked",
            website_characters=0,
            company_status="not_asked",
        ),
        "outcomes": outcomes.assign(day=day, known_at=outcomes["at"], deals=1, origin="csv"),
    }
    assert set(made) == set(NEEDED)
    return Tables(
        {
            name: typed(TABLES[name], pd.DataFrame(rows, columns=list(TABLES[name].names)))
            for name, rows in made.items()
        }
    )


def scores(count: int = 400) -> pd.DataFrame:
    leads, _, _ = made_leads(count)
    return leads[["ref", "score", "service"]]


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


def test_quality_is_of_the_leads_that_are_scored() -> None:
    given, scored = tables(), scores()
    all_of_them = quality_of(given, scored, AS_OF)
    assert all_of_them.labels.all == 400
    assert quality_of(given, scored[1::2], AS_OF).labels.all == 200
    other = quality_of(given, scored.assign(score=0.0), AS_OF)
    assert all_of_them.overall.bands != other.overall.bands
    assert [check.name for check in other.fields if check.verdict == "refused"] == []
