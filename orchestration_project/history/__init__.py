"""History: what the ledger knows, as assets a data team browses, backfills and reads as frames.

It only reads the ledger and acts on nothing. pandas, matplotlib and pyarrow take a second to import, so no
module imports them that a live run loads: the bodies of assets do.
"""

from datetime import date
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def load(table: str, since: date | str | None = None, until: date | str | None = None) -> "pd.DataFrame":
    """A table of this installation's history as a typed frame: `load("decisions", since="2026-11-01")`.

    Of the leads submitted from `since` to `until`, both included. What the columns mean is told in
    `tables.py`. Raises LeadsError for a table that there is not.
    """
    from orchestration_project.history.store import load as load_from_store  # noqa: PLC0415 - pandas

    return load_from_store(table, since, until)
