"""Frames are kept as Parquet, a file a day, on disk or in an object store; nobody reads half a file."""

from pathlib import Path
from uuid import uuid4

import httpx
import pandas as pd
import pandera.errors
import pytest
from upath import UPath

from orchestration_project import history
from orchestration_project.errors import LeadsError
from orchestration_project.history.derived_tables import AI_COSTS
from orchestration_project.history.frames import DTYPES, frame
from orchestration_project.history.ledger_tables import OUTCOMES
from orchestration_project.history.store import Store, base_of, load
from orchestration_project.history.tables import TABLES

DAY = "2026-11-24"


def costs(day: str = DAY, cost: float = 1.5) -> pd.DataFrame:
    row = {"day": day, "model": "m", "answers": 1, "input_tokens": 2, "output_tokens": 3, "cost_usd": cost}
    return frame(AI_COSTS, pd.DataFrame([row | {"unpriced": 0}]))


@pytest.fixture(params=["disk", "object store"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    if request.param == "disk":
        return Store(base_of({}, tmp_path))
    return Store(base_of({"LEADS_HISTORY": f"memory://bucket-{uuid4().hex}/history"}, tmp_path))


def test_a_day_is_written_read_and_replaced(store: Store) -> None:
    assert load("ai_costs", store=store).empty
    store.write(AI_COSTS, "2026-11-23", costs("2026-11-23"))
    store.write(AI_COSTS, DAY, costs())
    store.write(AI_COSTS, DAY, costs(cost=9.0))
    assert list(store.days("ai_costs")) == ["2026-11-23", DAY]
    assert load("ai_costs", store=store)["cost_usd"].tolist() == [1.5, 9.0]
    assert load("ai_costs", since=DAY, store=store)["cost_usd"].tolist() == [9.0]
    assert load("ai_costs", until="2026-11-23", store=store)["cost_usd"].tolist() == [1.5]


def test_one_line_in_the_environment_puts_it_elsewhere(tmp_path: Path) -> None:
    assert base_of({}, tmp_path) == UPath(tmp_path / "history")
    assert base_of({"LEADS_HISTORY": " memory://bucket/leads "}, tmp_path).protocol == "memory"


@pytest.mark.parametrize("name", list(TABLES))
def test_every_table_keeps_its_types_in_parquet_even_without_rows(name: str, store: Store) -> None:
    table = TABLES[name]
    store.write(table, DAY, frame(table))
    back = load(name, store=store)
    assert {column.name: str(back[column.name].dtype) for column in table.columns} == {
        column.name: DTYPES[column.kind] for column in table.columns
    }


def test_a_table_that_there_is_not_is_told_with_those_there_are() -> None:
    with pytest.raises(LeadsError, match=r"no table 'desicions'; it has submissions, leads"):
        history.load("desicions")


@pytest.mark.parametrize(
    ("column", "value"), [("outcome", "maybe"), ("at", None), ("ref", None), ("known_at", "no date")]
)
def test_rows_that_do_not_keep_to_the_table_are_refused(column: str, value: object) -> None:
    row = {
        "ref": "L-A",
        "day": DAY,
        "outcome": "won",
        "at": "2026-11-24T10:00:00Z",
        "known_at": "2026-11-24T10:00:00Z",
        "value": 1,
        "currency": "GBP",
        "deals": 1,
        "origin": "csv",
    }
    assert len(frame(OUTCOMES, pd.DataFrame([row]))) == 1
    with pytest.raises((pandera.errors.SchemaError, ValueError)):
        frame(OUTCOMES, pd.DataFrame([row | {column: value}]))
    with pytest.raises(pandera.errors.SchemaError):
        frame(OUTCOMES, pd.DataFrame([row, row]))


def test_a_bucket_of_s3_keeps_the_days(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With `pip install s3fs "moto[server]"`."""
    pytest.importorskip("s3fs")
    server = pytest.importorskip("moto.server").ThreadedMotoServer(port=0)
    server.start()
    address = f"http://127.0.0.1:{server.get_host_and_port()[1]}"
    for name, value in {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    httpx.put(f"{address}/leads-bucket").raise_for_status()
    try:
        test_a_day_is_written_read_and_replaced(
            Store(base_of({"LEADS_HISTORY": "s3://leads-bucket/history"}, tmp_path))
        )
    finally:
        server.stop()
