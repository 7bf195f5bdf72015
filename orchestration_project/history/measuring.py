"""How good the scores were, from the ledger as it is now: decided live, or what re-scoring found where nobody
decided live, as of imported leads. pandas is imported here.

What is measured, and how, is in `evaluation/quality.py`.
"""

from datetime import date, datetime

import pandas as pd

from orchestration_project.errors import LeadsError
from orchestration_project.history.days import day_of
from orchestration_project.history.evaluation.from_tables import NEEDED, Tables, quality_of
from orchestration_project.history.evaluation.quality import ScoreQuality
from orchestration_project.history.read import read_days
from orchestration_project.history.tables import TABLES
from orchestration_project.ledger.history import HistoryReader
from orchestration_project.ledger.sides import Side, Sides

_SCORED = ("ref", "score", "service")
_NOTHING = (
    "No lead has a score yet. Leads that come in are scored by themselves; of leads that were imported "
    "`leads rescore live` finds out what the live rules say."
)


def quality(reader: HistoryReader, sides: Sides, side: Side, now: datetime) -> ScoreQuality:
    """Raises LeadsError where nothing was scored by these rules."""
    rows = sides.decided(side, None, None)
    first = reader.first_day()
    if not rows or first is None:
        raise LeadsError(_NOTHING)
    scored = pd.DataFrame([[row[name] for name in _SCORED] for row in rows], columns=list(_SCORED))
    scored = scored.assign(score=scored["score"].astype("Float64").astype(float))
    return quality_of(_tables(reader, first, day_of(now, reader.zone)), scored, pd.Timestamp(now))


def _tables(reader: HistoryReader, first: date, last: date) -> Tables:
    return Tables({name: read_days(reader, TABLES[name], first, last) for name in NEEDED})
