"""Which run may take which leads: each start is a claim with a lease of its own, newer than any before.

received, waiting ──claim──▶ running (claimed) ──start──▶ running (started) ──▶ outcomes.py
                                    └── its run died, or never came: recovery.py
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, Connection, Engine, and_, bindparam, exists, func, or_, select, update

from orchestration_project.ledger import tables
from orchestration_project.ledger.leases import begun, fresh_lease, next_lease
from orchestration_project.ledger.locks import Locks
from orchestration_project.ledger.reading import reading
from orchestration_project.ledger.rows import AnyRow, carried_of, rows_of
from orchestration_project.model import Carried, Clock, Frozen, Ref

ALONE_UP_TO = 3
"""So many leads at once still get a run each; more go together."""
COMPANY = 5
"""So many at least: a run costs about as much as they do."""
PLACES = 4
"""A burst goes in so many parts, as there are runs at once; see `dagster.yaml`."""
_ONE_COUNTS = 7_301_944_023
_CARRIED = (
    select(tables.work, tables.submissions.c.ref, tables.submissions.c.source)
    .join(tables.submissions, tables.submissions.c.id == tables.work.c.lead_id)
    .where(
        tables.work.c.run_id == bindparam("run_id"),
        tables.work.c.state == "running",
        tables.work.c.started_at.is_not(None),
    )
    .order_by(tables.work.c.lead_id)
)
"""Built once: each op asks it, and to build it takes longer than to ask."""


class Claim(Frozen):
    """Leads one run may take, under one lease. A claim that was given back is void: its lease is old."""

    lease: int
    refs: tuple[Ref, ...]


@dataclass(frozen=True)
class Claims:
    engine: Engine
    clock: Clock
    locks: Locks

    def claim(
        self, *, max_leads: int, max_runs: int, max_in_flight: int | None = None, places: int = PLACES
    ) -> tuple[Claim, ...]:
        """Leads whose time has come, as at most `max_runs` claims of at most `max_leads` each: the track
        that stands first in the playbook before the others, and the oldest first. With those that are
        running already they are never more than `max_in_flight` claims.

        Suspects of a run that died go apart from the others, and take a third of the places at most while
        anybody else waits.
        """
        work, now = tables.work, self.clock()
        with self.engine.begin() as connection:
            for_suspects = max(1, (max_in_flight or max_runs) // 3)
            if max_in_flight is not None:
                # two that count at the same moment would both fill the same places
                connection.execute(select(func.pg_advisory_xact_lock(_ONE_COUNTS)))
                under_way, of_suspects = _in_flight(connection)
                max_runs = min(max_runs, max_in_flight - under_way)
                for_suspects -= of_suspects
                if max_runs <= 0:
                    return ()
            query = (
                select(work.c.lead_id, work.c.company, tables.submissions.c.ref)
                .join(tables.submissions, tables.submissions.c.id == work.c.lead_id)
                .where(is_claimable(now))
                .order_by(func.coalesce(work.c.rank, 0), work.c.lead_id)
                .with_for_update(skip_locked=True, of=work)
            )
            fresh = connection.execute(
                query.where(work.c.company.is_(None)).limit(max_leads * max_runs)
            ).all()
            suspects = connection.execute(
                query.where(work.c.company.is_not(None)).limit(max_leads * max_runs)
            ).all()
            groups = _share(
                _companies(fresh, max_leads, places), _suspect_companies(suspects), max_runs, for_suspects
            )
            return tuple(_hand_out(connection, group, now) for group in groups)

    def anything_claimable(self, *, max_in_flight: int | None = None) -> bool:
        """Whether a lead's time has come, and there is a place for it."""
        query = select(tables.work.c.lead_id).where(is_claimable(self.clock())).limit(1)
        with reading(self.engine) as connection:
            if connection.execute(query).first() is None:
                return False
            return max_in_flight is None or _in_flight(connection)[0] < max_in_flight

    def at_rest(self) -> bool:
        """Nobody has a lead, none waits, no revision is unread and no connection is away. Whatever ends that
        rings, or is noticed by the next look."""
        work, revisions, connections = tables.work, tables.revisions, tables.connections
        stirs = (
            exists().where(work.c.state.in_(("received", "waiting", "running"))),
            exists().where(revisions.c.kind == "unread"),
            exists().where(connections.c.state != "closed"),
        )
        with reading(self.engine) as connection:
            return not connection.execute(select(or_(*stirs))).scalar_one()

    def seconds_until_claimable(self) -> float | None:
        """How long until the time of the next waiting lead has come; None: none has a time."""
        work = tables.work
        query = select(func.min(func.coalesce(work.c.try_at, work.c.changed_at))).where(
            work.c.state.in_(("received", "waiting")),
            or_(work.c.try_at.is_not(None), work.c.waiting_for.is_(None)),
        )
        with reading(self.engine) as connection:
            moment = connection.execute(query).scalar()
        return None if moment is None else max(0.0, (moment - self.clock()).total_seconds())

    def overdue(self, patience: timedelta) -> int:
        """How many leads could have been taken for longer than that, and were not."""
        work, since = tables.work, self.clock() - patience
        query = (
            select(func.count())
            .select_from(work)
            .where(is_claimable(since), func.coalesce(work.c.try_at, work.c.changed_at) < since)
        )
        with reading(self.engine) as connection:
            return connection.execute(query).scalar_one()

    def start(self, claim: Claim, run_id: str, holder: str) -> tuple[Carried, ...]:
        """The run takes what it was handed; the others have been claimed anew since."""
        work, now = tables.work, self.clock()
        self.locks.hold(claim.lease)
        with self.engine.begin() as connection:
            ids = [row.lead_id for row in rows_of(connection, claim.refs)]
            mine = connection.execute(
                update(work)
                .where(
                    work.c.lead_id.in_(ids),
                    work.c.state == "running",
                    work.c.lease == claim.lease,
                    or_(work.c.started_at.is_(None), work.c.run_id == run_id),
                )
                .values(
                    run_id=run_id,
                    holder=holder,
                    started_at=now,
                    served_since=func.pg_postmaster_start_time(),
                    changed_at=now,
                )
                .returning(work.c.lead_id)
            ).scalars()
            return begun(connection, claim.refs, mine, run_id, now, "run started")

    def carried(self, run_id: str) -> tuple[Carried, ...]:
        """The leads that are in the hands of this run now, in the order in which they came. Their lease is
        shown to be alive by the way."""
        with reading(self.engine) as connection:
            mine = tuple(carried_of(row) for row in connection.execute(_CARRIED, {"run_id": run_id}))
        for lease in {lead.lease for lead in mine}:
            self.locks.hold(lease)
        return mine


