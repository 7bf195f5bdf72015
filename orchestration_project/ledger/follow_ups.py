"""Which leads are due for a follow-up: a draft that may have been sent, a call that may have taken place.

What is done then is `action/follow_up.py`; what a person says of a call is kept here, in the lead's story.
"""

from datetime import timedelta
from typing import Any

from sqlalchemy import (
    CTE,
    ColumnElement,
    FromClause,
    Select,
    Update,
    and_,
    bindparam,
    func,
    or_,
    select,
    true,
    union_all,
    update,
)

from orchestration_project.ledger import tables
from orchestration_project.ledger.decisions import Decisions
from orchestration_project.ledger.facts import Facts
from orchestration_project.ledger.journal import note
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.ledger.receipts import Receipts
from orchestration_project.model import (
    Carried,
    Context,
    Decided,
    Frozen,
    Receipt,
    ReceiptStatus,
    Ref,
)

CALL = "call"
"""The follow-up that logs a call."""
CALL_TOOK_PLACE = "the call took place"
NO_CALL = "there was no call"
"""The events of a lead of which a person has said so; the newest one counts."""
WINDOW = timedelta(days=30)
"""A draft that was not sent by then is no longer asked for, and a call no longer logged."""
FAILED_AGAIN = timedelta(days=1)
"""A failure that needs a person, such as a contact that was deleted, is not met again every minute."""


class OpenDraft(Frozen):
    ref: Ref
    draft_id: str


_KNOWN = ("done", "skipped")
"""Of a follow-up: nothing is left to do, unless a person says otherwise of a call."""


def _settled(action: str, follow_up: str, time: ColumnElement[Any]) -> Update:
    """The follow-up is looked up for one at a time, as in `FollowUps.open_drafts`: the server expects more
    that are not marked than there are, and would go through all follow-ups there ever were to join them."""
    table, logged = tables.receipts, tables.receipts.alias("logged")
    status = select(logged.c.status).where(logged.c.lead_id == table.c.lead_id, logged.c.action == follow_up)
    return (
        update(table)
        .where(table.c.action == action, table.c.status == "done", ~table.c.followed_up)
        .where(time > bindparam("since"), status.scalar_subquery().in_(_KNOWN))
        .values(followed_up=True)
    )


_SETTLED = (
    _settled("draft", "sent_mail", tables.receipts.c.changed_at),
    _settled("calendar_hold", CALL, tables.receipts.c.until),
)


