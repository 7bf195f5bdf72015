"""What is broken, from its beginning to its end, and what each sender has delivered of it.

What is to be told, to whom and when, is decided in `watch/alerts/`.
"""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import Connection, func, insert, or_, select, text, update
from sqlalchemy.dialects import postgresql

from orchestration_project.ledger import tables
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.model import Frozen
from orchestration_project.model.alerts import Severity, Trouble

COMES_BACK = timedelta(minutes=30)
"""What comes back so soon had not ended: it is the same alert, which came and went."""
_TELLER = 7_301_944_022


class Alert(Frozen):
    id: int
    severity: Severity
    opened_at: AwareDatetime
    seen_at: AwareDatetime  # the last time somebody found it
    ended_at: AwareDatetime | None = None
    openings: int = 1  # how often it began: more than once, where it comes and goes
    leads: int = 0  # the most at once
    times: int = 0
    trouble: Trouble

    @property
    def since(self) -> datetime:
        return self.trouble.since or self.opened_at


class Telling(Frozen):
    """How an alert stood when a sender delivered word of it."""

    alert_id: int
    sender: str
    told_at: AwareDatetime | None = None
    tellings: int = 0
    severity: Severity | None = None
    leads: int = 0
    times: int = 0
    openings: int = 0
    cleared_at: AwareDatetime | None = None  # the end was told; None again, once it is told anew


class SenderState(Frozen):
    name: str
    failures: int = 0  # in a row
    failing_since: AwareDatetime | None = None
    try_at: AwareDatetime | None = None
    said: str = ""


class Alerts(Part):
    def observe(self, cause: str, troubles: Sequence[Trouble]) -> None:
        """All that is broken of that cause at this moment: what is not among them has ended.

        The one way in, for whoever notices something: the watch hears of it in its next tick.
        """
        now, table = self.clock(), tables.alerts
        by_subject = {trouble.subject: trouble for trouble in troubles if trouble.cause == cause}
        if len(by_subject) != len(troubles):
            raise ValueError(f"troubles of another cause than {cause}, or two of one subject")
        with self.engine.begin() as connection:
            if not by_subject and not _any_open(connection, cause):
                return
            # two that look at the same moment would both open it
            key = {"name": f"alerts of {cause}"}
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))"), key)
            recent = or_(table.c.ended_at.is_(None), table.c.ended_at > now - COMES_BACK)
            rows = connection.execute(
                select(table).where(table.c.cause == cause, recent).order_by(table.c.id)
            )
            known = {row["subject"]: row for row in rows.mappings()}
            for subject, trouble in by_subject.items():
                _found(connection, known.get(subject), trouble, now)
            over = [row["id"] for subject, row in known.items() if subject not in by_subject]
            connection.execute(
                update(table).where(table.c.id.in_(over), table.c.ended_at.is_(None)).values(ended_at=now)
            )

    def open(self) -> tuple[Alert, ...]:
        """What is broken now, the oldest first."""
        return self._read(tables.alerts.c.ended_at.is_(None))

    def recent(self, since: datetime) -> tuple[Alert, ...]:
        """What is broken now, and what ended since then; the oldest first."""
        table = tables.alerts
        return self._read(or_(table.c.ended_at.is_(None), table.c.ended_at >= since))

    def _read(self, which: Any) -> tuple[Alert, ...]:
        table = tables.alerts
        with reading(self.engine) as connection:
            rows = connection.execute(select(table).where(which).order_by(table.c.id)).mappings()
            return tuple(_alert(row) for row in rows)

    def tellings(self, alerts: Sequence[Alert]) -> dict[tuple[int, str], Telling]:
        """By alert and sender."""
        table = tables.alert_tellings
        with reading(self.engine) as connection:
            query = select(table).where(table.c.alert_id.in_([alert.id for alert in alerts]))
            rows = connection.execute(query).mappings()
            found = (Telling.model_validate({**row, "severity": row["severity"] or None}) for row in rows)
            return {(telling.alert_id, telling.sender): telling for telling in found}

    def delivered(self, sender: str, tellings: Sequence[Telling]) -> None:
        """The sender has delivered word of these alerts, and so is well. Only now their windows open."""
        with self.engine.begin() as connection:
            for telling in tellings:
                values = telling.model_dump(exclude={"alert_id", "sender"})
                values["severity"] = telling.severity or ""
                connection.execute(
                    postgresql.insert(tables.alert_tellings)
                    .values(alert_id=telling.alert_id, sender=sender, **values)
                    .on_conflict_do_update(index_elements=["alert_id", "sender"], set_=values)
                )
            well = {"failures": 0, "failing_since": None, "try_at": None, "said": ""}
            connection.execute(
                update(tables.alert_senders).where(tables.alert_senders.c.name == sender).values(well)
            )

    def failed(self, sender: str, said: str, try_at: datetime) -> None:
        """It has delivered nothing."""
        table = tables.alert_senders
        with self.engine.begin() as connection:
            statement = postgresql.insert(table).values(
                name=sender, failures=1, failing_since=self.clock(), try_at=try_at, said=said
            )
            connection.execute(
                statement.on_conflict_do_update(
                    index_elements=["name"],
                    set_={
                        "failures": table.c.failures + 1,
                        "failing_since": func.coalesce(table.c.failing_since, self.clock()),
                        "try_at": try_at,
                        "said": said,
                    },
                )
            )

    def senders(self) -> dict[str, SenderState]:
        """Those that have failed once; one that never did is not among them."""
        with reading(self.engine) as connection:
            rows = connection.execute(select(tables.alert_senders)).mappings()
            return {row["name"]: SenderState.model_validate(dict(row)) for row in rows}

    @contextmanager
    def only_teller(self) -> Generator[bool]:
        """Whether nobody else tells at this moment, on any machine."""
        with self.engine.connect() as connection:
            mine = bool(connection.execute(text(f"SELECT pg_try_advisory_xact_lock({_TELLER})")).scalar())
            yield mine


def _any_open(connection: Connection, cause: str) -> bool:
    table = tables.alerts
    query = select(table.c.id).where(table.c.cause == cause, table.c.ended_at.is_(None)).limit(1)
    return connection.execute(query).first() is not None


def _found(connection: Connection, row: Any, trouble: Trouble, now: datetime) -> None:
    table = tables.alerts
    values = {
        "severity": trouble.severity,
        "seen_at": now,
        "ended_at": None,
        "trouble": trouble.model_dump(mode="json"),
    }
    if row is None:
        counted = {"leads": trouble.leads, "times": trouble.times}
        new = {"cause": trouble.cause, "subject": trouble.subject, "opened_at": trouble.since or now}
        connection.execute(insert(table).values(**values, **counted, **new))
        return
    came_back = row["ended_at"] is not None
    connection.execute(
        update(table)
        .where(table.c.id == row["id"])
        .values(
            **values,
            leads=func.greatest(table.c.leads, trouble.leads),
            times=func.greatest(table.c.times, trouble.times),
            openings=table.c.openings + (1 if came_back else 0),
        )
    )


def _alert(row: Any) -> Alert:
    return Alert.model_validate({key: row[key] for key in Alert.model_fields})
