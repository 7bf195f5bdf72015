"""Labels: what people said of decisions, and what became of leads. Taken in whenever they come.

Where a lead stands is not touched by them: that is `outcomes.py`, of a run's outcomes.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from pydantic import AwareDatetime
from sqlalchemy import Row, exists, func, select
from sqlalchemy.dialects.postgresql import distinct_on, insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.journal import note
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.ledger.standing import stands
from orchestration_project.model import Context, Correction, Frozen, Outcome, OutcomeKind, Ref


class Taken(Frozen):
    """How many outcomes were new or said something else than before, and of which leads nobody has heard."""

    new: int
    unknown: tuple[Ref, ...]


@dataclass(frozen=True)
class Asked:
    """Whose lead somebody speaks of: by our ref, by the id it had at its source, or by whose it is."""

    ref: str | None
    external_id: str | None
    person_key: str | None
    at: datetime


class Labelled(Frozen):
    """What became of a lead, and what a person said of it, as far as anybody has. One row an outcome."""

    ref: Ref
    submitted_at: AwareDatetime
    outcome: OutcomeKind | None
    outcome_at: AwareDatetime | None
    track: str | None  # as a person said it should have been
    score: int | None


class Labels(Part):
    def called_spam(self, refs: Collection[Ref]) -> frozenset[Ref]:
        """Those of which that is a person's newest word on whether they are genuine."""
        leads, verdicts = tables.submissions, tables.verdicts
        newest = (
            select(verdicts.c.lead_id, verdicts.c.kind)
            .ext(distinct_on(verdicts.c.lead_id))
            .join(leads, leads.c.id == verdicts.c.lead_id)
            .where(leads.c.ref.in_(refs), verdicts.c.kind.in_(("spam", "genuine", "taken_back")))
            .order_by(verdicts.c.lead_id, verdicts.c.id.desc())
            .subquery()
        )
        found = (
            select(leads.c.ref).join(newest, newest.c.lead_id == leads.c.id).where(newest.c.kind == "spam")
        )
        with reading(self.engine) as connection:
            return frozenset(map(Ref, connection.execute(found).scalars()))

    def correct(self, correction: Correction) -> None:
        """Keeps what a person said, beside the decision that stood then."""
        now, leads, decisions = self.clock(), tables.submissions, tables.decisions
        with self.engine.begin() as connection:
            lead_id = connection.execute(select(leads.c.id).where(leads.c.ref == correction.ref)).scalar_one()
            newest = select(func.max(decisions.c.id)).where(decisions.c.lead_id == lead_id)
            connection.execute(
                insert(tables.verdicts).values(
                    lead_id=lead_id,
                    said_at=now,
                    said_by=correction.said_by,
                    kind=correction.kind.value,
                    track=correction.track,
                    score=correction.score,
                    note=correction.note,
                    decision_id=newest.scalar_subquery(),
                )
            )
            note(connection, [lead_id], at=now, event="verdict", detail=_told(correction))

    def find(self, asked: Sequence[Asked]) -> tuple[Ref | None, ...]:
        """The lead of each, in order; None where there is none, or more than one by that id. Of a person's
        leads it is the newest that came before what is told of it."""
        leads, work = tables.submissions, tables.work
        refs, ids, keys = (
            {value for each in asked if (value := getattr(each, name)) is not None}
            for name in ("ref", "external_id", "person_key")
        )
        query = (
            select(leads.c.ref, leads.c.external_id, work.c.person_key, work.c.submitted_at)
            .join(work, work.c.lead_id == leads.c.id)
            .where(leads.c.ref.in_(refs) | leads.c.external_id.in_(ids) | work.c.person_key.in_(keys))
            .order_by(work.c.submitted_at, leads.c.id)
        )
        with reading(self.engine) as connection:
            rows = connection.execute(query).all()
        known = {row.ref for row in rows}
        by_id: dict[str, list[str]] = defaultdict(list)
        by_person: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
        for row in rows:
            by_id[row.external_id].append(row.ref)
            by_person[row.person_key].append((row.submitted_at, row.ref))

        def one(each: Asked) -> str | None:
            if each.ref is not None:
                return each.ref if each.ref in known else None
            if each.external_id is not None:
                found = by_id.get(each.external_id, [])
                return found[0] if len(found) == 1 else None
            earlier = [
                ref for submitted, ref in by_person.get(each.person_key or "", []) if submitted <= each.at
            ]
            return earlier[-1] if earlier else None

        return tuple(Ref(ref) if (ref := one(each)) is not None else None for each in asked)

    def of_leads(self) -> tuple[Labelled, ...]:
        """All leads that were genuine and of which it is known what a score is made from, labelled or not,
        the oldest first."""
        leads, work, facts = tables.submissions, tables.work, tables.facts
        outcomes, verdicts = tables.outcomes, tables.verdicts
        newest = (
            select(verdicts.c.lead_id, verdicts.c.track, verdicts.c.score)
            .distinct(verdicts.c.lead_id)
            .where(verdicts.c.track.is_not(None) | verdicts.c.score.is_not(None), stands())
            .order_by(verdicts.c.lead_id, verdicts.c.id.desc())
            .subquery()
        )
        query = (
            select(
                leads.c.ref,
                work.c.submitted_at,
                outcomes.c.outcome,
                outcomes.c.at.label("outcome_at"),
                newest.c.track,
                newest.c.score,
            )
            .select_from(work)
            .join(leads, leads.c.id == work.c.lead_id)
            .outerjoin(outcomes, outcomes.c.lead_id == work.c.lead_id)
            .outerjoin(newest, newest.c.lead_id == work.c.lead_id)
            .where(
                work.c.state.not_in(("quarantined", "to_check")),
                exists().where(facts.c.lead_id == work.c.lead_id, facts.c.kind == Context.__name__),
            )
            .order_by(work.c.submitted_at, leads.c.id)
        )
        with reading(self.engine) as connection:
            return tuple(Labelled.model_validate(row) for row in connection.execute(query).mappings())

    def take_outcomes(self, outcomes: Sequence[Outcome]) -> Taken:
        """Keeps each, in one transaction. The same word again changes nothing, a newer one on the same deal
        takes the place of the older."""
        now, leads = self.clock(), tables.submissions
        with self.engine.begin() as connection:
            refs = {outcome.ref for outcome in outcomes}
            ids: dict[str, int] = {
                row.ref: row.id
                for row in connection.execute(select(leads.c.ref, leads.c.id).where(leads.c.ref.in_(refs)))
            }
            rows = {
                (ids[outcome.ref], outcome.origin, outcome.external_id): {
                    "lead_id": ids[outcome.ref],
                    "origin": outcome.origin,
                    "external_id": outcome.external_id,
                    "outcome": outcome.kind.value,
                    "at": outcome.at,
                    "value": outcome.value,
                    "currency": outcome.currency,
                    "recorded_at": now,
                }
                for outcome in outcomes
                if outcome.ref in ids
            }
            changed: Sequence[Row[int, str]] = []
            if rows:
                statement = insert(tables.outcomes)
                given, table = statement.excluded, tables.outcomes.c
                said = ("outcome", "at", "value", "currency")
                changed = connection.execute(
                    statement.on_conflict_do_update(
                        index_elements=["lead_id", "origin", "external_id"],
                        set_={name: given[name] for name in (*said, "recorded_at")},
                        where=func.row(*(table[name] for name in said)).is_distinct_from(
                            func.row(*(given[name] for name in said))
                        ),
                    ).returning(table.lead_id, table.outcome),
                    list(rows.values()),
                ).all()
            for kind in {row.outcome for row in changed}:
                those = [row.lead_id for row in changed if row.outcome == kind]
                note(connection, those, at=now, event="outcome", detail=kind.replace("_", " "))
        return Taken(new=len(changed), unknown=tuple(sorted(refs - ids.keys())))


def _told(correction: Correction) -> str:
    what = {"track": f"track {correction.track}", "score": f"score {correction.score}"}.get(
        correction.kind, correction.kind.value.replace("_", " ")
    )
    return f"{what}: {correction.note}" if correction.note else what
