"""From the ledger's rows to typed frames: one table, some days. pandas is imported here.

The queries are `ledger/history.py`, the types `frames.py`.
"""

from collections.abc import Sequence
from datetime import date

import pandas as pd

from orchestration_project.history.columns import HistoryTable
from orchestration_project.history.days import bounds
from orchestration_project.history.derived_tables import AI_COSTS
from orchestration_project.history.frames import empty, frame, typed
from orchestration_project.ledger.history import Chunk, HistoryReader
from orchestration_project.timezones import zone


def read_days(reader: HistoryReader, table: HistoryTable, first: date, last: date) -> pd.DataFrame:
    """The rows of the leads that were submitted on these days, as the ledger has them now; of AI_COSTS what
    was paid on these days. Both ends belong to it."""
    start, _ = bounds(first, reader.zone)
    _, end = bounds(last, reader.zone)
    made = _costs if table is AI_COSTS else _rows
    # typed by the chunk: a frame is a tenth of the size of the rows it is made of
    chunks = (chunk for chunk in reader.read(table.name, start, end) if chunk.rows)
    parts = [made(table, _with_day(chunk, reader.zone)) for chunk in chunks]
    if not parts:  # to type and check nothing takes as long as to do it with some rows
        return empty(table.name).copy()
    if table is AI_COSTS:
        sums = pd.concat(parts).groupby(list(AI_COSTS.key), as_index=False).sum()
        return frame(table, sums)
    return frame(table, parts[0] if len(parts) == 1 else pd.concat(parts, ignore_index=True))


def _with_day(chunk: Chunk, time_zone: str) -> pd.DataFrame:
    rows = pd.DataFrame(list(map(tuple, chunk.rows)), columns=list(chunk.columns))
    local = pd.to_datetime(rows["moment"], utc=True).dt.tz_convert(zone(time_zone))
    return rows.assign(
        day=local.dt.tz_localize(None).dt.normalize(), hour=local.dt.hour, weekday=local.dt.day_of_week
    )


def _rows(table: HistoryTable, rows: pd.DataFrame) -> pd.DataFrame:
    return typed(table, rows)


def _costs(table: HistoryTable, rows: pd.DataFrame) -> pd.DataFrame:
    rows = rows.assign(unpriced=rows["cost_usd"].isna(), cost_usd=rows["cost_usd"].astype(float), answers=1)
    sums = rows.groupby(["day", "model"], as_index=False)[
        ["answers", "input_tokens", "output_tokens", "cost_usd", "unpriced"]
    ].sum()
    return typed(table, sums)


def texts_of(reader: HistoryReader, span: Sequence[str]) -> pd.DataFrame:
    """What people wrote, by ref: `message`, and the other answers as JSON. It holds people."""
    start, _ = bounds(date.fromisoformat(span[0]), reader.zone)
    _, end = bounds(date.fromisoformat(span[-1]), reader.zone)
    rows = [row for chunk in reader.read("texts", start, end) for row in chunk.rows]
    return pd.DataFrame(rows, columns=["ref", "message", "answers"]).astype("str")
