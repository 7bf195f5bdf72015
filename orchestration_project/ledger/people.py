"""What the ledger knows of persons across their leads: earlier leads, and the first touch."""

import json
from collections.abc import Collection, Mapping, Sequence

from pydantic import AwareDatetime
from sqlalchemy import Connection, delete, exists, select, text
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.facts import put
from orchestration_project.ledger.journal import note
from orchestration_project.ledger.other_messages import acted_since, perhaps_the_same, wrote_again
from orchestration_project.ledger.part import Part
from orchestration_project.ledger.reading import reading
from orchestration_project.ledger.rows import rows_of
from orchestration_project.model import OPEN, Attribution, EarlierLead, Frozen, Lead, Ref, State

NOBODY_WAITS_FOR = ("quarantined", "imported", "needs_person", "to_check", "erased")
"""A lead in one of these states stands for nobody: one that comes after it is news."""
_SAY_WHOSE = text("""UPDATE leads.work AS there SET person_key = new.person_key,
        submitted_at = new.submitted_at, try_at = CASE WHEN state = 'received' THEN NULL ELSE try_at END
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS new(lead_id integer, person_key text,
        submitted_at timestamptz)
    WHERE there.lead_id = new.lead_id""")


class Introduction(Frozen):
    """Whose lead it is, and where the person came from this time."""

    ref: Ref
    person_key: str | None  # None: no usable address
    submitted_at: AwareDatetime
    keys: frozenset[str] = frozenset()  # by which leads that may be of one person find one another
    touch: Attribution = Attribution()
    lead: Lead | None = None  # as it was read; None: it cannot be read


class People(Part):
    def introduce(self, introductions: Sequence[Introduction]) -> None:
        """Writes down whose leads these are and what they say, with the person's first touch. In one
        transaction: a burst that could be claimed bit by bit would start as many small runs."""
        if not introductions:
            return
        leads = tables.submissions
        with self.engine.begin() as connection:
            query = select(leads.c.ref, leads.c.id).where(
                leads.c.ref.in_([given.ref for given in introductions])
            )
            ids = {Ref(row.ref): row.id for row in connection.execute(query)}
            given = {ids[one.ref]: one for one in introductions if one.ref in ids}
            _say_whose(connection, given)
            put_keys(connection, {lead_id: one.keys for lead_id, one in given.items()})
            first = _first_touches(connection, given)
            read = {
                lead_id: one.lead.model_copy(update={"first_touch": first.get(one.person_key, one.touch)})
                for lead_id, one in given.items()
                if one.lead is not None
            }
            put(connection, read, self.clock)

    def known_refs(self, person_key: str) -> frozenset[Ref]:
        """All leads of that person."""
        leads, work = tables.submissions, tables.work
        query = (
            select(leads.c.ref)
            .join(work, work.c.lead_id == leads.c.id)
            .where(work.c.person_key == person_key)
        )
        with reading(self.engine) as connection:
            return frozenset(Ref(ref) for ref in connection.execute(query).scalars())

    def perhaps_the_same(self, refs: Sequence[Ref]) -> dict[Ref, tuple[EarlierLead, ...]]:
        """Of each lead the earlier ones with which it has a key in common, the newest first: of each key the
        newest few, so that a firm with a thousand leads costs no more than one with ten. Not those that were
        set aside. Of two at the same moment, the one received first is the earlier."""
        found: dict[Ref, list[EarlierLead]] = {ref: [] for ref in refs}
        with reading(self.engine) as connection:
            for row in connection.execute(perhaps_the_same(), {"refs": [*refs]}):
                stands = row.state not in NOBODY_WAITS_FOR
                found[Ref(row.ref)].append(
                    EarlierLead(ref=Ref(row.other), submitted_at=row.submitted_at, stands=stands)
                )
        return {ref: tuple(earlier) for ref, earlier in found.items()}

    def acted_since(self, refs: Collection[Ref]) -> dict[Ref, tuple[EarlierLead, ...]]:
        """Of each lead those of the same mailbox that came later and have acted: it waited for a person, and
        meanwhile they wrote again. Not those that were set aside since."""
        found: dict[Ref, list[EarlierLead]] = {ref: [] for ref in refs}
        with reading(self.engine) as connection:
            # mostly nobody, which is found out in a third of the time
            again = {*connection.execute(wrote_again(), {"refs": [*refs]}).scalars()}
            for row in connection.execute(acted_since(), {"refs": [*again]}) if again else ():
                later = EarlierLead(ref=Ref(row.other), submitted_at=row.submitted_at, stands=True)
                found[Ref(row.ref)].append(later)
        return {ref: tuple(later) for ref, later in found.items()}

    def wrote_again(self, again: Mapping[Ref, Ref]) -> None:
        """Into the stories of the first leads: what else their persons wrote is others. By the ref of each
        other lead, that of the first."""
        if not again:
            return
        with self.engine.begin() as connection:
            ids = {row.ref: row.lead_id for row in rows_of(connection, {*again.values()})}
            for other, first in again.items():
                known = [ids[first]] if first in ids else []
                note(connection, known, at=self.clock(), event="wrote again", detail=f"as {other}")

    def undecided(self, refs: Collection[Ref]) -> frozenset[Ref]:
        """Those of them that are under way, and of which nothing has been decided yet."""
        leads, work, decisions = tables.submissions, tables.work, tables.decisions
        query = (
            select(leads.c.ref)
            .join(work, work.c.lead_id == leads.c.id)
            .where(
                leads.c.ref.in_(tuple(refs)),
                work.c.state.in_(tuple(OPEN)),
                ~exists().where(decisions.c.lead_id == leads.c.id),
            )
        )
        with reading(self.engine) as connection:
            return frozenset(Ref(ref) for ref in connection.execute(query).scalars())

    def standing(self, refs: Collection[Ref]) -> dict[Ref, State]:
        """Those of them that stand for their person (see NOBODY_WAITS_FOR), with their states."""
        leads, work = tables.submissions, tables.work
        query = (
            select(leads.c.ref, work.c.state)
            .join(work, work.c.lead_id == leads.c.id)
            .where(leads.c.ref.in_(tuple(refs)), work.c.state.not_in(NOBODY_WAITS_FOR))
        )
        with reading(self.engine) as connection:
            return {Ref(row.ref): row.state for row in connection.execute(query)}


