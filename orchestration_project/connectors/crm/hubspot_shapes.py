"""HubSpot's answers as far as we read them, and contacts on the way there and back.

The calls are in `hubspot.py` and its siblings.
"""

from collections.abc import Mapping
from datetime import datetime

from pydantic import BaseModel, Field

from orchestration_project.connectors.crm.lead_properties import LEAD_PROPERTIES
from orchestration_project.connectors.crm.text import clean, joined_name, split_name
from orchestration_project.connectors.hubspot_api import Paged
from orchestration_project.model import Contact, JsonObject

FIELDS = ("email", "firstname", "lastname", "phone", "company", "website")
READ = ",".join((*FIELDS, *LEAD_PROPERTIES))
"""HubSpot gives what is asked for, and leaves out in silence a property that the account lacks."""


class Record(BaseModel):
    """Any object of the CRM. Values are text, whatever their type."""

    id: str
    properties: dict[str, str | None] = Field(default_factory=dict[str, str | None])

    def value(self, name: str) -> str | None:
        return self.properties.get(name) or None


class NotListed(BaseModel):
    category: str = ""


class Records(Paged):
    """Of several that were asked for at once, `errors` tell of the others."""

    results: list[Record]
    errors: list[NotListed] = Field(default_factory=list[NotListed])


class Associated(BaseModel):
    to_object_id: str | int = Field(alias="toObjectId")


class Associations(Paged):
    results: list[Associated]


class Subject(BaseModel):
    id: str | int


class AssociationsOfOne(Paged):
    of: Subject = Field(alias="from")
    to: list[Associated]


class ManyAssociations(BaseModel):
    """A record with which nothing is associated is among the errors, as not found."""

    results: list[AssociationsOfOne]
    errors: list[NotListed] = Field(default_factory=list[NotListed])

    @property
    def tells_of_the_rest(self) -> bool:
        """With whoever is not among the results, nothing is associated."""
        return bool(self.errors) and all(error.category == "OBJECT_NOT_FOUND" for error in self.errors)


class Property(BaseModel):
    name: str


class Properties(BaseModel):
    results: list[Property]


class Owner(BaseModel):
    id: str


class Owners(BaseModel):
    results: list[Owner]


class Account(BaseModel):
    portal_id: int = Field(alias="portalId")
    ui_domain: str = Field(alias="uiDomain", default="app.hubspot.com")

    def contact_url(self, contact_id: str) -> str:
        return f"https://{self.ui_domain}/contacts/{self.portal_id}/record/0-1/{contact_id}"


_NAME = ("name", "first_name", "last_name")


def to_properties(fields: Mapping[str, str], properties: Mapping[str, str]) -> dict[str, str]:
    """Ours in HubSpot's words; an empty text clears a property."""
    values = {name: value for name, value in fields.items() if name not in _NAME}
    if "name" in fields:
        first, last = fields.get("first_name", ""), fields.get("last_name", "")
        values["firstname"], values["lastname"] = (
            (first, last) if first and last else split_name(fields["name"])
        )
    return {name: clean(value) for name, value in {**values, **properties}.items()}


def to_contact(record: Record, account: Account | None) -> Contact:
    ours = {name: value for name, value in record.properties.items() if name in LEAD_PROPERTIES and value}
    return Contact(
        id=record.id,
        email=record.value("email"),
        name=joined_name(record.value("firstname"), record.value("lastname")),
        phone=record.value("phone"),
        company=record.value("company"),
        website=record.value("website"),
        properties=ours,
        url=account.contact_url(record.id) if account else None,
    )


def to_payload(record: Record) -> JsonObject:
    """The contact as a form would have delivered it."""
    fields: dict[str, str | None] = {
        "id": record.id,
        "crm_contact_id": record.id,
        "submitted_at": record.value("createdate"),
        "name": joined_name(record.value("firstname"), record.value("lastname")),
        **{name: record.value(name) for name in ("email", "phone", "company", "website", "message")},
    }
    return {name: value for name, value in fields.items() if value}


def moment(record: Record) -> datetime:
    """When the contact was created."""
    return datetime.fromisoformat(record.properties.get("createdate") or "1970-01-01T00:00:00+00:00")


def to_link(to_id: str, association: int) -> JsonObject:
    """How a new record names another one that it hangs on."""
    return {
        "to": {"id": to_id},
        "types": [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": association}],
    }
