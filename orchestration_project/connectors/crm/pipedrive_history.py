"""What hangs on a Pipedrive person: notes, activities and leads, written and found again.

Persons are in `pipedrive.py`. An entry is found again by our key in its last line, or in a lead's title,
among the entries of that person: a list that, unlike the search, knows at once what was written.
"""

from collections.abc import AsyncGenerator, Collection
from contextlib import aclosing
from dataclasses import dataclass
from typing import TypeVar

from orchestration_project.connectors.crm.pipedrive_shapes import (
    Activity,
    Data,
    Lead,
    Listed,
    ListedOfV1,
    Note,
    Person,
)
from orchestration_project.connectors.crm.text import carries, clean, marked
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.listing import paged
from orchestration_project.errors import LeadRefusedError, PermanentServiceError
from orchestration_project.model import Erased, JsonObject, Written

SERVICE = "Pipedrive"
_PAGE = 500
_GONE = (404, 410)
_LONGEST_TITLE = 200
_LONGEST_NOTE = 90_000  # Pipedrive takes 100 kB

MadeT = TypeVar("MadeT")


@dataclass(frozen=True)
class History:
    api: Api

    async def find_note(self, person: int, key: str) -> Written | None:
        async with aclosing(self._notes(person)) as notes:
            async for note in notes:
                if carries(note.content, key):
                    return Written(external_id=str(note.id))
        return None

    async def find_notes(self, person: int, key: str) -> tuple[Written, ...]:
        async with aclosing(self._notes(person)) as notes:
            found = [note.id async for note in notes if carries(note.content, key)]
        return tuple(Written(external_id=str(id_)) for id_ in found)

    async def add_note(self, person: int, key: str, text: str) -> Written:
        body: JsonObject = {"person_id": person, "content": marked(text[:_LONGEST_NOTE], key)}
        made = await self._made(Data[Note], "/api/v1/notes", body, person)
        return Written(external_id=str(made.data.id))

    async def find_activity(self, person: int, key: str, types: Collection[str]) -> Written | None:
        async with aclosing(self._activities(person)) as activities:
            async for activity in activities:
                if activity.type in types and carries(activity.note, key):
                    return Written(external_id=str(activity.id))
        return None

    async def find_activities(self, person: int, key: str, types: Collection[str]) -> tuple[Written, ...]:
        async with aclosing(self._activities(person)) as activities:
            found = [each.id async for each in activities if each.type in types and carries(each.note, key)]
        return tuple(Written(external_id=str(id_)) for id_ in found)

    async def add_activity(self, person: int, key: str, text: str, values: JsonObject) -> Written:
        body: JsonObject = {
            **values,
            "note": marked(text[:_LONGEST_NOTE], key),
            "participants": [{"person_id": person, "primary": True}],
        }
        made = await self._made(Data[Activity], "/api/v2/activities", body, person)
        return Written(external_id=str(made.data.id))

    async def keep_lead(self, person: int, key: str, title: str) -> None:
        """An entry of the Leads Inbox, made once for the key."""
        title = f"{' '.join(clean(title).split())[:_LONGEST_TITLE]} [{key}]"
        if await self._leads(person, key):
            return
        await self._made(Data[Lead], "/api/v1/leads", {"title": title, "person_id": person}, person)

    async def _leads(self, person: int, key: str) -> list[Lead]:
        params: dict[str, str | int] = {"person_id": person, "limit": _PAGE}
        listed = await self.api.ask(ListedOfV1[Lead], "GET", "/api/v1/leads", params=params)
        return [lead for lead in listed.items if f"[{key}]" in (lead.title or "")]

    async def erase_note(self, person: int, key: str) -> Erased:
        """With the entry of the Leads Inbox that came with it."""
        notes = [f"/api/v1/notes/{note.external_id}" for note in await self.find_notes(person, key)]
        leads = [f"/api/v1/leads/{lead.id}" for lead in await self._leads(person, key)]
        return await self._erase(*notes, *leads)

    async def erase_activity(self, person: int, key: str, types: Collection[str]) -> Erased:
        found = await self.find_activities(person, key, types)
        return await self._erase(*(f"/api/v2/activities/{each.external_id}" for each in found))

    async def erase_person(self, person: int) -> Erased:
        if not await self._is_there(person):
            return Erased(answer="not_there")
        return await self._erase(f"/api/v2/persons/{person}")

    async def _erase(self, *paths: str) -> Erased:
        for path in paths:
            await self.api.send("DELETE", path, accept=_GONE)
        if not paths:
            return Erased(answer="not_there")
        return Erased(answer="erased", note="Pipedrive marks it deleted, and deletes it 30 days later")

    async def _made(self, answer: type[MadeT], path: str, body: JsonObject, person: int) -> MadeT:
        try:
            return await self.api.ask(answer, "POST", path, json=body)
        except PermanentServiceError as error:
            # Pipedrive has no word of its own for an entry of nobody
            if type(error) is PermanentServiceError and not await self._is_there(person):
                raise LeadRefusedError(
                    SERVICE, f"contact {person} is not there.", "It may have been erased, or merged."
                ) from None
            raise

    async def _is_there(self, person: int) -> bool:
        found = await self.api.find(Data[Person | None], "GET", f"/api/v2/persons/{person}")
        return found is not None and found.data is not None and not found.data.is_deleted

    async def _notes(self, person: int) -> AsyncGenerator[Note]:
        params: dict[str, str | int] = {"person_id": person, "limit": _PAGE, "sort": "add_time DESC"}
        first: dict[str, str | int] = {**params, "start": 0}
        listed = paged(
            self.api, ListedOfV1[Note], "/api/v1/notes", first, lambda page: page.next_start, "start"
        )
        async with aclosing(listed):
            async for page in listed:
                for note in page.items:
                    yield note

    async def _activities(self, person: int) -> AsyncGenerator[Activity]:
        params: dict[str, str | int] = {"person_id": person, "limit": _PAGE}
        params |= {"sort_by": "add_time", "sort_direction": "desc"}
        listed = paged(self.api, Listed[Activity], "/api/v2/activities", params, lambda page: page.cursor)
        async with aclosing(listed):
            async for page in listed:
                for activity in page.items:
                    yield activity
