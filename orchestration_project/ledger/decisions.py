"""Decisions: added, never changed."""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Subquery, bindparam, exists, select, text
from sqlalchemy.dialects.postgresql import distinct_on, insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import ANEW, NOTE
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.model import Carried, Decision, LeaseLost, Ref

_SHOW = text("""UPDATE leads.work AS there SET score = new.score, score_status = new.score_status,
        changed_at = :now
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS new(lead_id integer, lease bigint, score integer,
        score_status text)
    WHERE there.lead_id = new.lead_id AND there.lease = new.lease AND there.state = 'running'
    RETURNING there.lead_id""")
_OF_LEADS = (
    select(tables.submissions.c.ref, tables.decisions.c.decision)
    .join(tables.submissions, tables.submissions.c.id == tables.decisions.c.lead_id)
    .where(tables.submissions.c.ref.in_(bindparam("refs", expanding=True)))
    .order_by(tables.decisions.c.id)
)
_STANDING = _OF_LEADS.where(
    tables.decisions.c.playbook_version == bindparam("version"),
    ~exists().where(
        tables.journal.c.lead_id == tables.decisions.c.lead_id,
        tables.journal.c.event.in_(ANEW),
        tables.journal.c.at >= tables.decisions.c.decided_at,
    ),
)
_ADD = insert(tables.decisions).on_conflict_do_nothing().returning(tables.decisions.c.lead_id)
"""All built once: the ops ask them, and to build them takes longer than to ask."""


class Decisions(Part):
    def standing(self, refs: Sequence[Ref], playbook_version: str) -> dict[Ref, Decision]:
        """What was decided under these rules of leads that came back since, because an action had to wait
        or the run died. Where a person has had the lead replayed, it is to be decided anew."""
        return self._read(_STANDING, {"refs": tuple(refs), "version": playbook_version})

    def newest(self, refs: Sequence[Ref]) -> dict[Ref, Decision]:
        """What was decided last of each lead, as far as anything was."""
        return self._read(_OF_LEADS, {"refs": tuple(refs)})

    def _read(self, query: Select[Any, Any], asked: Mapping[str, object]) -> dict[Ref, Decision]:
        """The last of each lead."""
        with reading(self.engine) as connection:
            last = {row.ref: row.decision for row in connection.execute(query, asked)}
        return {ref: Decision.model_validate(decision) for ref, decision in last.items()}

    def add_each(self, made: Sequence[tuple[Carried, Decision]], run_id: str) -> tuple[Carried, ...]:
        """One decision a lead and run: the retry of a step does not add a second. Of leads whose lease is old
        nothing is written; answers the others."""
        if not made:
            return ()
        now = self.clock()
        with self.engine.begin() as connection:
            mine = _show(connection, made, now)
            rows = [_row(lead, decision, run_id) for lead, decision in made if lead.lead_id in mine]
            if not rows:
                return ()
            new = set(connection.execute(_ADD, rows).scalars())
            told = [_line(lead, decision, run_id, now) for lead, decision in made if lead.lead_id in new]
            if told:
                connection.execute(NOTE, told)
        return tuple(lead for lead, _ in made if lead.lead_id in mine)

    def add(self, lead: Carried, decision: Decision, run_id: str) -> None:
        """The same of one. Raises LeaseLost."""
        if not self.add_each([(lead, decision)], run_id):
            raise LeaseLost(lead.ref)


def _show(connection: Connection, made: Sequence[tuple[Carried, Decision]], now: datetime) -> set[int]:
    """Beside the state too, where `leads list` looks for it. Answers the ids of those whose lease stands."""
    rows = [
        {
            "lead_id": lead.lead_id,
            "lease": lead.lease,
            "score": decision.scoring.score.value if decision.scoring.score else None,
            "score_status": decision.scoring.status.value,
        }
        for lead, decision in made
    ]
    return set(connection.execute(_SHOW, {"rows": json.dumps(rows), "now": now}).scalars())


def _row(lead: Carried, decision: Decision, run_id: str) -> dict[str, object]:
    scoring, score = decision.scoring, decision.scoring.score
    return {
        "lead_id": lead.lead_id,
        "run_id": run_id,
        "decided_at": decision.decided_at,
        "playbook_version": decision.playbook_version,
        "scorer": scoring.scorer,
        "model": scoring.model,
        "score_status": scoring.status.value,
        "score": score.value if score else None,
        "service": score.service if score else None,
        "track": decision.track,
        "cost_usd": scoring.usage.cost_usd,
        "decision": decision.model_dump(mode="json"),
    }


def _line(lead: Carried, decision: Decision, run_id: str, now: datetime) -> dict[str, object]:
    return {
        "lead_id": lead.lead_id,
        "at": now,
        "event": "decided",
        "detail": f"{decision.scoring.label}, track {decision.track}: {decision.why_track}",
        "run_id": run_id,
    }


def newest_decision() -> Subquery:
    """Of each lead, live."""
    decisions = tables.decisions
    return (
        select(decisions)
        .ext(distinct_on(decisions.c.lead_id))
        .order_by(decisions.c.lead_id, decisions.c.id.desc())
        .subquery("newest")
    )
