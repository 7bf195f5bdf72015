"""Taking a person out of the ledger: found in it, stopped, and wiped, so that only ref, source and id remain.

What is erased elsewhere, and in which order, is `watch/erase/`; how a person is known again, `forgotten.py`.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime

from pydantic import AwareDatetime
from sqlalchemy import Connection, delete, func, or_, select, text, update

from orchestration_project.ledger import tables
from orchestration_project.ledger.forgotten import forget_person
from orchestration_project.ledger.journal import note
from orchestration_project.ledger.outcomes import THROUGH
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.ledger.submissions import ERASED, RawSubmission
from orchestration_project.model import Frozen, Ref

_OF_A_LEAD = tuple(
    table for table in tables.metadata.sorted_tables if "lead_id" in table.c and table is not tables.work
)
"""Wiped whole, whichever they are. Of `submissions` and `work` a row stays, which says that there was one."""


class KeptLead(Frozen):
    """A lead with all that was ever delivered for it."""

    ref: Ref
    source: str
    state: str
    said: tuple[RawSubmission, ...]  # the first, then what came under its id as the same or as news


class Erasure(Frozen):
    """A certificate, or what is to become one. It names nobody."""

    id: int
    asked_at: AwareDatetime
    finished_at: AwareDatetime | None
    refs: tuple[Ref, ...]
    outside: dict[str, str]  # `REF action service`: erased, not_there or cannot, with the reason
    counts: dict[str, int]
    left: tuple[str, ...]


class Erasing(Part):
    def holding(self, addresses: Collection[str], keys: Collection[str] = ()) -> tuple[KeptLead, ...]:
        """The leads in whose bytes one of the addresses stands, or that are known as theirs, or have one of
        the keys by which leads of one person find one another; whose they are the reader says. It reads all
        that is kept: a second for a million leads, some more for long ones."""
        leads, work = tables.submissions, tables.work
        revisions, of_keys = tables.revisions, tables.lead_keys
        wanted = sorted({address.casefold() for address in addresses})
        holds = text(
            "EXISTS (SELECT FROM unnest(:wanted) AS one WHERE strpos(lower(encode(raw, 'escape')), one) > 0)"
        ).bindparams(wanted=wanted)
        query = select(leads.c.id).where(
            or_(
                leads.c.id.in_(select(work.c.lead_id).where(work.c.person_key.in_(wanted))),
                leads.c.id.in_(select(of_keys.c.lead_id).where(of_keys.c.key.in_(sorted(keys)))),
                leads.c.id.in_(select(leads.c.id).where(holds)),
                leads.c.id.in_(select(revisions.c.lead_id).where(holds)),
            )
        )
        with reading(self.engine) as connection:
            return _kept(connection, connection.execute(query).scalars().all())

    def of_refs(self, refs: Collection[Ref]) -> tuple[KeptLead, ...]:
        leads = tables.submissions
        with reading(self.engine) as connection:
            ids = connection.execute(select(leads.c.id).where(leads.c.ref.in_(tuple(refs)))).scalars().all()
            return _kept(connection, ids)

    def begin(self, refs: Collection[Ref], person_keys: Collection[str]) -> Erasure:
        """Stops the leads: a run that has one loses it, and none takes it from now on. An erasure of theirs
        that was broken off is gone on with."""
        now, table, work, leads = self.clock(), tables.erasures, tables.work, tables.submissions
        with self.engine.begin() as connection:
            open_one = connection.execute(
                select(table.c.id)
                .where(table.c.finished_at.is_(None), table.c.refs.overlap(sorted(refs)))
                .order_by(table.c.id)
                .limit(1)
            ).scalar()
            if open_one is None:
                made = table.insert().values(asked_at=now, refs=sorted(refs)).returning(table.c.id)
                open_one = connection.execute(made).scalar_one()
            else:
                known = connection.execute(select(table.c.refs).where(table.c.id == open_one)).scalar_one()
                connection.execute(
                    update(table).where(table.c.id == open_one).values(refs=sorted({*known, *refs}))
                )
            connection.execute(
                update(work)
                .where(work.c.lead_id.in_(select(leads.c.id).where(leads.c.ref.in_(tuple(refs)))))
                .values(
                    **THROUGH
                    | {
                        "state": ERASED,
                        "lease": tables.lease_numbers.next_value(),
                        "rescore": False,
                        "changed_at": now,
                        "finished_at": func.coalesce(work.c.finished_at, now),
                    }
                )
            )
            forget_person(connection, person_keys, open_one, now)
        return self.read(open_one)

    def read(self, erasure: int) -> Erasure:
        with reading(self.engine) as connection:
            query = select(tables.erasures).where(tables.erasures.c.id == erasure)
            return Erasure.model_validate(dict(connection.execute(query).mappings().one()))

    def all(self, *, unfinished: bool = False) -> tuple[Erasure, ...]:
        table = tables.erasures
        query = select(table).order_by(table.c.id)
        if unfinished:
            query = query.where(table.c.finished_at.is_(None))
        with reading(self.engine) as connection:
            return tuple(Erasure.model_validate(dict(row)) for row in connection.execute(query).mappings())

    def unfinished_since(self) -> datetime | None:
        """When the oldest one was begun that is not through."""
        return min((erasure.asked_at for erasure in self.all(unfinished=True)), default=None)

    def clear_at(self, refs: Collection[Ref]) -> datetime | None:
        """Until when a service may still do what a run had begun for them."""
        leads, receipts = tables.submissions, tables.receipts
        query = (
            select(func.max(receipts.c.clear_at))
            .join(leads, leads.c.id == receipts.c.lead_id)
            .where(leads.c.ref.in_(tuple(refs)), receipts.c.status != "done")
        )
        with reading(self.engine) as connection:
            moment = connection.execute(query).scalar()
        return moment if moment is not None and moment > self.clock() else None

    def run_ids(self, refs: Collection[Ref]) -> dict[str, bool]:
        """The runs that had them, and whether each had nobody else."""
        leads, journal = tables.submissions, tables.journal
        ids = select(leads.c.id).where(leads.c.ref.in_(tuple(refs)))
        runs = select(journal.c.run_id).where(journal.c.lead_id.in_(ids), journal.c.run_id.is_not(None))
        theirs = func.bool_and(journal.c.lead_id.in_(ids)).label("alone")
        query = select(journal.c.run_id, theirs).where(journal.c.run_id.in_(runs)).group_by(journal.c.run_id)
        with reading(self.engine) as connection:
            return {row.run_id: row.alone for row in connection.execute(query)}

    def keep_outside(self, erasure: int, outside: Mapping[str, str]) -> None:
        """Written as it comes: what is erased is not there any more when somebody looks again."""
        with self.engine.begin() as connection:
            connection.execute(
                update(tables.erasures).where(tables.erasures.c.id == erasure).values(outside=dict(outside))
            )

    def wipe(self, erasure: int, refs: Collection[Ref], terms: Sequence[str]) -> dict[str, int]:
        """Nothing of these leads is left but ref, source, times, and the source's id where it is no word of
        the person's. Answers the rows by table."""
        with self.engine.begin() as connection:
            counts = _wipe(connection, refs, terms, self.clock())
            _count(connection, erasure, counts)
        return counts

    def count(self, erasure: int, counts: Mapping[str, int]) -> None:
        """What has gone just now, beside what went before a crash."""
        with self.engine.begin() as connection:
            _count(connection, erasure, counts)

    def keep_out(self, refs: Collection[Ref], terms: Sequence[str]) -> None:
        """Of what was stored a moment ago, and is a person's who has been erased."""
        with self.engine.begin() as connection:
            _wipe(connection, refs, terms, self.clock())

    def finish(self, erasure: int, counts: Mapping[str, int], left: Sequence[str]) -> Erasure:
        """`counts` of what was not counted yet."""
        with self.engine.begin() as connection:
            _count(connection, erasure, counts)
            connection.execute(
                update(tables.erasures)
                .where(tables.erasures.c.id == erasure)
                .values(finished_at=self.clock(), left=list(left))
            )
        return self.read(erasure)