def _say_whose(connection: Connection, given: Mapping[int, Introduction]) -> None:
    rows = [
        {"lead_id": lead_id, "person_key": one.person_key, "submitted_at": one.submitted_at.isoformat()}
        for lead_id, one in given.items()
    ]
    # in one order, whoever introduces: two who say the same of the same leads wait instead of deadlocking
    work = tables.work
    connection.execute(
        select(work.c.lead_id).where(work.c.lead_id.in_([*given])).order_by(work.c.lead_id).with_for_update()
    )
    connection.execute(_SAY_WHOSE, {"rows": json.dumps(rows)})


def _first_touches(
    connection: Connection, given: Mapping[int, Introduction]
) -> dict[str | None, Attribution]:
    """By person, where they came from first; this may be it. A lead without a person has its own alone."""
    touches = tables.first_touches
    known = [(one.person_key, lead_id, one.touch) for lead_id, one in given.items() if one.person_key]
    if not known:
        return {}
    known.sort(key=lambda one: one[0])  # in one order, as above
    connection.execute(
        insert(touches).on_conflict_do_nothing(),
        [
            {"person_key": key, "lead_id": lead_id, "attribution": touch.model_dump(mode="json")}
            for key, lead_id, touch in known
        ],
    )
    query = select(touches.c.person_key, touches.c.attribution).where(
        touches.c.person_key.in_({key for key, _, _ in known})
    )
    return {row.person_key: Attribution.model_validate(row.attribution) for row in connection.execute(query)}


def put_keys(connection: Connection, keys: Mapping[int, frozenset[str]]) -> None:
    """These and no others, by lead."""
    table = tables.lead_keys
    connection.execute(delete(table).where(table.c.lead_id.in_(tuple(keys))))
    rows = [{"lead_id": lead_id, "key": key} for lead_id, some in keys.items() for key in sorted(some)]
    if rows:
        connection.execute(insert(table), rows)
