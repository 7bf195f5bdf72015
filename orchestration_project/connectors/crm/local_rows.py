"""Between the rows of the embedded CRM and the types of the interface, both ways.

Queries are in `local.py`.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import AwareDatetime
from sqlalchemy import Row

from orchestration_project.model import Contact, Frozen, JsonObject

DIGITS_OF_AN_ID = 18  # what surely fits a bigint


class LocalTask(Frozen):
    id: str
    contact_id: str
    title: str
    body: str
    due: date
    due_at: AwareDatetime
    assignee: str
    status: str


def row_id(outside_id: str) -> int:
    """The id as our tables have it; 0, which no row has, for the id of some other CRM."""
    is_ours = outside_id.isascii() and outside_id.isdecimal() and len(outside_id) <= DIGITS_OF_AN_ID
    return int(outside_id) if is_ours else 0


def person_key(email: str) -> str:
    return clean(email).strip().casefold()


def clean(value: str) -> str:
    """Without what PostgreSQL cannot keep: U+0000 and lone surrogates."""
    return value.replace("\0", "").encode(errors="ignore").decode()


def storable(values: Mapping[str, str]) -> dict[str, str]:
    return {name: clean(value) for name, value in values.items()}


def columns(fields: Mapping[str, str]) -> dict[str, str | None]:
    # a name is one column here
    whole = {name: value for name, value in fields.items() if name not in ("first_name", "last_name")}
    values = {name: value.strip() or None for name, value in storable(whole).items()}
    if "email" in values:
        values["person_key"] = person_key(values["email"] or "") or None
    return values


def contact(row: Row[Any]) -> Contact:
    return Contact(
        id=str(row.id),
        email=row.email,
        name=row.name,
        phone=row.phone,
        company=row.company,
        website=row.website,
        properties=row.properties,
    )


def task(row: Row[Any]) -> LocalTask:
    return LocalTask(
        id=str(row.id),
        contact_id=str(row.contact_id),
        title=row.title,
        body=row.body,
        due=row.due,
        due_at=row.due_at,
        assignee=row.assignee,
        status=row.status,
    )


def payload(row: Row[Any]) -> JsonObject:
    """The contact as a form would have delivered it."""
    fields: dict[str, str | None] = {
        "id": str(row.id),
        "crm_contact_id": str(row.id),
        "submitted_at": row.created_at.isoformat(),
        "name": row.name,
        "email": row.email,
        "phone": row.phone,
        "company": row.company,
        "website": row.website,
        "message": row.properties.get("message"),
    }
    return {name: value for name, value in fields.items() if value}
