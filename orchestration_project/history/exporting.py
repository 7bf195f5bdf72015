"""A table of history as one file, read from the ledger as it is now, some days at a time.

pandas is imported here. The files that assets make are `store.py`.
"""

from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration_project.history.making import work_out
from orchestration_project.history.partitions import spans
from orchestration_project.history.read import texts_of
from orchestration_project.ledger.history import HistoryReader


def export_table(
    reader: HistoryReader, table: str, days: Sequence[date], to: Path, *, with_texts: bool = False
) -> int:
    """How many rows were written. Raises OSError where the file cannot be."""
    rows = 0
    with _writer(to) as write:
        for span in spans([day.isoformat() for day in days]):
            part = work_out(reader, table, span)
            if with_texts:
                part = part.merge(texts_of(reader, span), on="ref", how="left", validate="1:1")
            if len(part) or span[-1] == days[-1].isoformat():
                write(part)
            rows += len(part)
    return rows


@contextmanager
def _writer(to: Path) -> Generator[Callable[[pd.DataFrame], None]]:
    """Writes frames of one kind behind one another."""
    if to.suffix == ".csv":
        with to.open("w", encoding="utf-8", newline="") as file:
            first = True

            def add(rows: pd.DataFrame) -> None:
                nonlocal first
                rows.to_csv(file, index=False, header=first)
                first = False

            yield add
        return
    opened: list[pq.ParquetWriter] = []

    def add_group(rows: pd.DataFrame) -> None:
        arrow = pa.Table.from_pandas(rows, preserve_index=False)
        if not opened:
            opened.append(pq.ParquetWriter(to, arrow.schema))
        opened[0].write_table(arrow.cast(opened[0].schema))

    try:
        yield add_group
    finally:
        for writer in opened:
            writer.close()