class FollowUps(Part):
    def settle(self) -> None:
        """Marks the drafts and the holds whose follow-up is known, so that those are looked through no more.
        Where it was not called, all is found just as well, and takes longer with each lead of the month."""
        with self.engine.begin() as connection:
            for settled in _SETTLED:
                connection.execute(settled, {"since": self.clock() - WINDOW})

    def open_drafts(self, after: Ref | None, limit: int, *, allowed: bool) -> tuple[OpenDraft, ...]:
        """Drafts of which nobody has learned yet that they were sent, in rounds: those behind the lead
        that was asked for last come first, and then it begins again.

        With `allowed`, also the sent ones that were only planned to be logged.
        """
        draft = self._drafts()
        logged = _log_of(draft.c.lead_id, "sent_mail")
        query = (
            select(draft.c.ref, draft.c.external_id)
            .outerjoin(logged, true())
            .where(self._open(logged, draft.c.lead_id, allowed=allowed))
            .order_by(draft.c.ref <= (after or ""), draft.c.ref)
            .limit(limit)
        )
        with reading(self.engine) as connection:
            return tuple(
                OpenDraft(ref=row.ref, draft_id=row.external_id) for row in connection.execute(query)
            )

    def due_calls(self, limit: int, *, allowed: bool) -> tuple[Ref, ...]:
        """Leads whose call is to be logged or left out: first those of which a person says that it took
        place, then those whose time in the calendar has passed, the earliest first."""
        said = self._reported_calls(limit, allowed=allowed)
        passed = self._passed_calls(limit, allowed=allowed)
        return tuple(dict.fromkeys((*said, *passed)))[:limit]

    def report_call(self, ref: Ref, *, took_place: bool) -> Receipt | None:
        """A person says whether the call with that lead took place. Answers the receipt that stands then: it
        waits to be logged or is skipped; what is logged or being logged stays so. None: no such lead."""
        lead = self.lead(ref)
        if lead is None:
            return None
        with self.engine.begin() as connection:
            event = CALL_TOOK_PLACE if took_place else NO_CALL
            note(connection, [lead.lead_id], at=self.clock(), event=event, detail="says a person")
        receipt = Receipt(
            ref=ref,
            action=CALL,
            status=ReceiptStatus.WAITING if took_place else ReceiptStatus.SKIPPED,
            note=f"a person says that {'it took place' if took_place else 'there was no call'}",
            try_at=self.clock() if took_place else None,
        )
        return Receipts(self.engine, self.clock).note(lead, receipt, "by hand", guarded=False)

    def call_took_place(self, ref: Ref) -> bool | None:
        """What a person has said last of the call with that lead; None: nobody has said anything."""
        leads, journal = tables.submissions, tables.journal
        query = (
            select(journal.c.event)
            .join(leads, leads.c.id == journal.c.lead_id)
            .where(leads.c.ref == ref, journal.c.event.in_((CALL_TOOK_PLACE, NO_CALL)))
            .order_by(journal.c.id.desc())
            .limit(1)
        )
        with reading(self.engine) as connection:
            event = connection.execute(query).scalar()
        return None if event is None else event == CALL_TOOK_PLACE

    def _reported_calls(self, limit: int, *, allowed: bool) -> tuple[Ref, ...]:
        logged, leads, journal = _log(CALL), tables.submissions, tables.journal
        said = select(journal.c.id).where(journal.c.lead_id == leads.c.id, journal.c.event == CALL_TOOK_PLACE)
        query = (
            select(leads.c.ref)
            .join(logged, logged.c.lead_id == leads.c.id)
            .where(
                logged.c.status.not_in(_KNOWN), self._open(logged, leads.c.id, allowed=allowed), said.exists()
            )
            .order_by(logged.c.changed_at, leads.c.ref)
            .limit(limit)
        )
        with reading(self.engine) as connection:
            return tuple(connection.execute(query).scalars())

    def _passed_calls(self, limit: int, *, allowed: bool) -> tuple[Ref, ...]:
        hold, logged, now = tables.receipts.alias("hold"), _log(CALL), self.clock()
        leads = tables.submissions

        def over(until: ColumnElement[Any], *more: ColumnElement[bool]) -> Select[Any]:
            in_time = (until <= now, until > now - WINDOW, *more)
            waiting = _leads_with(hold, "calendar_hold", logged).add_columns(until.label("over"))
            return waiting.where(*in_time, self._open(logged, leads.c.id, allowed=allowed))

        # two questions with an index each: one of both columns at once goes through all holds there ever were
        moved, kept = over(logged.c.until), over(hold.c.until, logged.c.until.is_(None), ~hold.c.followed_up)
        either = union_all(moved, kept).subquery()
        query = select(either.c.ref).order_by(either.c.over, either.c.ref).limit(limit)
        with reading(self.engine) as connection:
            return tuple(row.ref for row in connection.execute(query))

    def decided(self, ref: Ref) -> Decided | None:
        """The lead as it was last acted upon; None: it was not, or it has been erased."""
        context = Facts(self.engine, self.clock).read(Context, [ref]).get(ref)
        decision = Decisions(self.engine, self.clock).newest([ref]).get(ref)
        return Decided(context=context, decision=decision) if context and decision else None

    def lead(self, ref: Ref) -> Carried | None:
        """The lead for a follow-up, which no run carries: under a lease of its own, for its receipts only.
        None: it has been erased."""
        leads = tables.submissions
        with reading(self.engine) as connection:
            lead_id = connection.execute(select(leads.c.id).where(leads.c.ref == ref)).scalar()
            if lead_id is None:
                return None
            lease = connection.execute(select(tables.lease_numbers.next_value())).scalar_one()
        return Carried(ref=ref, lead_id=lead_id, lease=lease)

    def _drafts(self) -> CTE:
        draft, leads = tables.receipts, tables.submissions
        ref = select(leads.c.ref).where(leads.c.id == draft.c.lead_id).scalar_subquery()
        query = select(draft.c.lead_id, draft.c.external_id, ref.label("ref")).where(
            draft.c.action == "draft",
            draft.c.status == "done",
            ~draft.c.followed_up,
            draft.c.external_id.is_not(None),
            draft.c.changed_at > self.clock() - WINDOW,
        )
        return query.cte("drafts").prefix_with("MATERIALIZED")

    def _open(self, logged: FromClause, lead_id: ColumnElement[int], *, allowed: bool) -> ColumnElement[bool]:
        """Not logged yet, and worth a try now."""
        now, contact = self.clock(), tables.receipts.alias("contact")
        has_contact = (
            select(contact.c.lead_id)
            .where(
                contact.c.lead_id == lead_id,
                contact.c.action == "crm_contact",
                contact.c.status == "done",
            )
            .exists()
        )
        tries = [
            logged.c.status.is_(None),
            # its run died, or nobody knows what came of it: asked again once that can be told
            and_(logged.c.status == "begun", func.coalesce(logged.c.clear_at, logged.c.changed_at) <= now),
            and_(logged.c.status == "waiting", func.coalesce(logged.c.try_at, logged.c.changed_at) <= now),
            and_(logged.c.status == "failed", logged.c.changed_at <= now - FAILED_AGAIN),
        ]
        # else it would only be planned again
        planned = [and_(logged.c.status == "planned", has_contact)] if allowed else []
        return or_(*tries, *planned)


def _log(name: str) -> FromClause:
    """The receipts of a follow-up; they are joined to leads that may have none."""
    return select(tables.receipts).where(tables.receipts.c.action == name).subquery(name)


def _log_of(lead_id: ColumnElement[int], name: str) -> FromClause:
    """That of one lead; `OFFSET 0` keeps the server from joining it in another way."""
    receipts = tables.receipts
    query = select(receipts).where(receipts.c.action == name, receipts.c.lead_id == lead_id)
    return query.offset(0).lateral(name)


def _leads_with(done: FromClause, action: str, logged: FromClause) -> Select[Any]:
    """Leads that have that action done, with the receipt of its follow-up beside it."""
    leads = tables.submissions
    return (
        select(leads.c.ref)
        .join(done, done.c.lead_id == leads.c.id)
        .outerjoin(logged, logged.c.lead_id == leads.c.id)
        .where(done.c.action == action, done.c.status == "done")
    )
