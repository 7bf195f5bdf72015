"""What the ledger knows of persons across their leads: earlier leads, and the first touch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from pydantic import AwareDatetime
from sqlalchemy import Connection, Engine, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.facts import put
from orchestration_project.model import Attribution, Clock, EarlierLead, Frozen, Lead, Ref

NOBODY_WAITS_FOR = ("quarantined", "imported", "needs_person", "to_check", "erased")
"""A lead in one of these states stands for nobody: one that comes after it is news."""


class Introduction(Frozen):
    """Whose lead it is, and where the person came from this time."""

    ref: Ref
    person_key: str | None  # None: no usable address
    submitted_at: AwareDatetime
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

    def earlier_lead(self, ref: Ref, person_key: str, window: timedelta) -> EarlierLead | None:
        """The person's newest other lead before this one and within the window that stands for them: not in
        quarantine, not waiting for a person or to be checked, not history. Of two at the same moment, the one
        received first counts."""
        leads, work = tables.submissions, tables.work
        with self.engine.connect() as connection:
            me = connection.execute(
                select(work.c.lead_id, work.c.submitted_at)
                .join(leads, leads.c.id == work.c.lead_id)
                .where(leads.c.ref == ref)
            ).one()
            row = connection.execute(
                select(leads.c.ref, work.c.submitted_at)
                .join(leads, leads.c.id == work.c.lead_id)
                .where(
                    work.c.person_key == person_key,
                    work.c.lead_id != me.lead_id,
                    # an imported one was never acted on, so it cannot stand for this one
                    work.c.state.not_in(NOBODY_WAITS_FOR),
                    tuple_(work.c.submitted_at, work.c.lead_id) < tuple_(me.submitted_at, me.lead_id),
                    work.c.submitted_at >= me.submitted_at - window,
                )
                .order_by(work.c.submitted_at.desc(), work.c.lead_id.desc())
                .limit(1)
            ).first()
        return EarlierLead(ref=row.ref, submitted_at=row.submitted_at) if row else None
