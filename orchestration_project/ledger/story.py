"""Reading for people: the list of leads, and the whole story of one. Nothing here changes the ledger."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import AwareDatetime
from sqlalchemy import Connection, Engine, Row, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from orchestration_project.errors import LeadsError
from orchestration_project.ledger import tables
from orchestration_project.ledger.receipts import receipt_of
from orchestration_project.model import Attribution, Decision, Frozen, JsonObject, Lead, Person, Ref

Status = Literal["pending", "queued", "running", "done", "quarantined", "failed", "imported"]
STATUSES: tuple[Status, ...] = (
    *("pending", "queued", "running", "done", "quarantined", "failed"),
    "imported",  # history: no run takes it until a person says so
)


class ActionLine(Frozen):
    action: str
    status: str
    external_id: str | None
    error: str | None
    note: str
    url: str | None


class LeadLine(Frozen):
    """One lead as `leads list --json` prints it; keys are only ever added."""

    ref: Ref
    source: str
    external_id: str
    email: str | None
    name: str | None
    received_at: AwareDatetime
    finished_at: AwareDatetime | None
    status: Status
    reason: str | None
    explanation: str
    score: int | None
    score_status: str | None
    service: str | None
    track: str | None
    rationale: str | None
    playbook_version: str | None
    deliveries: int
    actions: tuple[ActionLine, ...]


class Event(Frozen):
    at: AwareDatetime
    event: str
    detail: str
    run_id: str | None


class Story(Frozen):
    """Everything the ledger knows of one lead."""

    lead: LeadLine
    normalised: Lead | None
    first_touch: Attribution | None
    decisions: tuple[Decision, ...]
    context: JsonObject | None
    events: tuple[Event, ...]
    raw: str


@dataclass(frozen=True)
class Stories:
    engine: Engine

    def count(self) -> dict[str, int]:
        """How many leads stand where."""
        with self.engine.connect() as connection:
            rows = connection.execute(
                select(tables.work.c.status, func.count()).group_by(tables.work.c.status)
            ).all()
        return dict(rows)

    def newest_event(self) -> str | None:
        """The last thing that happened to any lead, in a word or two."""
        with self.engine.connect() as connection:
            return connection.execute(
                select(tables.journal.c.event).order_by(tables.journal.c.id.desc()).limit(1)
            ).scalar()

    def list_leads(
        self, *, status: Status | None = None, refs: Sequence[Ref] | None = None, limit: int | None = None
    ) -> tuple[LeadLine, ...]:
        """Oldest first. `limit` keeps the newest so many."""
        leads, work = tables.submissions, tables.work
        query = select(leads, work).join(work, work.c.lead_id == leads.c.id).order_by(leads.c.id.desc())
        if status is not None:
            query = query.where(work.c.status == status)
        if refs is not None:
            query = query.where(leads.c.ref.in_(tuple(refs)))
        if limit is not None:
            query = query.limit(limit)
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
            return _lines(connection, list(reversed(rows)))

    def resolve(self, typed: str) -> Ref:
        """The ref a person means: any case, with or without `L-`, or an unambiguous beginning of it."""
        wanted = typed.strip().upper().removeprefix("L-")
        if not (wanted.isascii() and wanted.isalnum()):
            raise LeadsError(f"No lead is called {typed!r}. `leads list` shows the refs.")
        leads = tables.submissions
        with self.engine.connect() as connection:
            refs = (
                connection.execute(
                    select(leads.c.ref).where(leads.c.ref.startswith(f"L-{wanted}", autoescape=True)).limit(3)
                )
                .scalars()
                .all()
            )
        if not refs:
            raise LeadsError(f"No lead is called {typed!r}. `leads list` shows the refs.")
        if len(refs) > 1 and f"L-{wanted}" not in refs:
            raise LeadsError(f"{typed!r} could be {' or '.join(refs)}. Write more of it.")
        return Ref(refs[0])

    def tell(self, ref: Ref) -> Story:
        leads = tables.submissions
        with self.engine.connect() as connection:
            row = connection.execute(
                select(leads, tables.work)
                .join(tables.work, tables.work.c.lead_id == leads.c.id)
                .where(leads.c.ref == ref)
            ).one()
            (line,) = _lines(connection, [row])
            normalised = _newest_fact(connection, row.id, "Lead")
            touch = connection.execute(
                select(tables.first_touches.c.attribution).where(
                    tables.first_touches.c.person_key == row.person_key
                )
            ).scalar()
            decisions = connection.execute(
                select(tables.decisions.c.decision)
                .where(tables.decisions.c.lead_id == row.id)
                .order_by(tables.decisions.c.id)
            ).scalars()
            events = connection.execute(
                select(
                    tables.journal.c.at,
                    tables.journal.c.event,
                    tables.journal.c.detail,
                    tables.journal.c.run_id,
                )
                .where(tables.journal.c.lead_id == row.id)
                .order_by(tables.journal.c.id)
            )
            return Story(
                lead=line,
                normalised=Lead.model_validate(normalised) if normalised else None,
                first_touch=Attribution.model_validate(touch) if touch else None,
                decisions=tuple(Decision.model_validate(decision) for decision in decisions),
                context=_newest_fact(connection, row.id, "Context"),
                events=tuple(
                    Event(at=event.at, event=event.event, detail=event.detail, run_id=event.run_id)
                    for event in events
                ),
                raw=row.raw.decode("utf-8", "replace"),
            )


def _newest_fact(connection: Connection, lead_id: int, kind: str) -> JsonObject | None:
    facts = tables.facts
    return connection.execute(
        select(facts.c.value)
        .where(facts.c.lead_id == lead_id, facts.c.type == kind)
        .order_by(facts.c.at.desc())
        .limit(1)
    ).scalar()


def _lines(connection: Connection, rows: Sequence[Row[Any]]) -> tuple[LeadLine, ...]:
    ids = [row.id for row in rows]
    newest = {
        row.lead_id: row
        for row in connection.execute(
            select(tables.decisions)
            .ext(distinct_on(tables.decisions.c.lead_id))
            .where(tables.decisions.c.lead_id.in_(ids))
            .order_by(tables.decisions.c.lead_id, tables.decisions.c.id.desc())
        )
    }
    people = {
        row.lead_id: Person.model_validate(row.person)
        for row in connection.execute(
            select(tables.facts.c.lead_id, tables.facts.c.value["person"].label("person"))
            .ext(distinct_on(tables.facts.c.lead_id))
            .where(tables.facts.c.lead_id.in_(ids), tables.facts.c.type == "Lead")
            .order_by(tables.facts.c.lead_id, tables.facts.c.at.desc())
        )
    }
    actions: defaultdict[int, list[ActionLine]] = defaultdict(list)
    leads, receipts = tables.submissions, tables.receipts
    for row in connection.execute(
        select(receipts, leads.c.ref)
        .join(leads, leads.c.id == receipts.c.lead_id)
        .where(receipts.c.lead_id.in_(ids))
        .order_by(receipts.c.changed_at)
    ):
        receipt = receipt_of(row)
        actions[row.lead_id].append(
            ActionLine(
                action=receipt.action,
                status=receipt.status.value,
                external_id=receipt.external_id,
                error=receipt.error,
                note=receipt.note,
                url=receipt.url,
            )
        )
    return tuple(
        _line(row, newest.get(row.id), people.get(row.id, Person()), tuple(actions[row.id])) for row in rows
    )


def _line(
    row: Row[Any],
    decision: Row[Any] | None,
    person: Person,
    actions: tuple[ActionLine, ...],
) -> LeadLine:
    made = Decision.model_validate(decision.decision) if decision else None
    score = made.scoring.score if made else None
    return LeadLine(
        ref=row.ref,
        source=row.source,
        external_id=row.external_id,
        email=person.email or row.person_key,
        name=person.full_name,
        received_at=row.received_at,
        finished_at=row.finished_at,
        status=row.status,
        reason=row.reason,
        explanation=row.explanation,
        score=score.value if score else None,
        score_status=made.scoring.status.value if made else None,
        service=score.service if score else None,
        track=made.track if made else None,
        rationale=score.rationale if score else (made.scoring.explanation if made else None),
        playbook_version=made.playbook_version if made else None,
        deliveries=row.deliveries,
        actions=actions,
    )
