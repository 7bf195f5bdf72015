"""Rows of files that are here: under which ids, and whose they are. Taking them in is `imports.py`."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Engine, select

from orchestration_project.ledger import tables
from orchestration_project.ledger.reading import reading
from orchestration_project.model import Frozen, Ref


class RowOf(Frozen):
    """A row that was taken in from a file, and whose it is."""

    ref: Ref
    external_id: str
    person_key: str
    undated: bool


@dataclass(frozen=True)
class ImportedRows:
    """Of one source, under ids that begin in one way."""

    engine: Engine
    source: str
    beginning: str

    def any(self) -> bool:
        leads = tables.submissions
        with reading(self.engine) as connection:
            return connection.execute(select(leads.c.id).where(*self._ours()).limit(1)).first() is not None

    def of(self, person_keys: Collection[str]) -> tuple[RowOf, ...]:
        """Those of these people, the oldest first."""
        leads, work = tables.submissions, tables.work
        undated = (work.c.submitted_at == leads.c.received_at).label("undated")
        query = (
            select(leads.c.ref, leads.c.external_id, work.c.person_key, undated)
            .join(work, work.c.lead_id == leads.c.id)
            .where(work.c.person_key.in_(tuple(person_keys)), *self._ours())
            .order_by(leads.c.id)
        )
        with reading(self.engine) as connection:
            return tuple(
                RowOf(
                    ref=Ref(row.ref),
                    external_id=row.external_id,
                    person_key=row.person_key,
                    undated=row.undated,
                )
                for row in connection.execute(query)
            )

    def _ours(self) -> tuple[ColumnElement[bool], ...]:
        leads = tables.submissions
        return leads.c.source == self.source, leads.c.external_id.startswith(self.beginning, autoescape=True)
