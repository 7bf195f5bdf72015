"""Makes the frames of a table for any days: from the ledger, or from frames that were made before.

The only place that knows which table comes from where. pandas is imported here.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date

import pandas as pd

from orchestration_project.history import derive
from orchestration_project.history.frames import empty
from orchestration_project.history.partitions import spans
from orchestration_project.history.read import read_days
from orchestration_project.history.resources import History
from orchestration_project.history.tables import TABLES
from orchestration_project.ledger.history import QUERIES, HistoryReader

DERIVED: Mapping[str, tuple[Callable[[derive.Frames], pd.DataFrame], tuple[str, ...]]] = {
    "funnel": (derive.funnel, ("submissions", "decisions", "receipts", "outcomes")),
    "speed_to_lead": (derive.speed_to_lead, ("submissions", "decisions", "receipts", "outcomes")),
    "source_quality": (derive.source_quality, ("submissions", "leads", "decisions", "outcomes")),
}
"""Who works it out, from which tables."""
_DAY = "%Y-%m-%d"


def make(history: History, name: str, days: Sequence[str]) -> Iterator[tuple[str, pd.DataFrame]]:
    """A checked frame for each of the days, in order."""
    for span in spans(days):
        rows = _of(history, name, span)
        by_day = {
            str(day): part.reset_index(drop=True) for day, part in rows.groupby(rows["day"].dt.strftime(_DAY))
        }
        for day in span:
            yield day, by_day[day] if day in by_day else empty(name)


def _of(history: History, name: str, span: Sequence[str]) -> pd.DataFrame:
    if name in QUERIES:
        return _read(history.reader, name, span)
    derived, needed = DERIVED[name]
    return derived({other: history.store.read(other, span) for other in needed})


def work_out(reader: HistoryReader, name: str, span: Sequence[str]) -> pd.DataFrame:
    """The same from the ledger alone, whatever has been made of these days before."""
    if name in QUERIES:
        return _read(reader, name, span)
    derived, needed = DERIVED[name]
    return derived({other: _read(reader, other, span) for other in needed})


def _read(reader: HistoryReader, name: str, span: Sequence[str]) -> pd.DataFrame:
    return read_days(reader, TABLES[name], date.fromisoformat(span[0]), date.fromisoformat(span[-1]))
