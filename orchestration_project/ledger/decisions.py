"""Decisions: added, never changed."""

import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Subquery, exists, select, text
from sqlalchemy.dialects.postgresql import distinct_on, insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import ANEW
from orchestration_project.ledger.part import Part
from orchestration_project.model import Carried, Decision, LeaseLost, Ref

_SHOW = text("""UPDATE leads.work AS there SET score = new.score, score_status = new.score_status,
        changed_at = :now
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS new(lead_id integer, lease bigint, score integer,
        score_status text)
    WHERE there.lead_id = new.lead_id AND there.lease = new.lease AND there.state = 'running'
    RETURNING there.lead_id""")


class Decisions(Part):
    def standing(self, refs: Sequence[Ref], playbook_version: str) -> dict[Ref, Decision]:
        """What was decided under these rules of leads that came back since, because an action had to wait
        or the run died. Where a person has had the lead replayed, it is to be decided anew."""
        leads, table, told = tables.submissions, tables.decisions, tables.journal
        anew_since = exists().where(
            told.c.lead_id == table.c.lead_id, told.c.event.in_(ANEW), told.c.at >= table.c.decided_at
        )
        query = (
            select(leads.c.ref, table.c.decision)
            .join(leads, leads.c.id == table.c.lead_id)
            .where(
                leads.c.ref.in_(tuple(refs)),
                table.c.playbook_version == playbook_version,
                ~anew_since,
            )
            .order_by(table.c.id)
        )
        with self.engine.connect() as connection:
            rows = connection.execute(query).all()
        return {row.ref: Decision.model_validate(row.decision) for row in rows}

    def newest(self, refs: Sequence[Ref]) -> dict[Ref, Decision]:
        """What was decided last of each lead, as far as anything was."""
        leads, table = tables.submissions, tables.decisions
        query = (
            select(leads.c.ref, table.c.decision)
            .join(leads, leads.c.id == table.c.lead_id)
            .where(leads.c.ref.in_(tuple(refs)))
            .order_by(table.c.id)
        )
        with self.engine.connect() as connection:
            return {row.ref: Decision.model_validate(row.decision) for row in connection.execute(query)}

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
            added = connection.execute(
                insert(tables.decisions).on_conflict_do_nothing().returning(tables.decisions.c.lead_id),
                rows,
            )
            new = set(added.scalars())
            told = [_line(lead, decision, run_id, now) for lead, decision in made if lead.lead_id in new]
            if told:
                connection.execute(insert(tables.journal), told)
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
