"""Every write to a CRM: how it is made, found again, and counted.

What is asked of them is in `test_late_writes.py`.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import date, timedelta
from typing import Any

from orchestration_project.connectors.crm.interface import LoggedActivity, NewTask
from orchestration_project.fake_services.held import Kind, held_by
from orchestration_project_tests.connectors.late_write import EMAIL, OTHER, Place, Write, held
from orchestration_project_tests.connectors.mail.opening import KEY, NOW

FIELDS = {"email": EMAIL, "name": "Zoë Doe", "company": "Acme Ltd", "website": "https://acme.example"}
PROPERTIES = {"lead_ref": KEY, "lead_score": "9"}
TASK = NewTask(
    key=KEY,
    title="Call Zoë",
    body="Today",
    due=date(2026, 11, 24),
    due_at=NOW + timedelta(hours=7),
    assignee="hannah@larkfield.example",
)

# An entry hangs on a contact, so each looks the contact up first.


async def contact(crm: Any) -> str:
    found = await crm.find_contact(EMAIL)
    return (found or await crm.create_contact(FIELDS, PROPERTIES, "acme.example")).id


async def update(crm: Any) -> object:
    return await crm.update_contact(await contact(crm), {"phone": "+441174960123"}, {})


async def updated(crm: Any) -> object:
    found = await crm.find_contact(EMAIL)
    return found if found and found.phone else None


async def contact_and_note(crm: Any) -> object:
    return await crm.add_note(await contact(crm), KEY, "Zoë wrote")


async def task(crm: Any) -> object:
    return await crm.add_task(await contact(crm), TASK)


def logs(kind: Any) -> Callable[[Any], Awaitable[object]]:
    activity = LoggedActivity(key=f"{KEY}-{kind}", kind=kind, at=NOW, title="Hello", body="…", minutes=30)

    async def log(crm: Any) -> object:
        return await crm.log_activity(await contact(crm), activity)

    return log


def finds(method: str, key: str = KEY) -> Callable[[Any], Awaitable[object]]:
    async def find(crm: Any) -> object:
        return await getattr(crm, method)(await contact(crm), key)

    return find


async def somebody_else(crm: Any) -> object:
    """The account has all our properties by then."""
    return await crm.create_contact({**FIELDS, "email": OTHER}, PROPERTIES)


def mails_logged(place: Place) -> int:
    """As notes or as e-mails."""
    return sum(thing.key == f"mail {KEY}-mail".casefold() for thing in held_by(place.service))


async def find_contact(crm: Any) -> object:
    return await crm.find_contact(EMAIL)


def properties_named(name: str) -> Callable[[Place], int]:
    return lambda place: sum(each == name for each in place.service.custom["contacts"])


def fields_labelled(label: str) -> Callable[[Place], int]:
    return lambda place: sum(each["field_name"] == label for each in place.service.person_fields)


def websites(place: Place) -> int:
    return sum(row.get("website") == FIELDS["website"] for row in place.service.all("organizations"))


async def contact_without_website(crm: Any) -> object:
    return await crm.create_contact({**FIELDS, "website": ""}, {})


async def add_website(crm: Any) -> object:
    return await crm.update_contact(await contact(crm), {"website": FIELDS["website"]}, {})


async def has_website(crm: Any) -> object:
    found = await crm.find_contact(EMAIL)
    return found if found and found.website else None


def both_crms(row: str, create: str, paths: Mapping[str, str], contact_key: str | None) -> tuple[Write, ...]:
    def entry(what: str, act: Callable[[Any], Awaitable[object]], find: str, key: str, kind: Kind) -> Write:
        return Write(row, what, paths[what], act, finds(find, key), held(kind), None, ready=contact)

    return (
        Write(
            row,
            "contact",
            create,
            contact,
            find_contact,
            held(Kind.CONTACT),
            contact_key,
            ready=somebody_else,
        ),
        Write(
            row,
            "change of a contact",
            paths["change"],
            update,
            updated,
            held(Kind.CONTACT),
            "the contact's id",
            ready=contact,
        ),
        entry("note", contact_and_note, "find_note", KEY, Kind.NOTE),
        entry("task", task, "find_task", KEY, Kind.TASK),
        entry("call", logs("call"), "find_activity", f"{KEY}-call", Kind.ACTIVITY),
    )


_FIRST = "the contact comes after it"

CRM_WRITES = (
    *both_crms(
        "crm hubspot",
        "POST /crm/objects/2026-09/contacts",
        {
            "change": "PATCH /crm/objects/2026-09/contacts/",
            "note": "POST /crm/objects/2026-09/notes",
            "task": "POST /crm/objects/2026-09/tasks",
            "call": "POST /crm/objects/2026-09/calls",
        },
        "the e-mail address, unique among contacts",
    ),
    Write(
        "crm hubspot",
        "sent mail",
        "POST /crm/objects/2026-09/notes",
        logs("mail"),
        finds("find_activity", f"{KEY}-mail"),
        mails_logged,
        None,
        ready=contact,
    ),
    Write(
        "crm hubspot",
        "sent mail as e-mail",
        "POST /crm/objects/2026-09/emails",
        logs("mail"),
        finds("find_activity", f"{KEY}-mail"),
        mails_logged,
        None,
        ready=contact,
        options={"log_mail_as": "email"},
    ),
    # what a contact needs comes before it
    Write(
        "crm hubspot",
        "company",
        "POST /crm/objects/2026-09/companies",
        contact,
        find_contact,
        held(Kind.COMPANY),
        "lead_domain, a unique property of ours",
        half=_FIRST,
    ),
    Write(
        "crm hubspot",
        "property of contacts",
        "POST /crm/properties/2026-09/contacts",
        contact,
        find_contact,
        properties_named("lead_ref"),
        "the property's name",
        half=_FIRST,
    ),
    Write(
        "crm hubspot",
        "property of companies",
        "POST /crm/properties/2026-09/companies",
        contact,
        find_contact,
        lambda place: len(place.service.custom["companies"]),
        "the property's name",
        half=_FIRST,
    ),
    *both_crms(
        "crm pipedrive",
        "POST /api/v2/persons",
        {
            "change": "PATCH /api/v2/persons/",
            "note": "POST /api/v1/notes",
            "task": "POST /api/v2/activities",
            "call": "POST /api/v2/activities",
        },
        None,
    ),
    Write(
        "crm pipedrive",
        "sent mail",
        "POST /api/v2/activities",
        logs("mail"),
        finds("find_activity", f"{KEY}-mail"),
        held(Kind.ACTIVITY),
        None,
        ready=contact,
    ),
    Write(
        "crm pipedrive",
        "organization",
        "POST /api/v2/organizations",
        contact,
        find_contact,
        held(Kind.COMPANY),
        None,
        half=_FIRST,
    ),
    Write(
        "crm pipedrive",
        "website of an organization",
        "PATCH /api/v2/organizations/",
        add_website,
        has_website,
        websites,
        "the organization's id",
        ready=contact_without_website,
    ),
    Write(
        "crm pipedrive",
        "entry in the leads inbox",
        "POST /api/v1/leads",
        contact_and_note,
        finds("find_note"),
        held(Kind.INBOX_ENTRY),
        None,
        half="the note comes after it",
        ready=contact,
    ),
    Write(
        "crm pipedrive",
        "field of persons",
        "POST /api/v2/personFields",
        contact,
        find_contact,
        fields_labelled("Lead record"),
        None,
        half=_FIRST,
    ),
)
