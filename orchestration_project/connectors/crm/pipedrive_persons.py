"""Reading persons of Pipedrive, as the contacts that they are to us.

Writing them is in `pipedrive.py`.
"""

from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import datetime

from orchestration_project.connectors.crm.interface import ContactPage
from orchestration_project.connectors.crm.pipedrive_fields import PersonFields
from orchestration_project.connectors.crm.pipedrive_organizations import Organizations
from orchestration_project.connectors.crm.pipedrive_shapes import Data, Listed, Me, Person, Search
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.listing import MOST, mark, paged
from orchestration_project.connectors.rate import Pace
from orchestration_project.model import Contact, JsonObject

PERSONS = "/api/v2/persons"
_NEWEST = 50
_PAGE = 500


@dataclass(frozen=True)
class Persons:
    api: Api
    search: Pace | None
    fields: PersonFields
    organizations: Organizations
    _me: list[Me] = field(default_factory=list[Me])  # asked once

    async def get(self, contact_id: str) -> Person | None:
        if not (contact_id.isascii() and contact_id.isdecimal()):
            return None  # the id of another CRM
        found = await self.api.find(Data[Person | None], "GET", f"{PERSONS}/{contact_id}")
        return found.data if found and found.data and not found.data.is_deleted else None

    async def of(self, email: str) -> Person | None:
        """The oldest of those with that address."""
        if not email:
            return None
        params = {"term": email, "fields": "email", "exact_match": "true"}
        found = await self.api.ask(Search, "GET", f"{PERSONS}/search", params=params, pace=self.search)
        for id_ in sorted(hit.item.id for hit in found.hits):
            if person := await self.get(str(id_)):
                return person
        return None

    async def newest_of(self, email: str) -> Person | None:
        """Made a moment ago, and not in the search yet."""
        params = {"sort_by": "add_time", "sort_direction": "desc", "limit": _NEWEST}
        newest = await self.api.ask(Listed[Person], "GET", PERSONS, params=params)
        return next((each for each in newest.items if email and each.has_email(email)), None)

    async def contact(self, person: Person) -> Contact:
        organization = await self.organizations.get(person.org_id) if person.org_id else None
        domain = await self._domain()
        return Contact(
            id=str(person.id),
            email=person.email,
            name=person.shown_name,
            phone=person.phone,
            company=organization.name if organization else None,
            website=organization.website if organization else None,
            properties=await self.fields.to_ours(person.custom_fields),
            url=f"https://{domain}.pipedrive.com/person/{person.id}" if domain else None,
        )

    async def entered_after(self, cursor: str | None, begin: datetime) -> ContactPage:
        """Pipedrive does not tell who entered a person: all that have no ref of ours count.

        Read from the newest back to where the last reading ended, so that an edit of thousands of old persons
        costs nothing: one request where there is little new.
        """
        before = mark(cursor, begin)
        new: list[tuple[datetime, Person]] = []
        params: dict[str, str | int] = {"sort_by": "add_time", "sort_direction": "desc", "limit": _PAGE}
        listed = paged(self.api, Listed[Person], PERSONS, params, lambda page: page.cursor)
        async with aclosing(listed):
            async for page in listed:
                dated = [(each.add_time, each) for each in page.items if each.add_time is not None]
                fresh = [pair for pair in dated if pair[0] >= before.begin]
                new += [(at, each) for at, each in fresh if str(each.id) not in before.given]
                if len(fresh) < len(dated):
                    break
        # the oldest first; who does not fit comes with the next reading
        new = sorted(new, key=lambda pair: (pair[0], pair[1].id))[:MOST]
        contacts = [
            _payload(await self.contact(person), at)
            for at, person in new
            if "lead_ref" not in await self.fields.to_ours(person.custom_fields)
        ]
        found = {str(person.id): at for at, person in new}
        return ContactPage(contacts=tuple(contacts), cursor=before.after(found))

    async def _domain(self) -> str | None:
        if not self._me:
            self._me.append((await self.api.ask(Data[Me], "GET", "/api/v1/users/me")).data)
        return self._me[0].company_domain


def _payload(contact: Contact, entered: datetime) -> JsonObject:
    """The contact as a form would have delivered it."""
    fields: dict[str, str | None] = {
        "id": contact.id,
        "crm_contact_id": contact.id,
        "submitted_at": entered.isoformat(),
        **{name: getattr(contact, name) for name in ("name", "email", "phone", "company", "website")},
    }
    return {name: value for name, value in fields.items() if value}
