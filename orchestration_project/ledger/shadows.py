"""Which candidate runs in shadow: it scores every live lead after the live decision, and nothing acts on it.

Scoring is `history/rescoring/`.
"""

from pydantic import AwareDatetime
from sqlalchemy import Update, insert, select, update

from orchestration_project.ledger import tables
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.model import Frozen


class Shadow(Frozen):
    name: str  # of the candidate, whose rules are those of its folder at each moment
    since: AwareDatetime
    who: str


class Shadows(Part):
    def now(self) -> Shadow | None:
        table = tables.shadows
        with reading(self.engine) as connection:
            row = (
                connection.execute(
                    select(table.c.name, table.c.since, table.c.who).where(table.c.until.is_(None))
                )
                .mappings()
                .first()
            )
        return Shadow.model_validate(dict(row)) if row else None

    def begin(self, name: str, who: str) -> None:
        """In the place of the one that there was, if any."""
        with self.engine.begin() as connection:
            connection.execute(self._ended())
            connection.execute(insert(tables.shadows).values(name=name, since=self.clock(), who=who))

    def end(self) -> None:
        with self.engine.begin() as connection:
            connection.execute(self._ended())

    def _ended(self) -> Update:
        return update(tables.shadows).where(tables.shadows.c.until.is_(None)).values(until=self.clock())
