"""What a table of history is made of, and the columns that several of them have.

Which tables there are is in `ledger_tables.py` and `derived_tables.py`.
"""

from dataclasses import dataclass
from typing import Literal

from orchestration_project.model import ScoreStatus

Kind = Literal["text", "integer", "number", "flag", "moment", "day"]
"""In pandas: str, Int64, float64, boolean, datetime64[us, UTC] and datetime64[us]. Any may be missing."""


@dataclass(frozen=True)
class Column:
    """`allowed`: all that it can hold, where that is known. `needed`: it is never missing."""

    name: str
    kind: Kind
    about: str
    allowed: tuple[str, ...] = ()
    needed: bool = False


@dataclass(frozen=True)
class HistoryTable:
    """`key`: the columns that tell its rows apart."""

    name: str
    about: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


REF = Column("ref", "text", "the lead's public id; `leads show REF` tells its story", needed=True)
DAY = Column("day", "day", "the partition: when it was submitted, in the business' time zone", needed=True)
SOURCE = Column("source", "text", "the form source, as connections.yaml calls it", needed=True)
DECISION = Column("decision_id", "integer", "number of the decision in the ledger", needed=True)
DECIDED = Column("decided_at", "moment", "when it was decided", needed=True)
VERSION = Column("playbook_version", "text", "the rules it was decided by", needed=True)
TRACK = Column("track", "text", "where the newest decision sends the lead")
STATUS = Column(
    "score_status",
    "text",
    "`scored`, or why there is no score of the AI",
    tuple(status.value for status in ScoreStatus),
    needed=True,
)
SCORE = Column("score", "integer", "0-10; missing where there is none")
COST = Column("cost_usd", "number", "US dollars; missing where the model has no price")


def count(name: str, about: str) -> Column:
    return Column(name, "integer", about, needed=True)


def flag(name: str, about: str) -> Column:
    return Column(name, "flag", about, needed=True)
