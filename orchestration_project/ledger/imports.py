"""History: submissions of long ago, stored many at once with status `imported`, which no run takes.

New submissions go through `submissions.py` and `people.py`; `release` lets runs take them.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from pydantic import AwareDatetime
from sqlalchemy import Connection, func, select, update
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.facts import forget_contexts, put
from orchestration_project.ledger.journal import note
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.people import put_keys
from orchestration_project.ledger.reading import reading
from orchestration_project.ledger.submissions import external_id_of, make_ref
from orchestration_project.model import Attribution, Context, Delivery, Frozen, Ref


class OldSubmission(Frozen):
    """A delivery, and what the data layer says of it: whose it is, since when, from where."""

    delivery: Delivery
    person_key: str | None
    submitted_at: AwareDatetime
    touch: Attribution
    keys: frozenset[str] = frozenset()
    context: Context | None = None  # what is known of it without asking anybody
    undated: bool = False  # it has no date that can be read, and counts as submitted when it came


class Imports(Part):
    """History, taken in without a run."""

    def store(self, source: str, olds: Sequence[OldSubmission]) -> tuple[Ref, ...]:
        """Keeps each once, in one transaction; answers the refs of those that were not here yet."""
        now = self.clock()
        by_ref = {make_ref(source, external_id_of(old.delivery)): old for old in olds}
        if not by_ref:
            return ()
        with self.engine.begin() as connection:
            new = connection.execute(
                insert(tables.submissions)
                .on_conflict_do_nothing()
                .returning(tables.submissions.c.id, tables.submissions.c.ref),
                [
                    {
                        "ref": ref,
                        "source": source,
                        "external_id": external_id_of(old.delivery),
                        "content": hashlib.sha256(old.delivery.raw).hexdigest(),
                        "raw": old.delivery.raw,
                        "received_at": now,
                    }
                    for ref, old in by_ref.items()
                ],
            ).all()
            if not new:
                return ()
            connection.execute(
                insert(tables.arrivals).on_conflict_do_nothing().returning(tables.arrivals.c.ref),
                [{"ref": row.ref, "source": source, "received_at": now} for row in new],
            )
            connection.execute(
                insert(tables.work),
                [
                    {
                        "lead_id": row.id,
                        "state": "imported",
                        "person_key": by_ref[row.ref].person_key,
                        "submitted_at": by_ref[row.ref].submitted_at,
                        "changed_at": now,
                    }
                    for row in new
                ],
            )
            touches = [
                {
                    "person_key": old.person_key,
                    "lead_id": row.id,
                    "attribution": old.touch.model_dump(mode="json"),
                }
                for row in sorted(new, key=lambda row: by_ref[row.ref].submitted_at)
                if (old := by_ref[row.ref]).person_key is not None
            ]
            if touches:
                connection.execute(insert(tables.first_touches).on_conflict_do_nothing(), touches)
            put_keys(connection, {row.id: by_ref[row.ref].keys for row in new})
            self._keep_contexts(connection, {row.id: by_ref[row.ref] for row in new})
            note(connection, [row.id for row in new], at=now, event="imported", detail=f"from {source}")
        return tuple(row.ref for row in new)

    def _keep_contexts(self, connection: Connection, olds: Mapping[int, OldSubmission]) -> None:
        """What re-scoring reads: the lead as it was read, and that nobody was asked about it."""
        touches = tables.first_touches
        keys = {old.person_key for old in olds.values() if old.person_key is not None}
        first: dict[str | None, Attribution] = {
            row.person_key: Attribution.model_validate(row.attribution)
            for row in connection.execute(
                select(touches.c.person_key, touches.c.attribution).where(touches.c.person_key.in_(keys))
            )
        }
        contexts = {
            lead_id: old.context.model_copy(
                update={
                    "lead": old.context.lead.model_copy(
                        update={"first_touch": first.get(old.person_key, old.touch)}
                    )
                }
            )
            for lead_id, old in olds.items()
            if old.context is not None
        }
        put(connection, {lead_id: context.lead for lead_id, context in contexts.items()}, self.clock)
        put(connection, contexts, self.clock)

    def submitted_at(self, refs: Sequence[Ref]) -> dict[Ref, datetime]:
        """When these leads were sent, as far as they are here."""
        leads, work = tables.submissions, tables.work
        query = (
            select(leads.c.ref, work.c.submitted_at)
            .join(work, work.c.lead_id == leads.c.id)
            .where(leads.c.ref.in_(tuple(refs)))
        )
        with reading(self.engine) as connection:
            return {row.ref: row.submitted_at for row in connection.execute(query)}

    def here(self, source: str, olds: Sequence[OldSubmission]) -> int:
        """How many of them the ledger has, whoever brought them: looked up, not concluded."""
        leads = tables.submissions
        refs = {make_ref(source, external_id_of(old.delivery)) for old in olds}
        query = select(func.count()).select_from(leads).where(leads.c.ref.in_(tuple(refs)))
        with reading(self.engine) as connection:
            return connection.execute(query).scalar_one()

    def elsewhere(self, source: str, olds: Sequence[OldSubmission]) -> tuple[str, ...]:
        """Under which other sources the very same bytes are here already."""
        leads = tables.submissions
        contents = [hashlib.sha256(old.delivery.raw).hexdigest() for old in olds]
        query = (
            select(leads.c.source).where(leads.c.content.in_(contents), leads.c.source != source).distinct()
        )
        with reading(self.engine) as connection:
            return tuple(connection.execute(query.order_by(leads.c.source)).scalars())

    def correct(self, source: str, olds: Sequence[OldSubmission]) -> tuple[Ref, ...]:
        """History that was taken in with other content, and that nobody has acted on: what is brought now
        takes its place, as when columns have been named better. Answers the refs of those."""
        now, leads, work, revisions = self.clock(), tables.submissions, tables.work, tables.revisions
        by_ref = {make_ref(source, external_id_of(old.delivery)): old for old in olds}
        newest = (
            select(revisions.c.content)
            .where(revisions.c.lead_id == leads.c.id)
            .order_by(revisions.c.number.desc())
            .limit(1)
            .scalar_subquery()
        )
        number = (
            select(func.coalesce(func.max(revisions.c.number), 0) + 1)
            .where(revisions.c.lead_id == leads.c.id)
            .scalar_subquery()
        )
        corrected: list[Ref] = []
        with self.engine.begin() as connection:
            rows = connection.execute(
                select(
                    leads.c.id,
                    leads.c.ref,
                    func.coalesce(newest, leads.c.content).label("content"),
                    number.label("number"),
                    work.c.submitted_at,
                )
                .join(work, work.c.lead_id == leads.c.id)
                .where(leads.c.ref.in_(tuple(by_ref)), work.c.state == "imported")
                .order_by(leads.c.id)
                .with_for_update(of=work)
            ).all()
            for row in rows:
                old = by_ref[row.ref]
                content = hashlib.sha256(old.delivery.raw).hexdigest()
                if content == row.content:
                    continue
                connection.execute(
                    insert(revisions).values(
                        lead_id=row.id,
                        number=row.number,
                        raw=old.delivery.raw,
                        content=content,
                        received_at=now,
                        kind="newer",
                    )
                )
                connection.execute(
                    update(work)
                    .where(work.c.lead_id == row.id)
                    .values(person_key=old.person_key, submitted_at=old.submitted_at, changed_at=now)
                )
                put_keys(connection, {row.id: old.keys})
                self._keep_contexts(connection, {row.id: old})
                detail = "anew, read another way"
                if old.submitted_at != row.submitted_at:
                    # history has a row of it on that day
                    detail += f"; it was dated {row.submitted_at.isoformat()}"
                note(connection, [row.id], at=now, event="imported", detail=detail)
                corrected.append(Ref(row.ref))
        return tuple(corrected)

    def release(self, refs: Sequence[Ref]) -> int:
        """Makes those of them that are still `imported` pending, for runs to take; answers how many."""
        now = self.clock()
        leads, work = tables.submissions, tables.work
        with self.engine.begin() as connection:
            ids = (
                connection.execute(
                    update(work)
                    .where(
                        work.c.state == "imported",
                        work.c.lead_id.in_(select(leads.c.id).where(leads.c.ref.in_(refs))),
                    )
                    .values(state="received", changed_at=now)
                    .returning(work.c.lead_id)
                )
                .scalars()
                .all()
            )
            forget_contexts(connection, ids)
            note(connection, ids, at=now, event="received", detail="history is to be processed")
        return len(ids)
