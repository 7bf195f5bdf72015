from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from functools import partial

import anyio
import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, text

from orchestration_project.connectors.crm.interface import LoggedActivity, NewTask
from orchestration_project.connectors.crm.local import PAGE, LocalCrm
from orchestration_project.connectors.crm.local_tables import activities, contacts, metadata
from orchestration_project.errors import LeadRefusedError, LeadsError, SetupError, TransientServiceError
from orchestration_project.ledger.engine import migrate

JANE = {"email": "Jane@acme.example", "name": "Jane Doe", "phone": "", "company": "Acme Ltd", "website": ""}
TASK = NewTask(
    key="L-1",
    title="Review and send",
    body="now",
    due=date(2026, 11, 24),
    due_at=datetime(2026, 11, 24, 17, 0, tzinfo=UTC),
    assignee="hannah@larkfield.example",
)
CALL = LoggedActivity(
    key="L-1 call",
    kind="call",
    at=datetime(2026, 11, 24, 11, 0, tzinfo=UTC),
    title="Call with Jane",
    body="15 minutes",
    minutes=15,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
def database(empty_database: Engine) -> Engine:
    with empty_database.begin() as connection:
        connection.execute(text("CREATE SCHEMA local_crm"))
        metadata.create_all(connection)
    return empty_database


@pytest.fixture
def crm(database: Engine, now: datetime) -> LocalCrm:
    return LocalCrm(database, lambda: now)


async def test_a_contact_is_found_by_its_email_in_any_case(crm: LocalCrm) -> None:
    created = await crm.create_contact(JANE, {"lead_score": "9"})
    assert await crm.find_contact("JANE@Acme.example") == created
    assert created.properties == {"lead_score": "9"}
    assert created.phone is None


async def test_an_unknown_contact_is_none(crm: LocalCrm) -> None:
    assert await crm.find_contact("nobody@acme.example") is None
    assert await crm.get_contact("99") is None


@pytest.mark.parametrize("contact_id", ["", "abc", "-1", "٣", "9" * 5000])
async def test_an_id_of_another_crm_is_unknown(crm: LocalCrm, contact_id: str) -> None:
    assert await crm.get_contact(contact_id) is None


async def test_an_email_that_exists_gives_that_contact_unchanged(crm: LocalCrm) -> None:
    first = await crm.create_contact(JANE, {"lead_score": "9"})
    second = await crm.create_contact({"email": "jane@ACME.example", "name": "J."}, {"lead_score": "1"})
    assert second == first


def test_two_leads_at_the_same_moment_make_one_contact(database: Engine, now: datetime) -> None:
    def create(number: int) -> str:
        crm = LocalCrm(database, lambda: now)  # each process has its own
        return anyio.run(partial(crm.create_contact, JANE, {"lead_ref": str(number)})).id

    with ThreadPoolExecutor(8) as pool:
        ids = set(pool.map(create, range(8)))
    assert len(ids) == 1


async def test_an_update_changes_what_is_named_and_nothing_else(crm: LocalCrm) -> None:
    contact = await crm.create_contact(JANE, {"lead_score": "4", "lead_track": "nurture"})
    await crm.update_contact(contact.id, {"phone": "+442079460000"}, {"lead_score": "9"})
    after = await crm.get_contact(contact.id)
    assert after is not None
    assert (after.name, after.phone) == ("Jane Doe", "+442079460000")
    assert after.properties == {"lead_score": "9", "lead_track": "nurture"}


async def test_updating_a_contact_that_is_not_there_says_so(crm: LocalCrm) -> None:
    with pytest.raises(LeadRefusedError, match="contact 99 is not there"):
        await crm.update_contact("99", {"name": "Jane"}, {})


async def test_an_email_of_another_contact_is_refused_without_telling_it(crm: LocalCrm) -> None:
    await crm.create_contact(JANE, {})
    other = await crm.create_contact({"email": "other@acme.example"}, {})
    with pytest.raises(LeadRefusedError) as refused:
        await crm.update_contact(other.id, {"email": "jane@acme.example"}, {})
    assert "jane" not in str(refused.value).casefold()
    assert refused.value.__cause__ is None


async def test_a_note_is_written_once_for_a_key(crm: LocalCrm) -> None:
    contact = await crm.create_contact(JANE, {})
    assert await crm.find_note(contact.id, "L-1") is None
    first = await crm.add_note(contact.id, "L-1", "score 9")
    assert await crm.add_note(contact.id, "L-1", "score 9") == first
    assert await crm.find_note(contact.id, "L-1") == first
    assert await crm.find_note("99", "L-1") is None


async def test_a_task_is_made_once_for_a_key(crm: LocalCrm) -> None:
    contact = await crm.create_contact(JANE, {})
    assert await crm.find_task(contact.id, "L-1") is None
    first = await crm.add_task(contact.id, TASK)
    assert await crm.add_task(contact.id, TASK) == first
    (task,) = await crm.list_tasks()
    assert (task.contact_id, task.due, task.due_at, task.status) == (
        contact.id,
        TASK.due,
        TASK.due_at,
        "open",
    )


async def test_a_call_and_a_mail_are_logged_once_for_their_keys(crm: LocalCrm, database: Engine) -> None:
    contact = await crm.create_contact(JANE, {})
    assert await crm.find_activity(contact.id, CALL.key) is None
    first = await crm.log_activity(contact.id, CALL)
    assert await crm.log_activity(contact.id, CALL) == first
    assert await crm.find_activity(contact.id, CALL.key) == first
    mail = CALL.model_copy(update={"key": "L-1 mail", "kind": "mail", "minutes": None, "title": "Re:\0 é"})
    await crm.log_activity(contact.id, mail)
    with database.connect() as connection:
        logged = connection.execute(sqlalchemy.select(activities).order_by(activities.c.id)).all()
    assert [(row.kind, row.at, row.title, row.minutes) for row in logged] == [
        ("call", CALL.at, "Call with Jane", 15),
        ("mail", CALL.at, "Re: é", None),
    ]


def test_the_migrations_make_the_tables_that_the_code_knows(empty_database: Engine) -> None:
    def is_ours(name: str | None, kind: str, _: object) -> bool:
        return kind != "schema" or name == "local_crm"

    migrate(empty_database)
    with empty_database.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_schemas": True, "include_name": is_ours}
        )
        assert compare_metadata(context, metadata) == []


