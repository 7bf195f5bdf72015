"""Erasing a person in Dagster's own records: runs that carried nobody else, and all that holds their words.

Which runs those are, the ledger says. By design no record holds a person; this is for what was not foreseen.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

import dagster as dg

from orchestration_project.model import Frozen

PAGE = 1_000


class ErasedRuns(Frozen):
    """How many runs lost their records, and which are still under way."""

    erased: int
    under_way: tuple[str, ...]


def erase_records(dagster_home: Path, runs: Mapping[str, bool], terms: Collection[str]) -> ErasedRuns:
    """`runs` tells of each run whether it carried nobody else: those go whole. Of the others those go in
    whose events one of the words stands."""
    words = [term.casefold() for term in terms]
    erased, under_way = 0, list[str]()
    with dg.DagsterInstance.from_config(str(dagster_home)) as instance:
        for run_id, alone in runs.items():
            run = instance.get_run_by_id(run_id)
            if run is None:
                continue
            if not run.is_finished:
                under_way.append(run_id)
                continue
            if alone or _holds(instance, run_id, words):
                instance.compute_log_manager.delete_logs(prefix=[run_id])
                instance.delete_run(run_id)
                erased += 1
    return ErasedRuns(erased=erased, under_way=tuple(under_way))


def _holds(instance: dg.DagsterInstance, run_id: str, words: Collection[str]) -> bool:
    cursor: str | None = None
    while True:
        page = instance.get_records_for_run(run_id, cursor=cursor, limit=PAGE)
        for entry in page.records:
            told = dg.serialize_value(entry.event_log_entry).casefold()
            if any(word in told for word in words):
                return True
        if not page.has_more:
            return False
        cursor = page.cursor
