"""What has been found out about a lead, once a kind: the ops of a run read it, and so does re-scoring.

People stand here, in submissions and in texts of decisions, and nowhere else; what a run hands on are refs.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import TypeVar

from pydantic import BaseModel
from sqlalchemy import Connection, bindparam, delete, select
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.ledger.rows import keep_mine
from orchestration_project.model import Carried, Clock, Context, HasRef, Ref

FactT = TypeVar("FactT", bound=BaseModel)
_OF_LEADS = (
    select(tables.submissions.c.ref, tables.facts.c.value)
    .join(tables.submissions, tables.submissions.c.id == tables.facts.c.lead_id)
    .where(
        tables.submissions.c.ref.in_(bindparam("refs", expanding=True)),
        tables.facts.c.kind == bindparam("kind"),
    )
)
_INSERT = insert(tables.facts)
_PUT = _INSERT.on_conflict_do_update(
    index_elements=["lead_id", "kind"],
    set_={name: _INSERT.excluded[name] for name in ("run_id", "value", "at")},
).returning(tables.facts.c.lead_id)  # SQLAlchemy sends an upsert row by row without
"""Both built once: each op asks them, and to build them takes longer than to ask."""


class Facts(Part):
    def write(self, leads: Sequence[Carried], facts: Sequence[HasRef], run_id: str) -> tuple[Carried, ...]:
        """Keeps one fact a lead, under the name of its type; a newer one of that kind replaces it. Of leads
        whose lease is old nothing is written; answers the others."""
        if not leads:
            return ()
        with self.engine.begin() as connection:
            mine = keep_mine(connection, leads)
            by_ref = {fact.ref: fact for fact in facts}
            put(
                connection,
                {lead.lead_id: by_ref[lead.ref] for lead in mine if lead.ref in by_ref},
                self.clock,
                run_id,
            )
        return mine

    def read(self, kind: type[FactT], refs: Sequence[Ref]) -> dict[Ref, FactT]:
        """The facts of that kind, by ref; leads without one are left out."""
        asked = {"refs": tuple(refs), "kind": kind.__name__}
        with reading(self.engine) as connection:
            return {row.ref: kind.model_validate(row.value) for row in connection.execute(_OF_LEADS, asked)}

    def newest(self, kind: type[FactT], most: int) -> tuple[FactT, ...]:
        """The facts of that kind that were found out last, of `most` leads."""
        table = tables.facts
        query = (
            select(table.c.value)
            .where(table.c.kind == kind.__name__)
            .order_by(table.c.at.desc(), table.c.lead_id)
        )
        with reading(self.engine) as connection:
            values = connection.execute(query.limit(most)).scalars()
            return tuple(kind.model_validate(value) for value in values)

    def forget(self, refs: Sequence[Ref], *kinds: type[BaseModel]) -> None:
        leads, table = tables.submissions, tables.facts
        with self.engine.begin() as connection:
            connection.execute(
                delete(table).where(
                    table.c.lead_id.in_(select(leads.c.id).where(leads.c.ref.in_(tuple(refs)))),
                    table.c.kind.in_([kind.__name__ for kind in kinds]),
                )
            )


def forget_contexts(connection: Connection, ids: Collection[int]) -> None:
    """Of history that a run is to act on: nobody was asked about it when it came, and now somebody is."""
    connection.execute(
        delete(tables.facts).where(tables.facts.c.lead_id.in_(ids), tables.facts.c.kind == Context.__name__)
    )


def put(connection: Connection, facts: Mapping[int, HasRef], clock: Clock, run_id: str | None = None) -> None:
    """One fact a lead, by lead id."""
    rows = [
        {
            "lead_id": lead_id,
            "kind": type(fact).__name__,
            "run_id": run_id,
            "value": fact.model_dump(mode="json") if isinstance(fact, BaseModel) else None,
            "at": clock(),
        }
        for lead_id, fact in facts.items()
    ]
    if rows:
        connection.execute(_PUT, rows)
