"""The list of leads in pages, and what is to be said of all of them in one line. Reading only.

Which leads are meant is `lead_filter.py`, a line of the list `lead_lines.py`.
"""

from collections.abc import Iterator
from typing import Any, Literal

from sqlalchemy import ColumnElement, Connection, Select, func, select, tuple_

from orchestration_project.ledger import tables
from orchestration_project.ledger.lead_filter import LeadFilter, conditions
from orchestration_project.ledger.lead_lines import LeadLine, lines_of
from orchestration_project.ledger.part import ReadingPart
from orchestration_project.ledger.reading import reading
from orchestration_project.ledger.recovery import left_behind
from orchestration_project.model import Frozen, Ref

Order = Literal["newest", "oldest", "score"]
PAGE = 50
COUNTED = 5_000
"""More than so many are not counted: a page must not take longer the more leads there are."""
MEASURED = 1_000
"""So many of the newest leads tell how fast a draft was there."""
CHUNK = 500


class Summary(Frozen):
    """Of the leads that a filter means, and of what waits in the whole ledger."""

    leads: int  # COUNTED + 1: there are more
    seconds_to_draft: float | None  # at the median of the newest; None: none has a draft
    waiting: dict[str, int]  # which go on by themselves; by the connection they wait for, "" for their time
    needs_person: int
    to_check: int
    planned: int
    to_look_at: int
    left: int  # whose run has ended before them, as by Ctrl-C; whoever starts runs takes them up again


class LeadList(ReadingPart):
    def tracks_and_sources(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """That any lead has, in order of the alphabet. Looks at all leads: for when nothing was found."""
        track, source = tables.work.c.track, tables.submissions.c.source
        with reading(self.engine) as connection:
            tracks = connection.execute(select(track).where(track.is_not(None)).distinct().order_by(track))
            sources = connection.execute(select(source).distinct().order_by(source))
            return tuple(tracks.scalars()), tuple(sources.scalars())

    def page(
        self,
        wanted: LeadFilter,
        *,
        order: Order = "newest",
        limit: int | None = PAGE,
        after: Ref | None = None,
    ) -> tuple[LeadLine, ...]:
        """At most `limit` of them, those that come after the lead `after` in that order."""
        leads, work = tables.submissions, tables.work
        with reading(self.engine) as connection:
            query = (
                select(leads, work)
                .join(work, work.c.lead_id == leads.c.id)
                .where(*conditions(connection, wanted))
            )
            if after is not None:
                query = query.where(_behind(connection, order, after))
            rows = connection.execute(_ordered(query, order).limit(limit)).all()
            return lines_of(connection, rows)

    def all(
        self, wanted: LeadFilter, *, order: Order = "newest", after: Ref | None = None
    ) -> Iterator[LeadLine]:
        """All of them, held in memory some at a time."""
        while page := self.page(wanted, order=order, limit=CHUNK, after=after):
            yield from page
            after = page[-1].ref

    def refs(self, wanted: LeadFilter) -> tuple[Ref, ...]:
        """All of them, the oldest first."""
        leads, work = tables.submissions, tables.work
        with reading(self.engine) as connection:
            query = (
                select(leads.c.ref)
                .join(work, work.c.lead_id == leads.c.id)
                .where(*conditions(connection, wanted))
            )
            return tuple(connection.execute(_ordered(query, "oldest")).scalars())

    def summary(self, wanted: LeadFilter) -> Summary:
        with reading(self.engine) as connection:
            return _summary(connection, wanted)


def _summary(connection: Connection, wanted: LeadFilter) -> Summary:
    leads, work, draft = tables.submissions, tables.work, tables.receipts
    meant = select(leads.c.id, leads.c.received_at).where(*conditions(connection, wanted))
    if wanted.asks_of_work:
        # each lead has its row there; with many, looking up thousands of them costs more than all the rest
        meant = meant.join(work, work.c.lead_id == leads.c.id)
    newest = _ordered(meant, "newest").limit(MEASURED).subquery()
    took = func.extract("epoch", draft.c.changed_at - newest.c.received_at)
    median = (
        select(func.percentile_cont(0.5).within_group(took))
        .select_from(newest)
        .join(draft, draft.c.lead_id == newest.c.id)
        .where(draft.c.action == "draft", draft.c.status == "done")
    )
    counted = meant.limit(COUNTED + 1).subquery()
    not_through = work.c.state.in_(("waiting", "needs_person", "to_check", "planned"))
    waits = func.coalesce(work.c.waiting_for, "")
    states = connection.execute(
        select(work.c.state, waits, func.count()).where(not_through).group_by(work.c.state, waits)
    ).all()
    seconds = connection.execute(median).scalar()
    to_look_at = select(func.count()).select_from(work).where(work.c.attention != "")

    def standing(wanted_state: str) -> int:
        return sum(number for state, _, number in states if state == wanted_state)

    return Summary(
        leads=connection.execute(select(func.count()).select_from(counted)).scalar_one(),
        seconds_to_draft=float(seconds) if seconds is not None else None,
        waiting={name: number for state, name, number in states if state == "waiting"},
        needs_person=standing("needs_person"),
        to_check=standing("to_check"),
        planned=standing("planned"),
        to_look_at=connection.execute(to_look_at).scalar_one(),
        left=left_behind(connection),
    )


def _key(order: Order) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """What the list is sorted by; no two leads have the same."""
    leads, work = tables.submissions, tables.work
    if order == "score":
        return func.coalesce(work.c.score, tables.NO_SCORE), work.c.lead_id
    return leads.c.received_at, leads.c.id


def _ordered(query: Select[*tuple[Any, ...]], order: Order) -> Select[*tuple[Any, ...]]:
    return query.order_by(*(key.asc() if order == "oldest" else key.desc() for key in _key(order)))


def _behind(connection: Connection, order: Order, last: Ref) -> ColumnElement[bool]:
    leads, work = tables.submissions, tables.work
    key = _key(order)
    found = connection.execute(
        select(*key).select_from(leads).join(work, work.c.lead_id == leads.c.id).where(leads.c.ref == last)
    ).one()
    return tuple_(*key) > tuple_(*found) if order == "oldest" else tuple_(*key) < tuple_(*found)
