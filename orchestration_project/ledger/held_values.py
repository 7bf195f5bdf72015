"""Values of leads in other systems: what we wrote there, what stands there, what is under way.

Which things there are is `copies.py`, how a value is learned `told.py`.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal

from sqlalchemy import Connection, and_, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.facts import put
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.ledger.told import held_of
from orchestration_project.model import Context, Lead, Ref
from orchestration_project.model.records import Held, Item, System

Pending = Literal["learn", "carry"]


class HeldValues(Part):
    def of(self, refs: Collection[Ref]) -> dict[Ref, tuple[Held, ...]]:
        """All values of these leads, by ref."""
        leads, table = tables.submissions, tables.copy_values
        query = (
            select(table, leads.c.ref)
            .join(leads, leads.c.id == table.c.lead_id)
            .where(leads.c.ref.in_(tuple(refs)))
            .order_by(table.c.lead_id, table.c.item, table.c.system)
        )
        found: dict[Ref, list[Held]] = {ref: [] for ref in refs}
        with reading(self.engine) as connection:
            for row in connection.execute(query):
                found[row.ref].append(held_of(row))
        return {ref: tuple(some) for ref, some in found.items()}

    def pending(self, what: Pending, limit: int) -> tuple[Ref, ...]:
        """Leads with something that is to be learned, or to be carried, the oldest change first. While one is
        gone through again nothing of what it says is carried: what it will say is not known yet."""
        leads, table, facts = tables.submissions, tables.copy_values, tables.facts
        known = select(facts.c.lead_id).where(
            facts.c.lead_id == table.c.lead_id, facts.c.kind == Context.__name__
        )
        query = (
            select(leads.c.ref)
            .join(table, table.c.lead_id == leads.c.id)
            .where(table.c.pending == what)
            .group_by(leads.c.ref)
            .order_by(func.min(table.c.since), leads.c.ref)
            .limit(limit)
        )
        if what == "carry":
            query = query.where(or_(table.c.item == "consent", known.exists()))
        with reading(self.engine) as connection:
            return tuple(Ref(ref) for ref in connection.execute(query).scalars())

    def learned(self, ref: Ref, held: Sequence[Held], lead: Lead | None, context: Context | None) -> None:
        """The lead says what its records say. What has changed meanwhile once more is learned once more."""
        with self.engine.begin() as connection:
            lead_id = _lead_id(connection, ref)
            for fact in (lead, context):
                if lead_id is not None and fact is not None:
                    put(connection, {lead_id: fact}, self.clock)
            _pass_on(connection, lead_id, held, "learn", "carry")

    def carried(self, ref: Ref, held: Sequence[Held]) -> None:
        """All copies of the lead say it, or are left as people have made them."""
        with self.engine.begin() as connection:
            _pass_on(connection, _lead_id(connection, ref), held, "carry", None)

    def will_write(self, ref: Ref, system: System, values: Mapping[Item, str]) -> None:
        """Written down before it is done: what then stands there is ours, whether we hear of it or not."""
        with self.engine.begin() as connection:
            lead_id = _lead_id(connection, ref)
            rows = [
                {"lead_id": lead_id, "system": system, "item": item, "writing": value}
                for item, value in values.items()
            ]
            if lead_id is not None and rows:
                statement = insert(tables.copy_values)
                connection.execute(
                    statement.on_conflict_do_update(
                        index_elements=["lead_id", "system", "item"],
                        set_={"writing": statement.excluded.writing},
                    ),
                    rows,
                )

    def wrote(self, ref: Ref, system: System, values: Mapping[Item, str]) -> None:
        """It stands there now."""
        table = tables.copy_values
        with self.engine.begin() as connection:
            lead_id = _lead_id(connection, ref)
            for item, value in values.items():
                connection.execute(
                    update(table)
                    .where(table.c.lead_id == lead_id, table.c.system == system, table.c.item == item)
                    .values(written=value, writing=None, says=value, since=self.clock())
                )

    def stands(self, ref: Ref, system: System, values: Mapping[Item, str]) -> None:
        """A person has made it so, and it is left; what we would have written stays beside it."""
        table = tables.copy_values
        with self.engine.begin() as connection:
            lead_id = _lead_id(connection, ref)
            for item, value in values.items():
                connection.execute(
                    update(table)
                    .where(
                        table.c.lead_id == lead_id,
                        table.c.system == system,
                        table.c.item == item,
                        table.c.says.is_distinct_from(value),
                    )
                    .values(says=value, since=self.clock())
                )

    def perhaps_different(
        self, limit: int, after: Ref | None = None, ref: Ref | None = None
    ) -> tuple[tuple[Ref, tuple[Held, ...]], ...]:
        """Leads of which two systems do not say the same words of one thing, the newest first, with all that
        is said of them. Whether the words mean the same is for the reader to say."""
        leads, one, other = tables.submissions, tables.copy_values.alias(), tables.copy_values.alias()
        differ = select(one.c.lead_id).where(
            one.c.lead_id == leads.c.id,
            or_(
                and_(one.c.writing.is_not(None), one.c.says.is_not(None), one.c.says != one.c.writing),
                select(other.c.lead_id)
                .where(
                    other.c.lead_id == one.c.lead_id,
                    other.c.item == one.c.item,
                    other.c.system > one.c.system,
                    other.c.says != one.c.says,
                )
                .exists(),
            ),
        )
        query = select(leads.c.ref).where(differ.exists()).order_by(leads.c.id.desc()).limit(limit)
        if after is not None:
            behind = select(leads.c.id).where(leads.c.ref == after).scalar_subquery()
            query = query.where(leads.c.id < behind)
        if ref is not None:
            query = query.where(leads.c.ref == ref)
        with reading(self.engine) as connection:
            refs = [Ref(found) for found in connection.execute(query).scalars()]
            gone = _gone(connection, refs)
        held = self.of(refs)
        return tuple(
            (found, tuple(one for one in held[found] if (found, one.system) not in gone)) for found in refs
        )


def _gone(connection: Connection, refs: Collection[Ref]) -> set[tuple[Ref, str]]:
    """Copies that nobody has any more: what they said last differs from nothing."""
    leads, table = tables.submissions, tables.copies
    query = (
        select(leads.c.ref, table.c.system)
        .join(table, table.c.lead_id == leads.c.id)
        .where(leads.c.ref.in_(tuple(refs)), table.c.gone_at.is_not(None))
    )
    return {(Ref(row.ref), row.system) for row in connection.execute(query)}


def _lead_id(connection: Connection, ref: Ref) -> int | None:
    leads = tables.submissions
    return connection.execute(select(leads.c.id).where(leads.c.ref == ref)).scalar()


def _pass_on(
    connection: Connection, lead_id: int | None, held: Sequence[Held], this: Pending, then: Pending | None
) -> None:
    table = tables.copy_values
    said = [(one.system, one.item, one.changes) for one in held if one.pending == this]
    if lead_id is not None and said:
        connection.execute(
            update(table)
            .where(
                table.c.lead_id == lead_id,
                table.c.pending == this,
                tuple_(table.c.system, table.c.item, table.c.changes).in_(said),
            )
            .values(pending=then)
        )
