"""What hangs on a HubSpot contact: notes, tasks, calls and mails, written and found again.

Contacts themselves are in `hubspot.py`. An entry is found again by our key in its last line, among the
entries associated with the contact: unlike HubSpot's search, that list knows at once what was written.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from orchestration_project.connectors.crm.hubspot_objects import BATCH, Conflict, Objects
from orchestration_project.connectors.crm.hubspot_shapes import (
    Associations,
    ManyAssociations,
    Records,
    to_link,
)
from orchestration_project.connectors.crm.text import carries, clean, key_in, marked
from orchestration_project.connectors.gathered import Gathered, caught
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.hubspot_api import ASSOCIATIONS, OBJECTS, SERVICE
from orchestration_project.connectors.listing import pages
from orchestration_project.errors import LeadRefusedError, PermanentServiceError
from orchestration_project.model import Erased, JsonObject, Written

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


class History:
    def __init__(self, api: Api, now_of: Callable[[str], Awaitable[str | None]]) -> None:
        """`now_of` gives the id that a contact goes by now: another one where people merged it."""
        self._api = api
        self._now_of = now_of
        self._objects = {
            kind.name: Objects(api, kind.name, partial(_key_of, kind)) for kind in (NOTE, TASK, CALL, MAIL)
        }
        self._associated = {
            kind.name: Gathered(partial(self._ids_one, kind), partial(self._ids_many, kind), BATCH)
            for kind in (NOTE, TASK, CALL, MAIL)
        }

    async def find(self, kind: Kind, contact_id: str, key: str) -> Written | None:
        async with aclosing(self._of_key(kind, contact_id, key)) as found:
            return await anext(found, None)

    async def find_all(self, kind: Kind, contact_id: str, key: str) -> tuple[Written, ...]:
        async with aclosing(self._of_key(kind, contact_id, key)) as found:
            return tuple([written async for written in found])

    async def _of_key(self, kind: Kind, contact_id: str, key: str) -> AsyncGenerator[Written]:
        """Newest first: after a crash it is one of the last."""
        ids = sorted(await self._associated[kind.name].ask(contact_id), key=_age)
        for start in range(0, len(ids), BATCH):
            wanted: list[JsonObject] = [{"id": entry} for entry in ids[start : start + BATCH]]
            page = await self._api.ask(
                Records,
                "POST",
                f"{OBJECTS}/{kind.name}/batch/read",
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
        values[kind.body] = marked(text[:_LONGEST_BODY], key)
        try:
            return await self._add(kind, contact_id, values)
        except PermanentServiceError as error:
            # HubSpot has no word of its own for an entry of nobody
            if type(error) is not PermanentServiceError:
                raise
            now = await self._now_of(contact_id)
            if now is None:
                raise LeadRefusedError(
                    SERVICE,
                    f"contact {contact_id} is not there.",
                    "It may have been erased: restore it in HubSpot, then replay.",
                ) from None
            if now == contact_id:
                raise
            return await self._add(kind, now, values)

    async def _add(self, kind: Kind, contact_id: str, values: dict[str, str]) -> Written:
        body: JsonObject = {"properties": {**values}, "associations": [to_link(contact_id, kind.association)]}
        made = await self._objects[kind.name].make(body)
        if isinstance(made, Conflict):
            raise PermanentServiceError(SERVICE, f"has {kind.name} of which each is unique (409).", "")
        return Written(external_id=made.id)

    async def _ids_many(self, kind: Kind, contact_ids: Sequence[str]) -> list[list[str] | Exception]:
        page = await self._api.ask(
            ManyAssociations,
            "POST",
            f"{ASSOCIATIONS}/contacts/{kind.name}/batch/read",
            json={"inputs": [{"id": contact_id} for contact_id in dict.fromkeys(contact_ids)]},
            repeatable=True,
        )
        listed = {str(each.of.id): each for each in page.results}

        async def of(contact_id: str) -> list[str]:
            there = listed.get(contact_id)
            if there is None and page.tells_of_the_rest:
                return await self._ids_after_merge(kind, contact_id)
            if there is None or there.after is not None:  # more than a page
                return await self._ids_one(kind, contact_id)
            return [str(entry.to_object_id) for entry in there.to]

        return await asyncio.gather(*(caught(of(contact_id)) for contact_id in contact_ids))

    async def erase(self, contact_id: str, *wanted: tuple[Kind, str]) -> Erased:
        """The entries of those kinds and keys."""
        erased = False
        for kind, key in wanted:
            for entry in await self.find_all(kind, contact_id, key):
                await self._api.send(
                    "DELETE", f"{OBJECTS}/{kind.name}/{quote(entry.external_id)}", accept=_GONE
                )
                erased = True
        if not erased:
            return Erased(answer="not_there")
        return Erased(
            answer="erased", note="HubSpot's recycle bin keeps it for 90 days, unless the contact goes"
        )

    async def _ids_one(self, kind: Kind, contact_id: str) -> list[str]:
        async with aclosing(self._listed(kind, contact_id)) as listed:
            if ids := [entry async for entry in listed]:
                return ids
        return await self._ids_after_merge(kind, contact_id)

    async def _ids_after_merge(self, kind: Kind, contact_id: str) -> list[str]:
        """Nothing hangs on a contact that was merged into another one any more."""
        now = await self._now_of(contact_id)
        if now in (None, contact_id):
            return []
        async with aclosing(self._listed(kind, now)) as listed:
            return [entry async for entry in listed]

    async def _listed(self, kind: Kind, contact_id: str) -> AsyncGenerator[str]:
        """Nothing for a contact that is not there."""
        path = f"{OBJECTS}/contacts/{quote(contact_id, safe='')}/associations/{kind.name}"

        async def ask(after: str | None) -> Associations | None:
            params: dict[str, str | int] = {"limit": _LIST} | ({"after": after} if after else {})
            return await self._api.find(Associations, "GET", path, params=params)

        async with aclosing(pages(ask, lambda page: page.after if page else None)) as listed:
            async for page in listed:
                for entry in page.results if page else ():
                    yield str(entry.to_object_id)


def _key_of(kind: Kind, properties: Mapping[str, object]) -> str:
    return key_in(str(properties.get(kind.body) or ""))


def _age(entry: str) -> int:
    """Ids count upwards."""
    return -int(entry) if entry.isdecimal() else 0
