"""The typed frames of history: a pandera schema of each table, and what makes a frame keep to it.

pandas is imported here, so whoever a live run loads imports this module inside of functions only. What the
columns mean is in `tables.py`.
"""

from collections.abc import Mapping
from functools import cache

import pandas as pd
import pandera.pandas as pa

from orchestration_project.history.columns import Column, HistoryTable, Kind
from orchestration_project.history.tables import TABLES

DTYPES: Mapping[Kind, str] = {
    "text": "str",
    "integer": "Int64",
    "number": "float64",
    "flag": "boolean",
    "moment": "datetime64[us, UTC]",
    "day": "datetime64[us]",
}


@cache
def schema(name: str) -> pa.DataFrameSchema:
    """Of the table of that name. Columns in this order, no others; missing only where the table allows it."""
    table = TABLES[name]
    return pa.DataFrameSchema(
        {column.name: _column(column) for column in table.columns},
        unique=list(table.key),
        strict=True,
        ordered=True,
        name=table.name,
    )


def _column(column: Column) -> pa.Column:
    return pa.Column(
        DTYPES[column.kind],
        checks=[pa.Check.isin(column.allowed)] if column.allowed else [],
        nullable=not column.needed,
        description=column.about,
    )


def typed(table: HistoryTable, rows: Mapping[str, object] | pd.DataFrame) -> pd.DataFrame:
    """The rows in the table's columns and types, not yet checked."""
    made = pd.DataFrame(rows, columns=list(table.names))
    return made.astype({column.name: DTYPES[column.kind] for column in table.columns})


@cache
def empty(name: str) -> pd.DataFrame:
    """Without rows, but with the types. Not to be changed in place."""
    return frame(TABLES[name])


def frame(table: HistoryTable, rows: Mapping[str, object] | pd.DataFrame | None = None) -> pd.DataFrame:
    """The rows as a frame of that table's types, checked; without rows an empty one.

    Raises pandera's SchemaError naming the column that does not keep to the table.
    """
    return schema(table.name).validate(typed(table, rows if rows is not None else {}))
