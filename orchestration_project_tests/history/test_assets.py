"""History as assets: a backfill is one run, doing it again changes nothing, and no person is in it."""

import json
import re
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest
import sqlalchemy

from orchestration_project.history.frames import schema
from orchestration_project.history.store import Store, base_of, load
from orchestration_project.history.tables import TABLES
from orchestration_project_tests.history.conftest import BEGINS, OLD, SAMPLES, Past


@pytest.fixture
def store(home: Path) -> Store:
    return Store(base_of({}, home))


def of_all_days(store: Store, table: str) -> pd.DataFrame:
    return load(table, store=store)


def test_one_run_makes_every_day_of_every_table(
    made: dg.ExecuteInProcessResult, past: Past, store: Store
) -> None:
    days = [(BEGINS + timedelta(days=n)).isoformat() for n in range((past.today - BEGINS).days + 1)]
    told = {
        (event.materialization.asset_key.path[-1], event.materialization.partition)
        for event in made.get_asset_materialization_events()
    }
    for name in TABLES:
        assert list(store.days(name)) == days
        assert {(name, day) for day in days} <= told
        schema(name).validate(of_all_days(store, name))


def test_frames_say_what_the_ledger_says(past: Past, store: Store) -> None:
    with past.world.ledger.engine.connect() as connection:
        counted = {
            name: connection.execute(sqlalchemy.text(f"SELECT count(*) FROM leads.{table}")).scalar_one()
            for name, table in (
                ("submissions", "submissions"),
                ("leads", "facts WHERE kind = 'Lead'"),
                ("lead_contexts", "facts WHERE kind = 'Context'"),
                ("decisions", "decisions"),
                ("lead_scores", "decisions"),
                ("receipts", "receipts"),
                ("verdicts", "verdicts"),
            )
        }
    assert {name: len(of_all_days(store, name)) for name in counted} == counted
    assert min(counted.values()) >= 1
    assert counted["decisions"] > 10


def record(frame: pd.DataFrame, ref: str) -> dict[str, Any]:
    (only,) = frame[frame["ref"] == ref].to_dict("records")
    return {str(name): value for name, value in only.items()}


def test_each_lead_has_one_outcome_and_its_won_deals_are_added_up(past: Past, store: Store) -> None:
    outcomes = of_all_days(store, "outcomes")
    assert record(outcomes, past.old)["outcome"] == "lost"
    (won,) = (record(outcomes, ref) for ref in outcomes["ref"] if ref != past.old)
    assert (won["outcome"], won["value"], won["deals"], won["currency"]) == ("won", 1000.5, 3, "GBP")


def test_features_of_a_lead_are_what_was_known_when_it_was_sent(past: Past, store: Store) -> None:
    lead = record(of_all_days(store, "leads"), past.old)
    assert lead["day"] == pd.Timestamp("2026-10-25"), "of two days with that hour in UTC it is London's"
    assert (lead["hour"], lead["weekday"]) == (23, 6)
    assert (lead["asked_service"], lead["message_words"], lead["extra_fields"]) == ("payroll", 11, 1)
    assert [lead[name] for name in ("has_name", "has_email", "has_phone")] == [True, True, True]
    assert [lead[name] for name in ("has_company", "consent", "honeypot")] == [False, False, False]
    assert (lead["utm_source"], lead["referrer"], lead["language"]) == (
        "bing ads",
        "www.search.example",
        "en",
    )
    assert pd.isna(lead["utm_campaign"]), "an address is no campaign"
    assert pd.isna(lead["utm_medium"]), "nor is one's own name a medium"


def test_what_the_ai_cost_is_summed_by_day_and_model(past: Past, store: Store) -> None:
    (costs,) = of_all_days(store, "ai_costs").to_dict("records")
    assert (costs["answers"], costs["unpriced"], costs["input_tokens"]) == (2, 1, 1010)
    assert costs["cost_usd"] == pytest.approx(0.02)


