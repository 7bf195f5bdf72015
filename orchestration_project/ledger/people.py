"""What the ledger knows of persons across their leads: earlier leads, and the first touch."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pydantic import AwareDatetime
from sqlalchemy import Connection, Engine, delete, exists, select, true, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.facts import put
from orchestration_project.ledger.journal import note
from orchestration_project.ledger.rows import rows_of
from orchestration_project.model import OPEN, Attribution, Clock, EarlierLead, Frozen, Lead, Ref, State

NOBODY_WAITS_FOR = ("quarantined", "imported", "needs_person", "to_check", "erased")
"""A lead in one of these states stands for nobody: one that comes after it is news."""
NEWEST_OF_A_KEY = 12


class Introduction(Frozen):
    """Whose lead it is, and where the person came from this time."""

    ref: Ref
    person_key: str | None  # None: no usable address
    submitted_at: AwareDatetime
    keys: frozenset[str] = frozenset()  # by which leads that may be of one person find one another
    touch: Attribution = Attribution()
    lead: Lead | None = None  # as it was read; None: it cannot be read


@dataclass(frozen=True)
class People:
    engine: Engine
    clock: Clock

    def introduce(self, introductions: Sequence[Introduction]) -> None:
        """Writes down whose leads these are and what they say, with the person's first touch. In one
        transaction: a burst that could be claimed bit by bit would start as many small runs."""
        with self.engine.begin() as connection:
            # in one order, whoever introduces: two bursts of the same people wait instead of deadlocking
            for introduction in sorted(introductions, key=lambda each: each.person_key or ""):
                self._introduce(connection, introduction)

    def _introduce(self, connection: Connection, given: Introduction) -> None:
        leads, work = tables.submissions, tables.work
        lead_id = connection.execute(select(leads.c.id).where(leads.c.ref == given.ref)).scalar_one()
        connection.execute(
            update(work)
            .where(work.c.lead_id == lead_id)
            .values(person_key=given.person_key, submitted_at=given.submitted_at)
        )
        connection.execute(
            update(work).where(work.c.lead_id == lead_id, work.c.state == "received").values(try_at=None)
        )
        put_keys(connection, {lead_id: given.keys})
        touch = self._first_touch(connection, lead_id, given)
        if given.lead is not None:
            put(connection, {lead_id: given.lead.model_copy(update={"first_touch": touch})}, self.clock)

    @staticmethod
    def _first_touch(connection: Connection, lead_id: int, given: Introduction) -> Attribution:
        """The person's first touch, which this may be. Without a person key it is the lead's own."""
        touches = tables.first_touches
        if given.person_key is None:
            return given.touch
        connection.execute(
            insert(touches)
            .values(
                person_key=given.person_key, lead_id=lead_id, attribution=given.touch.model_dump(mode="json")
            )
            .on_conflict_do_nothing()
        )
        first = connection.execute(
            select(touches.c.attribution).where(touches.c.person_key == given.person_key)
        ).scalar_one()
        return Attribution.model_validate(first)

    def known_refs(self, person_key: str) -> frozenset[Ref]:
        """All leads of that person."""
        leads, work = tables.submissions, tables.work
        query = (
            select(leads.c.ref)
            .join(work, work.c.lead_id == leads.c.id)
            .where(work.c.person_key == person_key)
        )
        with self.engine.connect() as connection:
            return frozenset(Ref(ref) for ref in connection.execute(query).scalars())

    def perhaps_the_same(self, refs: Sequence[Ref]) -> dict[Ref, tuple[EarlierLead, ...]]:
        """Of each lead the earlier ones with which it has a key in common, the newest first: of each key the
        newest few, so that a firm with a thousand leads costs no more than one with ten. Not those that were
        set aside. Of two at the same moment, the one received first is the earlier."""
        leads, work, table = tables.submissions, tables.work, tables.lead_keys
        mine, my_work, other, their_work = leads.alias(), work.alias(), leads.alias(), work.alias()
        key, one = table.alias(), table.alias()
        few = (
            select(one.c.lead_id)
            .where(one.c.key == key.c.key, one.c.lead_id != key.c.lead_id)
            .order_by(one.c.lead_id.desc())
            .limit(NEWEST_OF_A_KEY)
            .lateral()
        )
        query = (
            select(mine.c.ref, other.c.ref.label("other"), their_work.c.submitted_at, their_work.c.state)
            .distinct()
            .select_from(mine)
            .join(my_work, my_work.c.lead_id == mine.c.id)
            .join(key, key.c.lead_id == mine.c.id)
            .join(few, true())
            .join(other, other.c.id == few.c.lead_id)
            .join(their_work, their_work.c.lead_id == other.c.id)
            .where(
                mine.c.ref.in_(tuple(refs)),
                their_work.c.state.not_in(("quarantined", "erased")),
                tuple_(their_work.c.submitted_at, their_work.c.lead_id)
                < tuple_(my_work.c.submitted_at, my_work.c.lead_id),
            )
            .order_by(their_work.c.submitted_at.desc(), other.c.ref)
        )
        found: dict[Ref, list[EarlierLead]] = {ref: [] for ref in refs}
        with self.engine.connect() as connection:
            for row in connection.execute(query):
                stands = row.state not in NOBODY_WAITS_FOR
                found[Ref(row.ref)].append(
                    EarlierLead(ref=Ref(row.other), submitted_at=row.submitted_at, stands=stands)
                )
        return {ref: tuple(earlier) for ref, earlier in found.items()}

    def wrote_again(self, first: Ref, again: Ref) -> None:
        """Into the story of the first lead: what else its person wrote is another."""
        with self.engine.begin() as connection:
            ids = [row.lead_id for row in rows_of(connection, [first])]
            note(connection, ids, at=self.clock(), event="wrote again", detail=f"as {again}")

    def undecided(self, refs: Collection[Ref]) -> frozenset[Ref]:
        """Those of them that are under way, and of which nothing has been decided yet."""
        leads, work, decisions = tables.submissions, tables.work, tables.decisions
        query = (
            select(leads.c.ref)
            .join(work, work.c.lead_id == leads.c.id)
            .where(
                leads.c.ref.in_(tuple(refs)),
                work.c.state.in_(tuple(OPEN)),
                ~exists().where(decisions.c.lead_id == leads.c.id),
            )
        )
        with self.engine.connect() as connection:
            return frozenset(Ref(ref) for ref in connection.execute(query).scalars())

    def standing(self, refs: Collection[Ref]) -> dict[Ref, State]:
        """Those of them that stand for their person (see NOBODY_WAITS_FOR), with their states."""
        leads, work = tables.submissions, tables.work
        query = (
            select(leads.c.ref, work.c.state)
            .join(work, work.c.lead_id == leads.c.id)
            .where(leads.c.ref.in_(tuple(refs)), work.c.state.not_in(NOBODY_WAITS_FOR))
        )
        with self.engine.connect() as connection:
            return {Ref(row.ref): row.state for row in connection.execute(query)}


def put_keys(connection: Connection, keys: Mapping[int, frozenset[str]]) -> None:
    """These and no others, by lead."""
    table = tables.lead_keys
    connection.execute(delete(table).where(table.c.lead_id.in_(tuple(keys))))
    rows = [{"lead_id": lead_id, "key": key} for lead_id, some in keys.items() for key in sorted(some)]
    if rows:
        connection.execute(insert(table), rows)