def is_claimable(now: datetime) -> ColumnElement[bool]:
    """Nobody has it, and its time has come; one that waits for a connection has none before that is well."""
    work = tables.work
    no_time = and_(work.c.try_at.is_(None), work.c.waiting_for.is_(None))
    return and_(work.c.state.in_(("received", "waiting")), or_(no_time, work.c.try_at <= now))


def _in_flight(connection: Connection) -> tuple[int, int]:
    """How many claims are in somebody's hands, and how many of them are of suspects."""
    work = tables.work
    suspect = work.c.company.is_not(None)
    counts = select(
        func.count(work.c.lease.distinct()), func.count(work.c.lease.distinct()).filter(suspect)
    ).where(work.c.state == "running")
    under_way, of_suspects = connection.execute(counts).one()
    return under_way, of_suspects


def _hand_out(connection: Connection, group: Sequence[AnyRow], now: datetime) -> Claim:
    claim = Claim(lease=next_lease(connection), refs=tuple(row.ref for row in group))
    values = {**fresh_lease(claim.lease, now), "run_id": None, "holder": None, "started_at": None}
    ids = [row.lead_id for row in group]
    connection.execute(update(tables.work).where(tables.work.c.lead_id.in_(ids)).values(**values))
    return claim


def _companies(rows: Sequence[AnyRow], size: int, places: int) -> list[list[AnyRow]]:
    """A few go one by one; the more there are, the more go in company. Where one company for each place is
    too small, a multiple of that: a last one that runs alone leaves the other places empty."""
    companies = places * max(1, math.ceil(len(rows) / (size * places)))
    step = 1 if len(rows) <= ALONE_UP_TO else min(size, max(COMPANY, math.ceil(len(rows) / companies)))
    return [list(rows[i : i + step]) for i in range(0, len(rows), step)]


def _suspect_companies(rows: Sequence[AnyRow]) -> list[list[AnyRow]]:
    """With each death the company is halved, until the culprit is alone and the others are through."""
    groups: list[list[AnyRow]] = []
    for row in rows:
        if groups and groups[-1][0].company == row.company and len(groups[-1]) < row.company:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def _share(
    fresh: list[list[AnyRow]], suspects: list[list[AnyRow]], places: int, for_suspects: int
) -> list[list[AnyRow]]:
    some = suspects[: min(places, max(0, for_suspects))] if fresh else suspects[:places]
    return [*fresh[: places - len(some)], *some]
