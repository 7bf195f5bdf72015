"""What the ledger knows of persons across their leads: earlier leads, and the first touch."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import AwareDatetime
from sqlalchemy import Connection, Engine, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.model import Attribution, Clock, EarlierLead, Frozen, Ref


class Introduction(Frozen):
    """Whose lead it is, and where the person came from this time."""

    ref: Ref
    person_key: str | None
    submitted_at: AwareDatetime
    touch: Attribution


@dataclass(frozen=True)
class People:
    engine: Engine
    clock: Clock

    def introduce(
        self, ref: Ref, person_key: str | None, submitted_at: datetime, touch: Attribution
    ) -> Attribution:
        """Writes down whose lead this is; answers the person's first touch, which this may be.

        Without a person key (no usable address) the touch is the lead's own.
        """
        introduction = Introduction(ref=ref, person_key=person_key, submitted_at=submitted_at, touch=touch)
        with self.engine.begin() as connection:
            return self._introduce(connection, introduction)

    def introduce_all(self, introductions: Sequence[Introduction]) -> None:
        """In one transaction: a burst that could be claimed bit by bit would start as many small runs."""
        with self.engine.begin() as connection:
            # in one order, whoever introduces: two bursts of the same people wait instead of deadlocking
            for introduction in sorted(introductions, key=lambda each: each.person_key or ""):
                self._introduce(connection, introduction)

    def _introduce(self, connection: Connection, told: Introduction) -> Attribution:
        leads, work, touches = tables.submissions, tables.work, tables.first_touches
        lead_id = connection.execute(select(leads.c.id).where(leads.c.ref == told.ref)).scalar_one()
        connection.execute(
            update(work)
            .where(work.c.lead_id == lead_id)
            .values(person_key=told.person_key, submitted_at=told.submitted_at, not_before=None)
        )
        if told.person_key is None:
            return told.touch
        connection.execute(
            insert(touches)
            .values(
                person_key=told.person_key, lead_id=lead_id, attribution=told.touch.model_dump(mode="json")
            )
            .on_conflict_do_nothing()
        )
        first = connection.execute(
            select(touches.c.attribution).where(touches.c.person_key == told.person_key)
        ).scalar_one()
        return Attribution.model_validate(first)

    def earlier_lead(self, ref: Ref, person_key: str, window: timedelta) -> EarlierLead | None:
        """The person's newest other lead before this one and within the window that was not put in
        quarantine or imported as history. Of two at the same moment, the one received first counts."""
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
                    work.c.status.not_in(("quarantined", "imported")),
                    tuple_(work.c.submitted_at, work.c.lead_id) < tuple_(me.submitted_at, me.lead_id),
                    work.c.submitted_at >= me.submitted_at - window,
                )
                .order_by(work.c.submitted_at.desc(), work.c.lead_id.desc())
                .limit(1)
            ).first()
        return EarlierLead(ref=row.ref, submitted_at=row.submitted_at) if row else None
