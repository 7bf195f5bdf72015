"""Erasing a person in Dagster's own records: runs that carried nobody else, and all that holds their words.

Which runs those are, the ledger says. By design no record holds a person; this is for what was not foreseen.
"""

from collections.abc import Collection, Mapping
from pathlib import Path

import dagster as dg
from sqlalchemy import Engine

from orchestration_project.ledger.dagster_records import remove_ticks, runs_naming
from orchestration_project.ledger.search import spelled
from orchestration_project.model import Frozen

PAGE = 1_000


class ErasedRuns(Frozen):
    """How many runs lost their records, and which are still under way."""

    erased: int
    under_way: tuple[str, ...]


def erase_records(
    dagster_home: Path, engine: Engine, runs: Mapping[str, bool], terms: Collection[str]
) -> ErasedRuns:
    """`runs` tells of each run of theirs whether it carried nobody else: those go whole. Of the others,
    and of all that Dagster keeps beside the ledger, those go in which one of the words stands: in an event, a
    tag or the configuration. So do ticks, with the errors that they had."""
    words = spelled(terms)
    suspects = dict.fromkeys(runs_naming(engine, words), False) | dict(runs)
    erased, under_way = 0, list[str]()
    with dg.DagsterInstance.from_config(str(dagster_home)) as instance:
        for run_id, alone in suspects.items():
            run = instance.get_run_by_id(run_id)
            if run is None or not (alone or _holds(instance, run, words)):
                continue
            if not run.is_finished:
                under_way.append(run_id)
                continue
            instance.compute_log_manager.delete_logs(prefix=[run_id])
            instance.delete_run(run_id)
            erased += 1
    remove_ticks(engine, words)
    return ErasedRuns(erased=erased, under_way=tuple(under_way))


def _holds(instance: dg.DagsterInstance, run: dg.DagsterRun, words: Collection[str]) -> bool:
    if _names(dg.serialize_value(run), words):
        return True
    cursor: str | None = None
    while True:
        page = instance.get_records_for_run(run.run_id, cursor=cursor, limit=PAGE)
        if any(_names(dg.serialize_value(entry.event_log_entry), words) for entry in page.records):
            return True
        if not page.has_more:
            return False
        cursor = page.cursor


def _names(told: str, words: Collection[str]) -> bool:
    small = told.lower()
    return any(word in small for word in words)
