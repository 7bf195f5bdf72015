"""One line a lead: what `leads list` and the reports show of it. Reading only.

The whole story of one lead is in `story.py`.
"""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from pydantic import AwareDatetime
from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import distinct_on

from orchestration_project.ledger import tables
from orchestration_project.ledger.receipt_rows import receipt_of
from orchestration_project.ledger.rows import AnyRow
from orchestration_project.model import Decision, Frozen, Person, ReceiptStatus, Ref, State


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
    status: State
    waiting_for: str | None
    try_at: AwareDatetime | None
    attention: str
    reason: str | None
    explanation: str
    score: int | None
    score_status: str | None
    service: str | None
    track: str | None
    rationale: str | None
    playbook_version: str | None
    deliveries: int
    drafted_at: AwareDatetime | None  # the mail; a replay changes nothing of it
    actions: tuple[ActionLine, ...]


def lines_of(connection: Connection, rows: Sequence[AnyRow]) -> tuple[LeadLine, ...]:
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
            select(tables.facts.c.lead_id, tables.facts.c.value["person"].label("person")).where(
                tables.facts.c.lead_id.in_(ids), tables.facts.c.kind == "Lead"
            )
        )
    }
    actions: defaultdict[int, list[ActionLine]] = defaultdict(list)
    drafted: dict[int, datetime] = {}
    leads, receipts = tables.submissions, tables.receipts
    for row in connection.execute(
        select(receipts, leads.c.ref)
        .join(leads, leads.c.id == receipts.c.lead_id)
        .where(receipts.c.lead_id.in_(ids))
        .order_by(receipts.c.changed_at)
    ):
        receipt = receipt_of(row, row.ref)
        if receipt.action == "draft" and receipt.status is ReceiptStatus.DONE:
            drafted[row.lead_id] = row.changed_at
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
        _line(
            row, newest.get(row.id), people.get(row.id, Person()), tuple(actions[row.id]), drafted.get(row.id)
        )
        for row in rows
    )


def _line(
    row: AnyRow,
    decision: AnyRow | None,
    person: Person,
    actions: tuple[ActionLine, ...],
    drafted_at: datetime | None,
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
        status=row.state,
        waiting_for=row.waiting_for,
        try_at=row.try_at,
        attention=row.attention,
        reason=row.reason,
        explanation=row.explanation,
        score=score.value if score else None,
        score_status=made.scoring.status.value if made else None,
        service=score.service if score else None,
        track=made.track if made else None,
        rationale=score.rationale if score else (made.scoring.explanation if made else None),
        playbook_version=made.playbook_version if made else None,
        deliveries=row.deliveries,
        drafted_at=drafted_at,
        actions=actions,
    )
