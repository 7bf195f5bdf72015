"""What the ledger knows of persons across their leads: earlier leads, and the first touch."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.data.duplicates import EarlierLead
from orchestration_project.ledger import tables
from orchestration_project.model import Attribution, Clock, Ref


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
        leads, work = tables.submissions, tables.work
        with self.engine.begin() as connection:
            lead_id = connection.execute(select(leads.c.id).where(leads.c.ref == ref)).scalar_one()
            connection.execute(
                update(work)
                .where(work.c.lead_id == lead_id)
                .values(person_key=person_key, submitted_at=submitted_at, not_before=None)
            )
            if person_key is None:
                return touch
            connection.execute(
                insert(tables.first_touches)
                .values(person_key=person_key, lead_id=lead_id, attribution=touch.model_dump(mode="json"))
                .on_conflict_do_nothing()
            )
            first = connection.execute(
                select(tables.first_touches.c.attribution).where(
                    tables.first_touches.c.person_key == person_key
                )
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