def _count(connection: Connection, erasure: int, counts: Mapping[str, int]) -> None:
    table = tables.erasures
    known = connection.execute(
        select(table.c.counts).where(table.c.id == erasure).with_for_update()
    ).scalar_one()
    # the leads themselves stay as rows, and are wiped again when it is gone on with
    added = {
        name: n + (known.get(name, 0) if name != "submissions" else 0) for name, n in counts.items() if n
    }
    connection.execute(update(table).where(table.c.id == erasure).values(counts={**known, **added}))


def _kept(connection: Connection, ids: Sequence[int]) -> tuple[KeptLead, ...]:
    leads, work, revisions = tables.submissions, tables.work, tables.revisions
    rows = connection.execute(
        select(leads, work.c.state)
        .join(work, work.c.lead_id == leads.c.id)
        .where(leads.c.id.in_(ids))
        .order_by(leads.c.id)
    ).all()
    later = connection.execute(
        select(revisions.c.lead_id, revisions.c.raw)
        .where(revisions.c.lead_id.in_(ids), revisions.c.kind != "other")
        .order_by(revisions.c.lead_id, revisions.c.number)
    ).all()
    return tuple(
        KeptLead(
            ref=row.ref,
            source=row.source,
            state=row.state,
            said=tuple(
                RawSubmission(
                    ref=row.ref,
                    source=row.source,
                    external_id=row.external_id,
                    received_at=row.received_at,
                    raw=raw,
                )
                for raw in (row.raw, *(each.raw for each in later if each.lead_id == row.id))
            ),
        )
        for row in rows
    )


