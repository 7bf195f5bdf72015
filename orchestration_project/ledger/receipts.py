"""Receipts: what each action of each lead has left outside. The key is lead and action, never a run.

A receipt never goes backwards, and only who has the lead's newest lease may begin. The protocol around an act
is `action/once.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import AwareDatetime
from sqlalchemy import Connection, Engine, and_, func, or_, select
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import note
from orchestration_project.ledger.rows import AnyRow, insist_mine
from orchestration_project.model import Carried, Clock, Frozen, LeaseLost, Receipt, ReceiptStatus, Ref

LOOK_AGAIN = timedelta(minutes=10)
"""After what was begun more than once is done, its twin is looked for: no service is late by so much."""


class Beginning(Frozen):
    """The answer to who wants to begin: go on, or not (yet), and what is known of earlier tries."""

    go: bool
    receipt: Receipt | None = None  # as it stood before
    behind: Ref | None = None  # another lead, of which nobody knows yet whether it has made what both need
    clear_at: AwareDatetime | None = None  # not before then: what was begun may still be done
    may_exist: bool = False  # an earlier try may have left something: look before you act


@dataclass(frozen=True)
class Receipts:
    engine: Engine
    clock: Clock

    def read(self, refs: Sequence[Ref]) -> dict[Ref, dict[str, Receipt]]:
        """All receipts of these leads, by ref and action."""
        leads, table = tables.submissions, tables.receipts
        found: dict[Ref, dict[str, Receipt]] = {ref: {} for ref in refs}
        with self.engine.connect() as connection:
            rows = connection.execute(
                select(table, leads.c.ref)
                .join(leads, leads.c.id == table.c.lead_id)
                .where(leads.c.ref.in_(tuple(refs)))
                .order_by(table.c.changed_at)
            )
            for row in rows:
                found[row.ref][row.action] = receipt_of(row)
        return found

    def read_one(self, ref: Ref, action: str) -> Receipt | None:
        return self.read([ref])[ref].get(action)

    def begin(
        self,
        lead: Carried,
        action: str,
        *,
        takes: float,
        settles: float,
        keys: Sequence[str] = (),
        guarded: bool = True,
    ) -> Beginning:
        """Marks the action begun under this lease. Not where it is done, and not while an earlier try of it,
        or another lead's with a key in common, may still have its effect: the answer says until when.

        The act takes at most `takes` seconds, and the service may do what it was asked `settles` seconds
        after that. Raises LeaseLost. A follow-up of a lead that no run carries is not `guarded`.
        """
        now, table = self.clock(), tables.receipts
        with self.engine.begin() as connection:
            if guarded:
                insist_mine(connection, lead)
            before = connection.execute(
                select(table)
                .where(table.c.lead_id == lead.lead_id, table.c.action == action)
                .with_for_update()
            ).first()
            receipt = _receipt(before, lead.ref) if before is not None else None
            if before is not None:
                if before.status == ReceiptStatus.DONE:
                    return Beginning(go=False, receipt=receipt)
                if before.clear_at is not None and before.clear_at > now:
                    return Beginning(go=False, receipt=receipt, clear_at=before.clear_at)
            if keys and (other := _of_another(connection, lead, action, keys, now)):
                return Beginning(go=False, receipt=receipt, clear_at=other.clear_at, behind=other.ref)
            unknown = before is not None and (before.unsure or before.status == ReceiptStatus.BEGUN)
            values = {
                "status": ReceiptStatus.BEGUN.value,
                "error": None,
                "lease": lead.lease,
                "tries": (before.tries if before is not None else 0) + 1,
                "begun_at": now,
                "settles": settles,
                "clear_at": now + timedelta(seconds=takes + settles),
                "shares": list(keys),
                "unsure": unknown,
                "try_at": None,
                "waiting_for": None,
                "changed_at": now,
            }
            if before is None:
                key = {"lead_id": lead.lead_id, "action": action}
                first = insert(table).values(**key, **values).on_conflict_do_nothing()
                if connection.execute(first.returning(table.c.lead_id)).first() is None:
                    raise LeaseLost(lead.ref)  # two began at once, and the other one was first
            else:
                connection.execute(
                    table.update()
                    .where(table.c.lead_id == lead.lead_id, table.c.action == action)
                    .values(**values)
                )
            return Beginning(go=True, receipt=receipt, may_exist=before is not None and before.tries > 0)

    def record(
        self, lead: Carried, receipt: Receipt, run_id: str, *, clear_at: datetime | None = None
    ) -> None:
        """What came of an action that this lease has begun. What is done is written down even where another
        run has the lead by now: it is done, and who begins after this one learns of it.

        Raises LeaseLost where somebody else has begun it since.
        """
        now, table = self.clock(), tables.receipts
        twice = receipt.unsure and receipt.status is ReceiptStatus.DONE
        values = _values(receipt) | {
            "clear_at": clear_at,
            "look_again_at": now + LOOK_AGAIN if twice else None,
            "changed_at": now,
        }
        with self.engine.begin() as connection:
            written = connection.execute(
                table.update()
                .where(
                    table.c.lead_id == lead.lead_id,
                    table.c.action == receipt.action,
                    table.c.lease == lead.lease,
                    table.c.status == ReceiptStatus.BEGUN.value,
                )
                .values(**values)
                .returning(table.c.lead_id)
            ).first()
            if written is None:
                raise LeaseLost(lead.ref)
            _tell(connection, lead, receipt, run_id, now)

    def note(self, lead: Carried, receipt: Receipt, run_id: str, *, guarded: bool = True) -> Receipt:
        """A receipt of something that was not begun: planned, skipped, or waiting. It takes the place of
        none that is done or begun; answers the receipt that stands then. Raises LeaseLost."""
        now, table = self.clock(), tables.receipts
        values = _values(receipt) | {"lease": lead.lease, "changed_at": now}
        with self.engine.begin() as connection:
            if guarded:
                insist_mine(connection, lead)
            before = connection.execute(
                select(table).where(table.c.lead_id == lead.lead_id, table.c.action == receipt.action)
            ).first()
            written = connection.execute(
                insert(table)
                .values(lead_id=lead.lead_id, action=receipt.action, **values)
                .on_conflict_do_update(
                    index_elements=["lead_id", "action"],
                    # of what was begun and not looked up yet, there may still be a twin
                    set_=values
                    | {"unsure": or_(table.c.unsure, table.c.status == ReceiptStatus.BEGUN.value)},
                    where=or_(
                        table.c.status.not_in((ReceiptStatus.DONE.value, ReceiptStatus.BEGUN.value)),
                        # begun long ago, and by now known not to have been done
                        and_(table.c.status == ReceiptStatus.BEGUN.value, table.c.clear_at <= now),
                    ),
                )
                .returning(table.c.lead_id)
            ).first()
            if written is None:
                standing = connection.execute(
                    select(table).where(table.c.lead_id == lead.lead_id, table.c.action == receipt.action)
                ).one()
                return _receipt(standing, lead.ref)
            if before is None or (before.status, before.note) != (receipt.status.value, receipt.note):
                _tell(connection, lead, receipt, run_id, now)
        return receipt.model_copy(update={"tries": before.tries if before is not None else 0})


def _of_another(
    connection: Connection, lead: Carried, action: str, keys: Sequence[str], now: datetime
) -> AnyRow | None:
    """The receipt of another lead with a key in common that stays unclear for longest. A named lock keeps the
    two apart while both live; it does not outlive its session, nor does it know of a late write."""
    table, leads = tables.receipts, tables.submissions
    for key in sorted(keys):  # two that look at the same moment would both find nothing
        name = func.hashtextextended(f"{action} begins {key}", 0)
        connection.execute(select(func.pg_advisory_xact_lock(name)))
    return connection.execute(
        select(table.c.clear_at, leads.c.ref)
        .join(leads, leads.c.id == table.c.lead_id)
        .where(
            table.c.lead_id != lead.lead_id,
            table.c.action == action,
            table.c.status != ReceiptStatus.DONE.value,
            table.c.clear_at > now,
            table.c.shares.overlap(list(keys)),
        )
        .order_by(table.c.clear_at.desc())
        .limit(1)
    ).first()


def _tell(connection: Connection, lead: Carried, receipt: Receipt, run_id: str, now: datetime) -> None:
    unknown = receipt.status is ReceiptStatus.BEGUN
    note(
        connection,
        [lead.lead_id],
        at=now,
        event=f"{receipt.action} {'outcome unknown' if unknown else receipt.status.value}",
        detail=receipt.error or receipt.note,
        run_id=run_id,
    )


def _values(receipt: Receipt) -> dict[str, object]:
    return {
        "status": receipt.status.value,
        "external_id": receipt.external_id,
        "url": receipt.url,
        "note": receipt.note,
        "error": receipt.error,
        "conflicts": list(receipt.conflicts),
        "until": receipt.until,
        "try_at": receipt.try_at,
        "waiting_for": receipt.waiting_for,
        "memo": receipt.memo,
        "unsure": receipt.unsure,
    }


def receipt_of(row: AnyRow) -> Receipt:
    return _receipt(row, row.ref)


def _receipt(row: AnyRow, ref: Ref) -> Receipt:
    return Receipt(
        ref=ref,
        action=row.action,
        status=ReceiptStatus(row.status),
        external_id=row.external_id,
        url=row.url,
        note=row.note,
        error=row.error,
        conflicts=tuple(row.conflicts),
        until=row.until,
        memo=row.memo,
        tries=row.tries,
        # what is begun is looked for once the service has settled
        try_at=row.try_at or (row.clear_at if row.status == ReceiptStatus.BEGUN else None),
        waiting_for=row.waiting_for,
        unsure=row.unsure,
    )
