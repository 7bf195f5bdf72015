"""What hangs on a HubSpot contact: notes, tasks, calls and mails, written and found again.

Contacts themselves are in `hubspot.py`. An entry is found again by our key in its last line, among the
entries associated with the contact: unlike HubSpot's search, that list knows at once what was written.
"""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import dataclass
from urllib.parse import quote

from orchestration_project.connectors.crm.hubspot_shapes import Associations, Record, Records, to_link
from orchestration_project.connectors.crm.text import carries, clean, marked
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.hubspot_api import SERVICE
from orchestration_project.errors import LeadRefusedError, PermanentServiceError
from orchestration_project.model import Erased, JsonObject, Written

_BATCH = 100
_GONE = (404,)
_LIST = 500
_LONGEST_BODY = 60_000  # HubSpot takes 65,536 characters


@dataclass(frozen=True)
class Kind:
    """A kind of entry: its name in addresses, the property with its text, its association type."""

    name: str
    body: str
    association: int


NOTE = Kind("notes", "hs_note_body", 202)
TASK = Kind("tasks", "hs_task_body", 204)
CALL = Kind("calls", "hs_call_body", 194)
MAIL = Kind("emails", "hs_email_html", 198)


@dataclass(frozen=True)
class History:
    api: Api

    async def find(self, kind: Kind, contact_id: str, key: str) -> Written | None:
        async with aclosing(self._of_key(kind, contact_id, key)) as found:
            return await anext(found, None)

    async def find_all(self, kind: Kind, contact_id: str, key: str) -> tuple[Written, ...]:
        async with aclosing(self._of_key(kind, contact_id, key)) as found:
            return tuple([written async for written in found])

    async def _of_key(self, kind: Kind, contact_id: str, key: str) -> AsyncGenerator[Written]:
        """Newest first: after a crash it is one of the last."""
        ids = await self._ids(kind, contact_id)
        for start in range(0, len(ids), _BATCH):
            wanted: list[JsonObject] = [{"id": entry} for entry in ids[start : start + _BATCH]]
            page = await self.api.ask(
                Records,
                "POST",
                f"/crm/v3/objects/{kind.name}/batch/read",
                json={"inputs": wanted, "properties": [kind.body]},
                repeatable=True,
            )
            for entry in page.results:
                if carries(entry.properties.get(kind.body), key):
                    yield Written(external_id=entry.id)

    async def add(
        self, kind: Kind, contact_id: str, key: str, text: str, properties: dict[str, str]
    ) -> Written:
        values = {name: clean(value) for name, value in properties.items()}
        body: JsonObject = {
            "properties": {**values, kind.body: marked(text[:_LONGEST_BODY], key)},
            "associations": [to_link(contact_id, kind.association)],
        }
        try:
            made = await self.api.ask(Record, "POST", f"/crm/v3/objects/{kind.name}", json=body)
        except PermanentServiceError as error:
            # HubSpot has no word of its own for an entry of nobody
            if type(error) is PermanentServiceError and not await self._is_there(contact_id):
                raise LeadRefusedError(
                    SERVICE, f"contact {contact_id} is not there.", "It may have been erased, or merged."
                ) from None
            raise
        return Written(external_id=made.id)

    async def erase(self, contact_id: str, *wanted: tuple[Kind, str]) -> Erased:
        """The entries of those kinds and keys."""
        erased = False
        for kind, key in wanted:
            for entry in await self.find_all(kind, contact_id, key):
                await self.api.send(
                    "DELETE", f"/crm/v3/objects/{kind.name}/{quote(entry.external_id)}", accept=_GONE
                )
                erased = True
        if not erased:
            return Erased(answer="not_there")
        return Erased(
            answer="erased", note="HubSpot's recycle bin keeps it for 90 days, unless the contact goes"
        )

    async def _is_there(self, contact_id: str) -> bool:
        path = f"/crm/v3/objects/contacts/{quote(contact_id, safe='')}"
        return await self.api.find(Record, "GET", path) is not None

    async def _ids(self, kind: Kind, contact_id: str) -> list[str]:
        async with aclosing(self._listed(kind, contact_id)) as listed:
            return sorted([entry async for entry in listed], key=_age)

    async def _listed(self, kind: Kind, contact_id: str) -> AsyncGenerator[str]:
        """Nothing for a contact that is not there."""
        path = f"/crm/v4/objects/contacts/{quote(contact_id, safe='')}/associations/{kind.name}"
        after: str | None = None
        while True:
            params: dict[str, str | int] = {"limit": _LIST} | ({"after": after} if after else {})
            page = await self.api.find(Associations, "GET", path, params=params)
            for entry in page.results if page else ():
                yield str(entry.to_object_id)
            after = page.after if page else None
            if after is None:
                return


def _age(entry: str) -> int:
    """Ids count upwards."""
    return -int(entry) if entry.isdecimal() else 0
