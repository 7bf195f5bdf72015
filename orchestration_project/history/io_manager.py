"""The IO manager of history: frames by the day into the store, and out of it for whoever takes them as input.

Where and how they are kept is `store.py`; pandas is imported when something is written or read.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import dagster as dg

from orchestration_project.history.resources import home_of
from orchestration_project.history.tables import TABLES

if TYPE_CHECKING:
    import pandas as pd
    from upath import UPath


@dataclass(frozen=True)
class Days:
    """What an asset of history answers: a checked frame for each of its days, made as it is asked for."""

    parts: "Iterable[tuple[str, pd.DataFrame]]"


class HistoryIOManager(dg.UPathIOManager):
    """`Days` are written one after another, so that a year of them is never in memory; a frame is written
    for the one partition of the run."""

    extension = ".parquet"

    def handle_output(self, context: dg.OutputContext, obj: Any) -> None:
        if not isinstance(obj, Days):
            super().handle_output(context, obj)
            return
        from orchestration_project.history.store import Store  # noqa: PLC0415 - pandas

        store, table = Store(self._base_path), TABLES[context.asset_key.path[-1]]
        for day, part in obj.parts:
            store.write(table, day, part)

    def dump_to_path(self, context: dg.OutputContext, obj: "pd.DataFrame", path: "UPath") -> None:
        from orchestration_project.history.frames import frame  # noqa: PLC0415 - pandas
        from orchestration_project.history.store import parquet, write_whole  # noqa: PLC0415 - pandas

        table = TABLES.get(context.asset_key.path[-1])
        write_whole(path, parquet(frame(table, obj) if table is not None else obj))

    def load_from_path(self, context: dg.InputContext, path: "UPath") -> "pd.DataFrame":  # noqa: ARG002 - as dagster calls it
        from orchestration_project.history.store import read_parquet  # noqa: PLC0415 - pandas

        return read_parquet(path)


class HistoryIO(dg.ConfigurableIOManagerFactory[HistoryIOManager]):
    home: str = ""
    """Empty: that of the installation."""

    def create_io_manager(self, context: dg.InitResourceContext) -> HistoryIOManager:  # noqa: ARG002 - the same
        from orchestration_project.history.store import base_of  # noqa: PLC0415 - pandas

        return HistoryIOManager(base_path=base_of(os.environ, home_of(self.home)))
