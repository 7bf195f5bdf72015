"""HubSpot's contacts, wherever they are now: merged, deleted, known under a second address.

What hangs on a contact is in `hubspot_log.py`; how objects are read and made, in `hubspot_objects.py`.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar
from urllib.parse import quote

from orchestration_project.connectors.asked_once import AskedOnce
from orchestration_project.connectors.crm.hubspot_objects import Conflict, Objects
from orchestration_project.connectors.crm.hubspot_setup import Setup
from orchestration_project.connectors.crm.hubspot_shapes import (
    READ,
    Account,
    Record,
    Records,
    to_contact,
    to_properties,
)
from orchestration_project.connectors.crm.text import clean
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.hubspot_api import ACCOUNT, OBJECTS, SERVICE
from orchestration_project.connectors.rate import Pace
from orchestration_project.errors import (
    CredentialError,
    LeadRefusedError,
    PermanentServiceError,
    UnknownAnswerError,
)
from orchestration_project.model import Contact, Erased, JsonObject

CONTACTS = f"{OBJECTS}/contacts"
_NOT_FOUND = 404

WrittenT = TypeVar("WrittenT")


class Contacts:
    def __init__(self, api: Api, searching: Pace | None, setup: Setup) -> None:
        self._api = api
        self._searching = searching
        self._setup = setup
        self._objects = Objects(api, "contacts", lambda values: str(values.get("email") or "").casefold())
        self.account = AskedOnce(lambda: api.ask(Account, "GET", ACCOUNT))

    async def find(self, email: str) -> Contact | None:
        return await self._read(email.strip(), "email") if email.strip() else None

    async def get(self, contact_id: str) -> Contact | None:
        # an id of another CRM is no id here, and HubSpot would take it for an error
        if not (contact_id.isascii() and contact_id.isdecimal()):
            return None
        return await self._read(contact_id) or await self._merged_into(contact_id)

    async def id_now(self, contact_id: str) -> str | None:
        contact = await self.get(contact_id)
        return contact.id if contact else None

    async def make(self, body: JsonObject, ours: Mapping[str, str], email: str) -> tuple[Contact, bool]:
        """The contact, and whether it is new. `ours` are the properties that HubSpot may not have yet."""
        made = await self._with_properties(ours, lambda: self._objects.make(body))
        if isinstance(made, Record):
            return to_contact(made, await self.account.value()), True
        return await self._existing(made, email), False

    async def change(
        self, contact_id: str, fields: Mapping[str, str], properties: Mapping[str, str]
    ) -> Contact:
        body: JsonObject = {"properties": {**to_properties(fields, properties)}}

        async def write(id_: str) -> Record | None:
            path = f"{CONTACTS}/{quote(id_, safe='')}"
            return await self._with_properties(
                properties, lambda: self._api.find(Record, "PATCH", path, json=body, repeatable=True)
            )

        changed = await write(contact_id)
        if changed is None and (now := await self.id_now(contact_id)) not in (None, contact_id):
            changed = await write(now)
        # the answer holds little more than what was changed
        contact = await self.get(changed.id) if changed else None
        if contact is None:
            raise _gone(contact_id)
        return contact

    async def erase(self, contact_id: str) -> Erased:
        """For good, with all that hangs on it (developers.hubspot.com, GDPR delete)."""
        contact = await self.get(contact_id)
        if contact is None:
            return Erased(answer="not_there")
        await self._api.send(
            "POST",
            f"{CONTACTS}/gdpr-delete",
            json={"objectId": contact.id},
            repeatable=True,
            accept={_NOT_FOUND},
        )
        return Erased(
            answer="erased", note="HubSpot needs up to 30 days for it, and takes the address no more"
        )

    async def _read(self, name: str, by: str = "") -> Contact | None:
        record = await self._objects.find(clean(name), READ, by)
        return to_contact(record, await self.account.value()) if record else None

    async def _merged_into(self, contact_id: str) -> Contact | None:
        """The contact that this one was merged into. HubSpot's reading by an old id may bring it or not."""
        where: JsonObject = {"propertyName": "hs_merged_object_ids", "operator": "EQ", "value": contact_id}
        question: JsonObject = {
            "filterGroups": [{"filters": [where]}],
            "sorts": [{"propertyName": "createdate", "direction": "ASCENDING"}],
            "properties": [*READ.split(",")],
            "limit": 1,
        }
        found = await self._api.ask(
            Records,
            "POST",
            f"{CONTACTS}/search",
            json=question,
            repeatable=True,
            pace=self._searching,
        )
        return to_contact(found.results[0], await self.account.value()) if found.results else None

    async def _existing(self, conflict: Conflict, email: str) -> Contact:
        """The contact that has this address already, be it as a second one."""
        by_id = await self.get(conflict.existing) if conflict.existing else None
        there = by_id or await self.find(email)
        if there is not None:
            return there
        which = f"the contact {conflict.existing}" if conflict.existing else "a contact"
        raise LeadRefusedError(
            SERVICE,
            f"says that {which} has this e-mail address, and does not show it: it was deleted.",
            "Restore it in HubSpot (Contacts, Actions, Restore records), then replay the lead.",
        )

    async def _with_properties(
        self, properties: Mapping[str, str], write: Callable[[], Awaitable[WrittenT]]
    ) -> WrittenT:
        try:
            return await write()
        except (CredentialError, LeadRefusedError, UnknownAnswerError):
            raise
        except PermanentServiceError:
            # HubSpot refuses the whole of a write that names a property it lacks: then nothing was done. That
            # none is missing by now proves nothing: another lead's write may have added it meanwhile
            if not properties:
                raise
            await self._setup.add_missing(properties)
        return await write()


def _gone(contact_id: str) -> LeadRefusedError:
    told = f"contact {contact_id} is not there."
    return LeadRefusedError(SERVICE, told, "It may have been erased: restore it in HubSpot, then replay.")
