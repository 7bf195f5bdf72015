"""Words that stand in Dagster's own tables, where it keeps them beside the ledger. Its API can look for none.

What is done about a run is Dagster's own to do (`watch/erase/records.py`).
"""

from collections.abc import Sequence

from sqlalchemy import Engine, text


def _holds(column: str) -> str:
    return (
        f"EXISTS (SELECT FROM unnest(CAST(:words AS text[])) AS word WHERE strpos(lower({column}), word) > 0)"
    )


# no word of these comes from outside
_RUNS = text(
    f"SELECT run_id FROM dagster.event_logs WHERE run_id <> '' AND {_holds('event')} "  # noqa: S608
    f"UNION SELECT run_id FROM dagster.runs WHERE {_holds('run_body')} "
    f"UNION SELECT run_id FROM dagster.run_tags WHERE {_holds('value')}"
)
_TICKS = text(f"DELETE FROM dagster.job_ticks WHERE {_holds('tick_body')}")  # noqa: S608


def runs_naming(engine: Engine, words: Sequence[str]) -> frozenset[str]:
    """Ids of the runs of which an event, a tag or the configuration holds one of the words (small letters).
    It reads all of them. Empty: none, or Dagster keeps its records elsewhere."""
    if not words or not _is_here(engine, "runs"):
        return frozenset()
    with engine.connect() as connection:
        return frozenset(connection.execute(_RUNS, {"words": list(words)}).scalars())


def remove_ticks(engine: Engine, words: Sequence[str]) -> int:
    """Of sensors and schedules, those in which one of the words stands. Answers how many."""
    if not words or not _is_here(engine, "job_ticks"):
        return 0
    with engine.begin() as connection:
        return connection.execute(_TICKS, {"words": list(words)}).rowcount


def _is_here(engine: Engine, table: str) -> bool:
    with engine.connect() as connection:
        return (
            connection.execute(text("SELECT to_regclass(:name)"), {"name": f"dagster.{table}"}).scalar()
            is not None
        )
