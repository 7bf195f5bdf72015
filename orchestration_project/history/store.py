"""Where history's frames are kept: Parquet, one file a table and day, on this disk or in an object store.

Which frames there are is said by `tables.py`; who writes them, the IO manager. pandas is imported here.
"""

import io
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from uuid import uuid4

import pandas as pd
from upath import UPath

from orchestration_project.errors import LeadsError
from orchestration_project.history.columns import HistoryTable
from orchestration_project.history.frames import empty, typed
from orchestration_project.history.tables import TABLES


def base_of(environment: Mapping[str, str], home: Path) -> UPath:
    """LEADS_HISTORY, which may be s3://, gs:// or abfs://; else `history` in the installation's folder."""
    given = environment.get("LEADS_HISTORY", "").strip()
    return UPath(given) if given else UPath(home / "history")


@dataclass(frozen=True)
class Store:
    """The Parquet files below one folder: TABLE/2026-11-24.parquet."""

    base: UPath

    def path(self, table: str, day: str) -> UPath:
        return self.base / table / f"{day}.parquet"

    def write(self, table: HistoryTable, day: str, rows: pd.DataFrame) -> UPath:
        """Puts the day's file in the place of the one that was there, if any; nobody ever reads half of it.
        The rows have been checked by `frame`."""
        path = self.path(table.name, day)
        write_whole(path, parquet(rows))
        return path

    def read(self, table: str, days: Iterable[str]) -> pd.DataFrame:
        """Of those days together; days that nobody has made yet have no rows."""
        found = [
            read_parquet(self.path(table, day)) for day in sorted(days) if self.path(table, day).exists()
        ]
        with_rows = [rows for rows in found if len(rows)]
        if not with_rows:
            return empty(table).copy()
        return with_rows[0] if len(with_rows) == 1 else pd.concat(with_rows, ignore_index=True)

    def days(self, table: str, since: date | None = None, until: date | None = None) -> Iterator[str]:
        """The days that are there, oldest first. Both ends belong to it."""
        folder = self.base / table
        if not folder.exists():
            return
        for name in sorted(path.name for path in folder.iterdir()):
            day, dot, kind = name.partition(".")
            if dot and kind == "parquet":
                which = date.fromisoformat(day)
                if (since is None or which >= since) and (until is None or which <= until):
                    yield day


def parquet(rows: pd.DataFrame) -> bytes:
    buffer = io.BytesIO()
    rows.to_parquet(buffer, index=False)
    return buffer.getvalue()


def read_parquet(path: UPath) -> pd.DataFrame:
    return pd.read_parquet(io.BytesIO(path.read_bytes()))


def write_whole(path: UPath, content: bytes) -> None:
    """All or nothing: an object store does so by itself, and on a disk the name is given last."""
    if path.protocol not in ("", "file", "local"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return
    place = Path(path.path)
    place.parent.mkdir(parents=True, exist_ok=True)
    fresh = place.with_name(f"{place.name}.{uuid4().hex[:8]}.new")
    try:
        fresh.write_bytes(content)
        os.replace(fresh, place)  # noqa: PTH105 - the same
    finally:
        fresh.unlink(missing_ok=True)


def load(
    table: str,
    since: date | str | None = None,
    until: date | str | None = None,
    *,
    store: Store | None = None,
) -> pd.DataFrame:
    """A table of history as a typed frame, of the leads submitted from `since` to `until`, both included.

    Columns and types are told by `ledger_tables.py` and `derived_tables.py`. Raises LeadsError where there is
    no such table.
    """
    if table not in TABLES:
        raise LeadsError(f"History has no table {table!r}; it has {', '.join(TABLES)}.")
    where = store if store is not None else Store(base_of(os.environ, _home()))
    return typed(TABLES[table], where.read(table, where.days(table, since=_date(since), until=_date(until))))


def _date(given: date | str | None) -> date | None:
    return date.fromisoformat(given) if isinstance(given, str) else given


def _home() -> Path:
    from orchestration_project.installation import locate  # noqa: PLC0415 - of this call only

    return locate(os.environ).home
