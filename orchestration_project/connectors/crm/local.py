"""The embedded CRM: contacts, notes, tasks, logged calls and mails in the ledger's own server.

Which fields may be written is decided in `action/merge.py`; the tables are in `local_tables.py`.
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, Self, TypeVar, cast

from sqlalchemy import Connection, Engine, Row, Table, delete, func, literal, select, text, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.exc import IntegrityError, OperationalError, ProgrammingError

from orchestration_project.connectors.base import ConnectorContext, Health, says_what_is_wrong
from orchestration_project.connectors.crm import local_rows as rows
from orchestration_project.connectors.crm.interface import (
    ContactPage,
    DealPage,
    Entry,
    LoggedActivity,
    NewTask,
)
from orchestration_project.connectors.crm.local_deals import changed_since, close_deal
from orchestration_project.connectors.crm.local_records import OPTED_OUT, records_of
from orchestration_project.connectors.crm.local_records import changed_since as records_changed_since
from orchestration_project.connectors.crm.local_rows import LocalTask, row_id
from orchestration_project.connectors.crm.local_tables import activities, contacts, notes, tasks
from orchestration_project.errors import (
    LeadRefusedError,
    LeadsError,
    SetupError,
    TransientServiceError,
)
from orchestration_project.model import Clock, Contact, Erased, OutcomeKind, Written
from orchestration_project.model.records import Told, ToldPage
from orchestration_project.playbook.model import Connection as ConnectionLine
from orchestration_project.together import Together

SERVICE = "local CRM"
_DISK_FULL = "53100"  # of PostgreSQL
PAGE = 200
_TABLES: Mapping[Entry, Table] = {"note": notes, "task": tasks, "activity": activities}

ResultT = TypeVar("ResultT")


class LocalCrm:
    embedded = True
    every_seconds = 30.0

    def __init__(self, database: Engine, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._works: Together[Callable[[Connection], object], object] = Together(self._do)

    @classmethod
    def open(cls, connection: ConnectionLine, context: ConnectorContext) -> Self:  # noqa: ARG003 - has no options
        return cls(context.database, context.clock)

    @says_what_is_wrong
    async def check(self) -> Health:
        count = await self._run(lambda db: db.scalar(select(func.count()).select_from(contacts)))
        return Health(ok=True, says=f"Keeps {count} contacts.")

    async def find_contact(self, email: str) -> Contact | None:
        row = await self._run(lambda db: _contact_of(db, email))
        return rows.contact(row) if row else None

    async def get_contact(self, contact_id: str) -> Contact | None:
        wanted = select(contacts).where(contacts.c.id == row_id(contact_id))
        row = await self._run(lambda db: db.execute(wanted).first())
        return rows.contact(row) if row else None

    async def create_contact(
        self,
        fields: Mapping[str, str],
        properties: Mapping[str, str],
        domain: str | None = None,  # noqa: ARG002 - it has no companies
    ) -> Contact:
        return rows.contact(await self._run(lambda db: self._insert_contact(db, "us", fields, properties)[0]))

    async def update_contact(
        self,
        contact_id: str,
        fields: Mapping[str, str],
        properties: Mapping[str, str],
        domain: str | None = None,  # noqa: ARG002 - as above
    ) -> Contact:
        change = (
            update(contacts)
            .where(contacts.c.id == row_id(contact_id))
            .values(
                **rows.columns(fields),
                properties=contacts.c.properties.op("||")(literal(rows.storable(properties), JSONB)),
                updated_at=self._clock(),
            )
            .returning(contacts)
        )
        try:
            row = await self._run(lambda db: db.execute(change).first())
        except IntegrityError:
            raise LeadRefusedError(
                SERVICE,
                f"contact {contact_id} cannot get an e-mail address that another contact has.",
                "Make one contact of the two, then replay.",
            ) from None
        if row is None:
            raise _gone(contact_id)
        return rows.contact(row)

    async def find_note(self, contact_id: str, key: str) -> Written | None:
        return await self._run(lambda db: _find_by_key(db, notes, contact_id, key))

    async def add_note(self, contact_id: str, key: str, text: str) -> Written:
        return await self._add(notes, contact_id, {"key": key, "text": rows.clean(text)})

    async def find_task(self, contact_id: str, key: str) -> Written | None:
        return await self._run(lambda db: _find_by_key(db, tasks, contact_id, key))

    async def add_task(self, contact_id: str, task: NewTask) -> Written:
        return await self._add(tasks, contact_id, _entry(task) | {"status": "open"})

    async def find_activity(self, contact_id: str, key: str) -> Written | None:
        return await self._run(lambda db: _find_by_key(db, activities, contact_id, key))

    async def log_activity(self, contact_id: str, activity: LoggedActivity) -> Written:
        return await self._add(activities, contact_id, _entry(activity))

    async def erase_entry(self, kind: Entry, contact_id: str, key: str) -> Erased:
        table = _TABLES[kind]
        wanted = delete(table).where(table.c.key == key, table.c.contact_id == row_id(contact_id))
        return _erased(await self._run(lambda db: db.execute(wanted).rowcount))

    async def erase_contact(self, contact_id: str) -> Erased:
        wanted = delete(contacts).where(contacts.c.id == row_id(contact_id))
        return _erased(await self._run(lambda db: db.execute(wanted).rowcount))

    async def contacts_entered_since(self, cursor: str | None) -> ContactPage:
        """The cursor is the id of the last contact given."""
        wanted = (
            select(contacts)
            .where(contacts.c.entered_by == "person", contacts.c.id > row_id(cursor or ""))
            .order_by(contacts.c.id)
            .limit(PAGE)
        )
        found = await self._run(lambda db: db.execute(wanted).all())
        return ContactPage(
            contacts=tuple(rows.payload(row) for row in found),
            cursor=str(found[-1].id) if found else cursor,
        )

    async def deals_changed_since(self, cursor: str | None) -> DealPage:
        return await self._run(lambda db: changed_since(db, cursor))

    async def records_of(self, ids: Sequence[str]) -> tuple[Told, ...]:
        return await self._run(lambda db: records_of(db, ids))

    async def records_changed_since(self, cursor: str | None) -> ToldPage:
        return await self._run(lambda db: records_changed_since(db, cursor, self._clock()))

    async def close_deal(
        self,
        contact_id: str,
        kind: OutcomeKind,
        value: Decimal | None = None,
        currency: str | None = None,
        deal_id: str | None = None,
    ) -> str:
        """What a person says became of a contact: a new deal, or a newer word on one. Answers its id."""
        try:
            closed = await self._run(
                lambda db: close_deal(db, self._clock, contact_id, kind, value, currency, deal_id)
            )
        except IntegrityError:
            raise _gone(contact_id) from None
        if not closed:
            raise LeadsError(f"{SERVICE}: contact {contact_id} has no deal {deal_id}.")
        return closed

    async def enter_contact(self, fields: Mapping[str, str]) -> Contact:
        """What a person types in: the fields of a contact, and perhaps a `message`."""
        columns = {name: value for name, value in fields.items() if name != "message"}
        properties = {"message": fields["message"]} if fields.get("message") else {}

        def enter(db: Connection) -> tuple[Row[Any], bool]:
            # ids must become visible in their order, or a sensor could pass one that commits late
            db.execute(text("LOCK TABLE local_crm.contacts IN SHARE ROW EXCLUSIVE MODE"))
            return self._insert_contact(db, "person", columns, properties)

        row, is_new = await self._run(enter)
        if not is_new:
            raise LeadsError(
                f"{SERVICE}: contact {row.id} already has this e-mail address; nothing was added."
            )
        return rows.contact(row)

    async def change_contact(
        self, contact_id: str, fields: Mapping[str, str], *, opted_out: bool | None = None
    ) -> Contact:
        """What a person changes of a contact: the fields given, and whether it wants no marketing mail."""
        said = {} if opted_out is None else {OPTED_OUT: "yes" if opted_out else ""}
        return await self.update_contact(contact_id, fields, said)

    async def list_contacts(self) -> list[Contact]:
        """Newest first."""
        newest_first = select(contacts).order_by(contacts.c.id.desc())
        found = await self._run(lambda db: db.execute(newest_first).all())
        return [rows.contact(row) for row in found]

    async def list_tasks(self) -> list[LocalTask]:
        """The most pressing first."""
        by_time = select(tasks).order_by(tasks.c.due_at, tasks.c.id)
        found = await self._run(lambda db: db.execute(by_time).all())
        return [rows.task(row) for row in found]

    def _insert_contact(
        self, db: Connection, entered_by: str, fields: Mapping[str, str], properties: Mapping[str, str]
    ) -> tuple[Row[Any], bool]:
        """The contact of that e-mail, and whether it is new."""
        now = self._clock()
        new = (
            insert(contacts)
            .values(
                **rows.columns(fields),
                properties=rows.storable(properties),
                entered_by=entered_by,
                created_at=now,
                updated_at=now,
            )
            .on_conflict_do_nothing(index_elements=[contacts.c.person_key])
            .returning(contacts)
        )
        if row := db.execute(new).first():
            return row, True
        there = _contact_of(db, fields["email"])
        if there is None:
            raise TransientServiceError(SERVICE, "the contact was deleted at this very moment.", "Replay.")
        return there, False

    async def _add(self, table: Table, contact_id: str, values: Mapping[str, Any]) -> Written:
        """The row of that key: a second try finds the first one's."""
        new = insert(table).values(contact_id=row_id(contact_id), created_at=self._clock(), **values)

        def add(db: Connection) -> Written | None:
            db.execute(new.on_conflict_do_nothing(index_elements=[table.c.key]))
            return _find_by_key(db, table, contact_id, values["key"])

        try:
            written = await self._run(add)
        except IntegrityError:
            written = None
        if written is None:
            raise _gone(contact_id)
        return written

    def _do(self, works: Sequence[Callable[[Connection], object]]) -> list[object]:
        with self._database.begin() as connection:
            return [work(connection) for work in works]

    async def _run(self, work: Callable[[Connection], ResultT]) -> ResultT:
        """Does the work in a transaction, with what others want done at the same moment.

        Errors are raised without their cause, whose text holds the values of the statement."""
        try:
            return cast("ResultT", await self._works.ask(work))
        except OperationalError as error:
            kind = SetupError if getattr(error.orig, "pgcode", None) == _DISK_FULL else TransientServiceError
            raise kind(
                SERVICE,
                f"the database refused: {type(error.orig).__name__}.",
                "See that PostgreSQL runs and has space, then replay.",
            ) from None
        except ProgrammingError as error:
            raise SetupError(
                SERVICE,
                f"the database refused: {type(error.orig).__name__}.",
                "Its tables are missing or old: run the database migrations, then replay.",
            ) from None


def _contact_of(db: Connection, email: str) -> Row[Any] | None:
    return db.execute(select(contacts).where(contacts.c.person_key == rows.person_key(email))).first()


def _entry(given: NewTask | LoggedActivity) -> dict[str, Any]:
    return given.model_dump() | {"title": rows.clean(given.title), "body": rows.clean(given.body)}


def _find_by_key(db: Connection, table: Table, contact_id: str, key: str) -> Written | None:
    wanted = select(table.c.id).where(table.c.key == key, table.c.contact_id == row_id(contact_id))
    found = db.scalar(wanted)
    return None if found is None else Written(external_id=str(found))


def _erased(rows: int) -> Erased:
    return Erased(answer="erased" if rows else "not_there")


def _gone(contact_id: str) -> LeadRefusedError:
    return LeadRefusedError(SERVICE, f"contact {contact_id} is not there.", "It may have been erased.")