async def test_a_note_needs_its_contact(crm: LocalCrm) -> None:
    with pytest.raises(LeadRefusedError, match="contact 99 is not there"):
        await crm.add_note("99", "L-1", "score 9")


async def test_what_postgresql_cannot_keep_is_left_out(crm: LocalCrm) -> None:
    wild = "a\0b\ud800c"
    contact = await crm.create_contact({"email": "x\0@acme.example", "name": wild}, {"lead_ref": wild})
    assert (contact.name, contact.properties["lead_ref"]) == ("abc", "abc")
    await crm.add_note(contact.id, "L-1", wild)
    await crm.add_task(contact.id, TASK.model_copy(update={"title": wild, "body": wild}))
    await crm.update_contact(contact.id, {"company": wild}, {"lead_service": wild})
    assert await crm.find_contact("x\0@acme.example\ud800") is not None


async def test_the_sensor_gets_what_a_person_entered_and_not_what_we_made(crm: LocalCrm) -> None:
    await crm.create_contact(JANE, {})
    entered = await crm.enter_contact({"email": "kim@beta.example", "name": "Kim", "message": "Call me"})
    page = await crm.contacts_entered_since(None)
    assert page.contacts == (
        {
            "id": entered.id,
            "crm_contact_id": entered.id,
            "submitted_at": "2026-11-24T09:30:00+00:00",
            "name": "Kim",
            "email": "kim@beta.example",
            "message": "Call me",
        },
    )
    assert await crm.contacts_entered_since(page.cursor) == page.model_copy(update={"contacts": ()})


async def test_a_long_list_comes_in_pages_and_each_contact_once(crm: LocalCrm, database: Engine) -> None:
    now = datetime.now(UTC)
    rows = [
        {"email": f"{n}@x.example", "entered_by": "person", "created_at": now, "updated_at": now}
        for n in range(PAGE + 5)
    ]
    with database.begin() as connection:
        connection.execute(sqlalchemy.insert(contacts), rows)
    first = await crm.contacts_entered_since(None)
    second = await crm.contacts_entered_since(first.cursor)
    emails = [contact["email"] for contact in (*first.contacts, *second.contacts)]
    assert len(first.contacts) == PAGE
    assert emails == [row["email"] for row in rows]


async def test_no_contact_is_entered_while_an_earlier_one_is_not_yet_visible(
    database: Engine, now: datetime
) -> None:
    impatient = sqlalchemy.create_engine(database.url, connect_args={"options": "-c lock_timeout=50"})
    values = {"email": "slow@x.example", "entered_by": "person", "created_at": now, "updated_at": now}
    with database.begin() as slow:
        slow.execute(sqlalchemy.insert(contacts), values)
        with pytest.raises(TransientServiceError):
            await LocalCrm(impatient, lambda: now).enter_contact({"email": "fast@x.example"})
    impatient.dispose()


async def test_entering_somebody_twice_is_refused_with_the_id_of_the_first(crm: LocalCrm) -> None:
    first = await crm.enter_contact(JANE)
    with pytest.raises(LeadsError, match=f"contact {first.id} already has"):
        await crm.enter_contact(JANE)


async def test_people_without_an_email_can_be_entered(crm: LocalCrm) -> None:
    await crm.enter_contact({"name": "Kim"})
    await crm.enter_contact({"name": "Alex"})
    assert [contact.name for contact in await crm.list_contacts()] == ["Alex", "Kim"]


async def test_the_check_says_whether_the_tables_are_there(crm: LocalCrm, database: Engine) -> None:
    await crm.create_contact(JANE, {})
    assert (await crm.check()).says == "Keeps 1 contacts."
    with database.begin() as connection:
        metadata.drop_all(connection)
    health = await crm.check()
    assert not health.ok
    assert "migrations" in health.mend
    with pytest.raises(SetupError, match="migrations"):
        await crm.find_contact("jane@acme.example")


async def test_a_database_that_is_down_is_worth_another_try() -> None:
    nowhere = sqlalchemy.create_engine("postgresql+psycopg2://localhost:1/x")
    with pytest.raises(TransientServiceError, match="local CRM"):
        await LocalCrm(nowhere, lambda: datetime.now(UTC)).find_contact("jane@acme.example")