def test_funnel_and_speed_agree_with_the_tables_they_are_made_of(store: Store) -> None:
    funnel, submissions = of_all_days(store, "funnel"), of_all_days(store, "submissions")
    assert funnel["submitted"].sum() == len(submissions)
    assert funnel["genuine"].sum() == (submissions["state"] != "quarantined").sum()
    assert funnel["won"].sum() == 1
    drafted = of_all_days(store, "receipts").query("action == 'draft' and status == 'done'")
    assert funnel["drafted"].sum() == len(drafted)
    assert len(drafted) > 5
    speed = of_all_days(store, "speed_to_lead")
    assert speed["drafted_seconds"].notna().sum() == len(drafted)
    assert (
        speed["drafted_seconds"].dropna() >= speed["decided_seconds"][speed["drafted_seconds"].notna()]
    ).all()
    quality = of_all_days(store, "source_quality")
    assert quality["spam"].sum() == (submissions["reason"] == "spam").sum()


def test_making_it_again_changes_no_file(past: Past, store: Store) -> None:
    day = max(of_all_days(store, "leads")["day"]).date()
    files = sorted(Path(str(store.base)).rglob(f"{day}.parquet"))
    before = [file.read_bytes() for file in files]
    with dg.DagsterInstance.ephemeral() as instance:
        assert past.materialise(instance, day, day).success
    assert [file.read_bytes() for file in files] == before
    assert len(files) == len(TABLES)
    assert not list(Path(str(store.base)).rglob("*.new"))


def people() -> set[str]:
    """Whatever tells who somebody is, of all that wrote: names, addresses, numbers, companies, sentences."""
    told: set[str] = {"Ada Lovelace", "Beatrice Newcombe", "oldcastle"}
    for payload in (*SAMPLES, OLD):
        for field in ("name", "email", "phone", "company", "website", "id"):
            value = str(payload.get(field) or "").strip()
            if len(value) > 3:
                told.add(value)
        told.update(re.findall(r"[\w' ]{25,}", str(payload.get("message") or "")))
        digits = re.sub(r"\D", "", str(payload.get("phone") or ""))
        if digits:
            told.add(digits[-7:])
    # one of the samples is of a company that others have found us by
    found_by = {str(payload.get("utm_source")).casefold() for payload in SAMPLES}
    return {word for word in told if word.casefold() not in found_by}


def test_no_parquet_file_holds_a_person(store: Store, made: dg.ExecuteInProcessResult) -> None:
    files = sorted(Path(str(store.base)).rglob("*.parquet"))
    assert len(files) > 100
    wanted = {word.casefold() for word in people()}
    assert len(wanted) > 80
    for file in files:
        frame = pd.read_parquet(file)
        held = "\n".join(map(str, [*frame.columns, *frame.to_numpy().ravel()])).casefold()
        raw = file.read_bytes().decode("latin-1").casefold()
        assert [word for word in wanted if word in held or word in raw] == [], file
    metadata = json.dumps(
        [repr(event.materialization.metadata) for event in made.get_asset_materialization_events()]
    ).casefold()
    assert [word for word in wanted if word in metadata] == []


def test_only_the_days_of_a_lead_are_made_when_one_table_is_asked_for(past: Past, tmp_path: Path) -> None:
    with dg.DagsterInstance.ephemeral() as instance:
        result = past.materialise(instance, date(2026, 10, 25), date(2026, 10, 25), "leads")
    (event,) = result.get_asset_materialization_events()
    assert event.materialization.partition == "2026-10-25"
    assert event.materialization.metadata["dagster/partition_row_count"].value == 1


def test_another_asset_takes_the_frames_of_its_days_as_input(past: Past, home: Path) -> None:
    definitions = past.definitions()
    days = definitions.get_assets_def("leads").partitions_def

    @dg.asset(partitions_def=days, io_manager_key="history_io")
    def longest(leads: pd.DataFrame) -> pd.DataFrame:
        return leads.nlargest(1, "message_words")[["ref", "message_words"]]

    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(
            [longest, definitions.get_assets_def("leads")],
            selection=[longest],
            partition_key="2026-10-25",
            resources=definitions.resources,
            instance=instance,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    assert result.output_for_node("longest")["message_words"].tolist() == [11]
    assert pd.read_parquet(home / "history" / "longest" / "2026-10-25.parquet").shape == (1, 2)


def test_a_live_run_loads_none_of_the_heavy_libraries() -> None:
    code = """
import sys
from orchestration_project.definitions import build_definitions
build_definitions().get_repository_def()
heavy = ("pandas", "numpy", "matplotlib", "pyarrow", "pandera", "sklearn")
print([name for name in heavy if name in sys.modules])
"""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, check=True, timeout=120
    )
    assert done.stdout.strip() == "[]"
