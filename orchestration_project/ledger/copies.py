"""What we made in other systems, what we wrote there, and what each says of it now.

How two values compare is `data/records.py`, when a copy is written over `action/carry.py`; consent that was
withdrawn is `consents.py`.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from pydantic import AwareDatetime, Field
from sqlalchemy import Connection, Engine, and_, case, delete, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from orchestration_project.ledger import tables
from orchestration_project.ledger.facts import put
from orchestration_project.ledger.journal import note
from orchestration_project.ledger.rows import AnyRow
from orchestration_project.ledger.sources import Reading, move_cursor
from orchestration_project.model import Clock, Context, Frozen, Lead, Ref
from orchestration_project.model.records import NO, Change, Held, Item, System, Told, in_words

MADE = "copies made"
"""Under which the ledger keeps up to when receipts were gone through."""
SYSTEM_OF: Mapping[str, System] = {
    "crm_contact": "crm",
    "sequence": "sequence",
    "calendar_hold": "calendar",
    "folder": "folder",
    "draft": "mail",
}
"""Of the actions that leave a copy of what is known about a person; the index of receipts names the same."""
LATE = timedelta(minutes=2)
"""A receipt may be seen so much later than it is dated."""
LOOKED_AFTER = timedelta(days=90)
"""Of an older lead only what a system tells by itself is learned: nobody looks each thing up any more."""

Pending = Literal["learn", "carry"]


class Made(Frozen):
    """A receipt of something that is not known as a copy yet."""

    ref: Ref
    lead_id: int
    action: str
    outside_id: str
    note: str
    at: AwareDatetime


class Copy(Frozen):
    """A thing of ours in another system."""

    ref: Ref
    lead_id: int
    system: System
    service: str
    outside_id: str
    at: AwareDatetime
    written: dict[Item, str] = Field(default_factory=dict)
    said: dict[Item, str] = Field(default_factory=dict)  # by the form, beside it


@dataclass(frozen=True)
class Rules:
    """What the layers above know: when two values are the same, and who is right about which."""

    same: Callable[[Item, str, str], bool]
    is_record: Callable[[System, Item], bool]


@dataclass(frozen=True)
class Copies:
    engine: Engine
    clock: Clock

    def made(self, limit: int) -> tuple[Made, ...]:
        """Done receipts of what is not known as a copy yet, in the order in which they were done."""
        table, leads, copies = tables.receipts, tables.submissions, tables.copies
        system = case(*((table.c.action == action, name) for action, name in SYSTEM_OF.items()), else_="")
        known = select(copies.c.lead_id).where(copies.c.lead_id == table.c.lead_id, copies.c.system == system)
        query = (
            select(table, leads.c.ref)
            .join(leads, leads.c.id == table.c.lead_id)
            .where(
                table.c.status == "done",
                table.c.action.in_(tuple(SYSTEM_OF)),
                table.c.external_id.is_not(None),
                ~known.exists(),
            )
            .order_by(table.c.changed_at, table.c.lead_id)
            .limit(limit)
        )
        with self.engine.connect() as connection:
            until = _until(connection)
            if until is not None:
                query = query.where(table.c.changed_at >= until - LATE)
            return tuple(
                Made(
                    ref=row.ref,
                    lead_id=row.lead_id,
                    action=row.action,
                    outside_id=row.external_id,
                    note=row.note,
                    at=row.changed_at,
                )
                for row in connection.execute(query)
            )

    def adopt(self, copies: Sequence[Copy], until: datetime) -> None:
        """They are looked after from now on. Raises ReadByAnother."""
        with self.engine.begin() as connection:
            before = _until(connection)
            after = max(until, before) if before is not None else until
            if before is None or after > before:
                told = before.isoformat() if before is not None else None
                move_cursor(
                    connection, Reading(source=MADE, before=told, after=after.isoformat()), self.clock
                )
            rows = [
                {
                    "lead_id": copy.lead_id,
                    "system": copy.system,
                    "service": copy.service,
                    "outside_id": copy.outside_id,
                    "looked_at": copy.at,
                }
                for copy in copies
            ]
            values = [row for copy in copies for row in _values_of(copy)]
            if rows:
                connection.execute(insert(tables.copies).on_conflict_do_nothing(), rows)
            if values:
                connection.execute(insert(tables.copy_values).on_conflict_do_nothing(), values)

    def any_of(self, system: System, service: str) -> bool:
        """Whether anything of ours is there."""
        table = tables.copies
        query = select(table.c.lead_id).where(table.c.system == system, table.c.service == service).limit(1)
        with self.engine.connect() as connection:
            return connection.execute(query).first() is not None

    def next_looks(self, system: System, service: str, limit: int, before: datetime) -> tuple[str, ...]:
        """Ids of things that nobody has looked at since then, the longest unseen first."""
        table, leads = tables.copies, tables.submissions
        query = (
            select(table.c.outside_id)
            .join(leads, leads.c.id == table.c.lead_id)
            .where(
                table.c.system == system,
                table.c.service == service,
                table.c.gone_at.is_(None),
                table.c.looked_at < before,
                leads.c.received_at > self.clock() - LOOKED_AFTER,
            )
            .order_by(table.c.looked_at)
            .limit(limit)
        )
        with self.engine.connect() as connection:
            return tuple(dict.fromkeys(connection.execute(query).scalars()))

    def learn(self, system: System, service: str, told: Sequence[Told], rules: Rules) -> tuple[Change, ...]:
        """What each thing says now, told in the stories of its leads where it is otherwise than before."""
        newest = {one.outside_id: one for one in told}
        if not newest:
            return ()
        now, table, leads = self.clock(), tables.copies, tables.submissions
        with self.engine.begin() as connection:
            found = connection.execute(
                select(table, leads.c.ref)
                .join(leads, leads.c.id == table.c.lead_id)
                .where(
                    table.c.system == system,
                    table.c.service == service,
                    table.c.outside_id.in_(tuple(newest)),
                )
                .order_by(table.c.lead_id)
                .with_for_update(of=table)
            ).all()
            held = _held(connection, [row.lead_id for row in found])
            changes: list[Change] = []
            for row in found:
                one = newest[row.outside_id]
                if _is_somebody_else(one, held.get((row.lead_id, system, "email")), rules):
                    one = Told(outside_id=one.outside_id, gone=True)
                _note_place(connection, row, one, now)
                for item, says in one.values.items():
                    before = held.get((row.lead_id, system, item))
                    change = _change(row.ref, system, item, before, says, one.changed_at, now, rules)
                    _keep(connection, row.lead_id, system, item, before, says, change, rules)
                    if change is not None:
                        changes.append(change)
                        note(connection, [row.lead_id], at=now, event=_event(change), detail=_detail(change))
        return tuple(changes)

    def of(self, refs: Collection[Ref]) -> dict[Ref, tuple[Held, ...]]:
        """All values of these leads, by ref."""
        leads, table = tables.submissions, tables.copy_values
        query = (
            select(table, leads.c.ref)
            .join(leads, leads.c.id == table.c.lead_id)
            .where(leads.c.ref.in_(tuple(refs)))
            .order_by(table.c.lead_id, table.c.item, table.c.system)
        )
        found: dict[Ref, list[Held]] = {ref: [] for ref in refs}
        with self.engine.connect() as connection:
            for row in connection.execute(query):
                found[row.ref].append(_held_of(row))
        return {ref: tuple(some) for ref, some in found.items()}

    def outside_ids(self, ref: Ref) -> dict[System, str]:
        """Where each copy of that lead is now; without those that are gone."""
        leads, table = tables.submissions, tables.copies
        query = (
            select(table.c.system, table.c.outside_id)
            .join(leads, leads.c.id == table.c.lead_id)
            .where(leads.c.ref == ref, table.c.gone_at.is_(None))
        )
        with self.engine.connect() as connection:
            return {row.system: row.outside_id for row in connection.execute(query)}

    def pending(self, what: Pending, limit: int) -> tuple[Ref, ...]:
        """Leads with something that is to be learned, or to be carried, the oldest change first."""
        leads, table = tables.submissions, tables.copy_values
        query = (
            select(leads.c.ref)
            .join(table, table.c.lead_id == leads.c.id)
            .where(table.c.pending == what)
            .group_by(leads.c.ref)
            .order_by(func.min(table.c.since), leads.c.ref)
            .limit(limit)
        )
        with self.engine.connect() as connection:
            return tuple(Ref(ref) for ref in connection.execute(query).scalars())

    def learned(self, ref: Ref, held: Sequence[Held], lead: Lead | None, context: Context | None) -> None:
        """The lead says what its records say. What has changed meanwhile once more is learned once more."""
        with self.engine.begin() as connection:
            lead_id = _lead_id(connection, ref)
            for fact in (lead, context):
                if lead_id is not None and fact is not None:
                    put(connection, {lead_id: fact}, self.clock)
            _pass_on(connection, lead_id, held, "learn", "carry")

    def carried(self, ref: Ref, held: Sequence[Held]) -> None:
        """All copies of the lead say it, or are left as people have made them."""
        with self.engine.begin() as connection:
            _pass_on(connection, _lead_id(connection, ref), held, "carry", None)

    def will_write(self, ref: Ref, system: System, values: Mapping[Item, str]) -> None:
        """Written down before it is done: what then stands there is ours, whether we hear of it or not."""
        with self.engine.begin() as connection:
            lead_id = _lead_id(connection, ref)
            rows = [
                {"lead_id": lead_id, "system": system, "item": item, "writing": value}
                for item, value in values.items()
            ]
            if lead_id is not None and rows:
                statement = insert(tables.copy_values)
                connection.execute(
                    statement.on_conflict_do_update(
                        index_elements=["lead_id", "system", "item"],
                        set_={"writing": statement.excluded.writing},
                    ),
                    rows,
                )

    def wrote(self, ref: Ref, system: System, values: Mapping[Item, str]) -> None:
        """It stands there now."""
        table = tables.copy_values
        with self.engine.begin() as connection:
            lead_id = _lead_id(connection, ref)
            for item, value in values.items():
                connection.execute(
                    update(table)
                    .where(table.c.lead_id == lead_id, table.c.system == system, table.c.item == item)
                    .values(written=value, writing=None, says=value, since=self.clock())
                )

    def stands(self, ref: Ref, system: System, values: Mapping[Item, str]) -> None:
        """A person has made it so, and it is left; what we would have written stays beside it."""
        table = tables.copy_values
        with self.engine.begin() as connection:
            lead_id = _lead_id(connection, ref)
            for item, value in values.items():
                connection.execute(
                    update(table)
                    .where(
                        table.c.lead_id == lead_id,
                        table.c.system == system,
                        table.c.item == item,
                        table.c.says.is_distinct_from(value),
                    )
                    .values(says=value, since=self.clock())
                )

    def perhaps_different(
        self, limit: int, after: Ref | None = None, ref: Ref | None = None
    ) -> tuple[tuple[Ref, tuple[Held, ...]], ...]:
        """Leads of which two systems do not say the same words of one thing, the newest first, with all that
        is said of them. Whether the words mean the same is for the reader to say."""
        leads, one, other = tables.submissions, tables.copy_values.alias(), tables.copy_values.alias()
        differ = select(one.c.lead_id).where(
            one.c.lead_id == leads.c.id,
            or_(
                and_(one.c.writing.is_not(None), one.c.says.is_not(None), one.c.says != one.c.writing),
                select(other.c.lead_id)
                .where(
                    other.c.lead_id == one.c.lead_id,
                    other.c.item == one.c.item,
                    other.c.system > one.c.system,
                    other.c.says != one.c.says,
                )
                .exists(),
            ),
        )
        query = select(leads.c.ref).where(differ.exists()).order_by(leads.c.id.desc()).limit(limit)
        if after is not None:
            behind = select(leads.c.id).where(leads.c.ref == after).scalar_subquery()
            query = query.where(leads.c.id < behind)
        if ref is not None:
            query = query.where(leads.c.ref == ref)
        with self.engine.connect() as connection:
            refs = [Ref(found) for found in connection.execute(query).scalars()]
        held = self.of(refs)
        return tuple((found, held[found]) for found in refs)

    def forget(self, ref: Ref, system: System) -> None:
        """It is not there any more: we have taken it back."""
        with self.engine.begin() as connection:
            lead_id = _lead_id(connection, ref)
            for table in (tables.copies, tables.copy_values):
                connection.execute(delete(table).where(table.c.lead_id == lead_id, table.c.system == system))


def _until(connection: Connection) -> datetime | None:
    told = connection.execute(select(tables.sources.c.cursor).where(tables.sources.c.name == MADE)).scalar()
    return datetime.fromisoformat(told) if told else None


def _values_of(copy: Copy) -> list[dict[str, object]]:
    plain: dict[str, object] = {"lead_id": copy.lead_id, "written": None, "says": None, "since": None}
    ours = [
        plain | {"system": copy.system, "item": item, "written": value, "since": copy.at}
        for item, value in copy.written.items()
    ]
    forms = [
        plain | {"system": "form", "item": item, "says": value, "since": copy.at}
        for item, value in copy.said.items()
    ]
    return ours + forms


def _lead_id(connection: Connection, ref: Ref) -> int | None:
    leads = tables.submissions
    return connection.execute(select(leads.c.id).where(leads.c.ref == ref)).scalar()


def _held(connection: Connection, ids: Collection[int]) -> dict[tuple[int, str, str], Held]:
    leads, table = tables.submissions, tables.copy_values
    query = (
        select(table, leads.c.ref)
        .join(leads, leads.c.id == table.c.lead_id)
        .where(table.c.lead_id.in_(tuple(ids)))
    )
    return {(row.lead_id, row.system, row.item): _held_of(row) for row in connection.execute(query)}


def _held_of(row: AnyRow) -> Held:
    return Held(
        ref=row.ref,
        system=row.system,
        item=row.item,
        written=row.written,
        writing=row.writing,
        says=row.says,
        since=row.since,
        changes=row.changes,
        pending=row.pending,
    )


def _note_place(connection: Connection, row: AnyRow, told: Told, now: datetime) -> None:
    table = tables.copies
    mine = and_(table.c.lead_id == row.lead_id, table.c.system == row.system)
    gone_at = (row.gone_at or now) if told.gone else None
    connection.execute(
        update(table)
        .where(mine)
        .values(looked_at=now, gone_at=gone_at, outside_id=told.now_id or row.outside_id)
    )
    where = WORDS[row.system]
    if told.gone and row.gone_at is None:
        detail = f"{where} does not have it any more; nothing is written there for this lead"
        note(connection, [row.lead_id], at=now, event=f"gone from {where}", detail=detail)
    if told.now_id is not None and told.now_id != row.outside_id:
        detail = f"{row.outside_id} is {told.now_id} now"
        note(connection, [row.lead_id], at=now, event=f"merged in {where}", detail=detail)


def _is_somebody_else(told: Told, email: Held | None, rules: Rules) -> bool:
    """The first look at a thing under an id that another service may have given: numbers are alike."""
    says, known = told.values.get("email"), email.written if email is not None else None
    first = email is not None and email.says is None
    return bool(first and says and known and not rules.same("email", known, says))


def _change(
    ref: Ref,
    system: System,
    item: Item,
    held: Held | None,
    says: str,
    changed_at: datetime | None,
    now: datetime,
    rules: Rules,
) -> Change | None:
    """None: it says what it said, or what we wrote; or it is seen for the first time, and is not ours."""
    before = held.says if held is not None and held.says is not None else (held.written if held else None)
    if before is None and not (item == "consent" and says == NO):
        return None
    if before is not None and rules.same(item, before, says):
        return None
    if held is not None and held.writing is not None and rules.same(item, held.writing, says):
        return None  # ours, of which we have not heard yet
    return Change(ref=ref, system=system, item=item, before=before, after=says, since=changed_at or now)


def _keep(
    connection: Connection,
    lead_id: int,
    system: System,
    item: Item,
    held: Held | None,
    says: str,
    change: Change | None,
    rules: Rules,
) -> None:
    if held is not None and held.says == says and change is None:
        return
    key = {"lead_id": lead_id, "system": system, "item": item}
    values: dict[str, object] = {"says": says}
    if change is not None:
        matters = rules.is_record(system, item) or (item == "consent" and change.after == NO)
        values |= {"since": change.since, "changes": (held.changes if held is not None else 0) + 1}
        values |= {"pending": "learn"} if matters else {}
    connection.execute(
        insert(tables.copy_values)
        .values(**key, **values)
        .on_conflict_do_update(index_elements=list(key), set_=values)
    )


def _pass_on(
    connection: Connection, lead_id: int | None, held: Sequence[Held], this: Pending, then: Pending | None
) -> None:
    table = tables.copy_values
    said = [(one.system, one.item, one.changes) for one in held if one.pending == this]
    if lead_id is not None and said:
        connection.execute(
            update(table)
            .where(
                table.c.lead_id == lead_id,
                table.c.pending == this,
                tuple_(table.c.system, table.c.item, table.c.changes).in_(said),
            )
            .values(pending=then)
        )


WORDS: Mapping[System, str] = {
    "form": "the form",
    "crm": "the CRM",
    "sequence": "the mailing list",
    "calendar": "the calendar",
    "mail": "the mailbox",
    "folder": "the project folder",
    "person": "somebody of ours",
}
"""A system, as people are told of it."""


def _event(change: Change) -> str:
    if change.item == "consent":
        return "consent withdrawn" if change.after == NO else "consent changed"
    return f"{change.item} changed"


def _detail(change: Change) -> str:
    where = f"in {WORDS[change.system]}"
    if change.item == "consent":
        return where
    return f"{where}: {in_words(change.before or '') or 'nothing'} → {in_words(change.after) or 'nothing'}"
