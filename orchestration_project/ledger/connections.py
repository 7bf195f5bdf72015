"""Whether each connection works: closed (all is well), open (away, since when, why) or half open (on trial).

One row a connection, for all processes. When one opens, and how long until it is asked again, is decided in
`healing/breaker.py`.
"""

from collections.abc import Callable, Collection
from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime
from sqlalchemy import Connection, func, or_, select, text, update
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import note
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.model import Frozen, Ref

_ALL = select(tables.connections).order_by(tables.connections.c.name)
Why = Literal["", "down", "limited", "refused", "set_up", "changed"]


class ConnectionState(Frozen):
    name: str
    state: Literal["closed", "open", "half_open"] = "closed"
    why: Why = ""  # the last of them: it answers what this version cannot use
    said: str = ""  # what the service answered last, in the words of an error
    since: AwareDatetime | None = None
    next_probe: AwareDatetime | None = None
    closed_at: AwareDatetime | None = None
    failures: int = 0  # in a row
    failed_ref: str | None = None  # the lead of all of them; empty: of more than one
    probes: int = 0  # in vain, since it opened; kept when it closes, should it open again soon
    version: str | None = None  # of the playbook that did not cover a lead; of no other connection


class ConnectionStates(Part):
    def read(self) -> dict[str, ConnectionState]:
        """By name; a connection that never had any trouble is not among them."""
        with reading(self.engine) as connection:
            rows = connection.execute(_ALL).mappings().all()
        return {row["name"]: ConnectionState.model_validate(dict(row)) for row in rows}

    def change(
        self, name: str, decide: Callable[[ConnectionState], ConnectionState | None]
    ) -> ConnectionState:
        """The state as it is afterwards. Nobody else changes it while `decide` looks at it; with None it
        stays as it is."""
        with self.engine.begin() as connection:
            _one_at_a_time(connection, name)
            query = select(tables.connections).where(tables.connections.c.name == name)
            row = connection.execute(query).mappings().first()
            before = ConnectionState.model_validate(dict(row)) if row else ConnectionState(name=name)
            after = decide(before)
            if after is not None:
                _write(connection, after)
        return after or before

    def close(self, name: str) -> int:
        """All is well again: whoever waits for it goes on now. Answers how many leads that are."""
        now, work, table = self.clock(), tables.work, tables.connections
        with self.engine.begin() as connection:
            query = select(table.c.state, table.c.closed_at, table.c.probes).where(table.c.name == name)
            before = connection.execute(query).first()
            closed = ConnectionState(name=name, closed_at=now)
            if before is not None:
                closed = closed.model_copy(update={"probes": before.probes})
                if before.state == "closed":  # a hiccup, and it was never away
                    closed = closed.model_copy(update={"closed_at": before.closed_at})
            _write(connection, closed)
            freed = connection.execute(
                update(work)
                .where(work.c.state == "waiting", work.c.waiting_for == name)
                .values(try_at=now, waiting_for=None, tries=0, changed_at=now)
                .returning(work.c.lead_id)
            ).scalars()
            ids = list(freed)
            note(connection, ids, at=now, event="goes on", detail=f"{name} is well again")
        return len(ids)

    def ask_now(self) -> None:
        """A person says that it may be mended: whatever is away is asked again at once."""
        table = tables.connections
        with self.engine.begin() as connection:
            connection.execute(update(table).where(table.c.state == "open").values(next_probe=self.clock()))

    def try_one(self, name: str) -> Ref | None:
        """Lets one of those that wait go on, to see whether the connection works: of those that were tried
        least, the one whose track stands first, and the oldest. Only one at a time."""
        now, work, leads = self.clock(), tables.work, tables.submissions
        with self.engine.begin() as connection:
            # of two that look at the same moment, each would find nobody on trial and let another lead go
            _one_at_a_time(connection, name)
            on_trial = select(work.c.lead_id).where(
                work.c.waiting_for == name,
                or_(work.c.state == "running", (work.c.state == "waiting") & (work.c.try_at <= now)),
            )
            if connection.execute(on_trial.limit(1)).first() is not None:
                return None
            row = connection.execute(
                select(work.c.lead_id, leads.c.ref)
                .join(leads, leads.c.id == work.c.lead_id)
                .where(work.c.state == "waiting", work.c.waiting_for == name, work.c.try_at.is_(None))
                .order_by(work.c.tries, func.coalesce(work.c.rank, 0), work.c.lead_id)
                .limit(1)
                .with_for_update(skip_locked=True, of=work)
            ).first()
            if row is None:
                return None
            connection.execute(update(work).where(work.c.lead_id == row.lead_id).values(try_at=now))
        return Ref(row.ref)

    def waiting(self) -> dict[str, int]:
        """How many leads wait for each connection, the one included that tries whether it is well."""
        work = tables.work
        query = (
            select(work.c.waiting_for, func.count())
            .where(work.c.state.in_(("waiting", "running")), work.c.waiting_for.is_not(None))
            .group_by(work.c.waiting_for)
        )
        with reading(self.engine) as connection:
            return dict(connection.execute(query).all())

    def free_forgotten(self, known: Collection[str]) -> tuple[int, ...]:
        """Leads that wait for a connection which is well, or which there is no more, go on: the process that
        should have said so died in between."""
        now, work, table = self.clock(), tables.work, tables.connections
        away = select(table.c.name).where(table.c.state != "closed", table.c.name.in_(known))
        with self.engine.begin() as connection:
            return tuple(
                connection.execute(
                    update(work)
                    .where(
                        work.c.state == "waiting",
                        work.c.try_at.is_(None),
                        work.c.waiting_for.is_not(None),
                        work.c.waiting_for.not_in(away),
                    )
                    .values(try_at=now, waiting_for=None, changed_at=now)
                    .returning(work.c.lead_id)
                ).scalars()
            )


def due(states: Collection[ConnectionState], now: datetime) -> tuple[ConnectionState, ...]:
    """The open connections whose next probe has come."""
    return tuple(
        state
        for state in states
        if state.state == "open" and (state.next_probe is None or state.next_probe <= now)
    )


def _one_at_a_time(connection: Connection, name: str) -> None:
    """Until the transaction ends. The row may not exist yet, so the lock is on the name."""
    key = {"name": f"connection state {name}"}
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), key)


def _write(connection: Connection, state: ConnectionState) -> None:
    values = state.model_dump(exclude={"name"})
    connection.execute(
        insert(tables.connections)
        .values(name=state.name, **values)
        .on_conflict_do_update(index_elements=["name"], set_=values)
    )