def _wipe(
    connection: Connection, refs: Collection[Ref], terms: Sequence[str], now: datetime
) -> dict[str, int]:
    leads, work = tables.submissions, tables.work
    rows = connection.execute(
        select(
            leads.c.id, leads.c.ref, leads.c.content, leads.c.external_id, leads.c.variant, work.c.person_key
        )
        .join(work, work.c.lead_id == leads.c.id)
        .where(leads.c.ref.in_(tuple(refs)))
        .order_by(leads.c.id)
        .with_for_update(of=work)
    ).all()
    ids = [row.id for row in rows]
    # of one that was wiped before a crash the story says already that it was
    anew = [row.id for row in rows if row.content != ERASED]
    counts = {
        table.name: connection.execute(
            delete(table).where(table.c.lead_id.in_(anew if table is tables.journal else ids))
        ).rowcount
        for table in _OF_A_LEAD
    }
    keys = {row.person_key for row in rows if row.person_key}
    touches = tables.first_touches
    connection.execute(delete(touches).where(touches.c.person_key.in_(keys)))
    for row in rows:
        told = row.external_id.casefold()
        personal = any(term.casefold() in told for term in terms)
        connection.execute(
            update(leads)
            .where(leads.c.id == row.id)
            .values(
                raw=b"",
                content=ERASED,
                external_id=f"{ERASED} {row.ref}" if personal else row.external_id,
                variant=row.ref if row.variant else "",  # it was made of the content
            )
        )
    connection.execute(
        update(work)
        .where(work.c.lead_id.in_(ids))
        .values(
            **THROUGH
            | {
                "state": ERASED,
                "lease": tables.lease_numbers.next_value(),
                "run_id": None,
                "holder": None,
                "track": None,
                "rank": None,
                "score": None,
                "score_status": None,
                "rescore": False,
                "reason": None,
                "explanation": "",
                "attention": "",
                "person_key": None,
                "duplicate_of": None,
                "released": False,
                "changed_at": now,
                "finished_at": func.coalesce(work.c.finished_at, now),
            }
        )
    )
    note(connection, anew, at=now, event=ERASED, detail="the person asked for it")
    return {name: rows for name, rows in {**counts, "submissions": len(ids)}.items() if rows}
