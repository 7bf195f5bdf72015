"""HubSpot's records of one kind, read and made: those that several leads ask for together in one request.

Which records and why is in `hubspot.py` and its siblings. An answer to many comes in no promised order, so
each kind has a property by which its records are told apart.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import NamedTuple
from urllib.parse import quote

from pydantic import JsonValue

from orchestration_project.connectors.crm.hubspot_shapes import Record, Records
from orchestration_project.connectors.gathered import Gathered, caught
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.hubspot_api import OBJECTS, SERVICE, TakenError, existing
from orchestration_project.errors import UnknownAnswerError
from orchestration_project.model import JsonObject

BATCH = 100  # HubSpot takes so many in one request
_CONFLICT = 409
_NOT_FOUND = "OBJECT_NOT_FOUND"


class Conflict(NamedTuple):
    """There is a record that HubSpot keeps unique."""

    existing: str | None  # its id, where HubSpot says so


class Objects:
    def __init__(self, api: Api, kind: str, tell_apart: Callable[[Mapping[str, object]], str]) -> None:
        """`tell_apart` gives what is unique in a record's properties, and the same in what was sent."""
        self._api = api
        self._tell_apart = tell_apart
        self.path = f"{OBJECTS}/{kind}"
        self._finders: dict[tuple[str, str], Gathered[str, Record | None]] = {}
        self._maker = Gathered[JsonObject, Record | Conflict](self._make_one, self._make_many, BATCH)

    async def find(self, name: str, properties: str, by: str = "") -> Record | None:
        """The record with that id, or with that value of the unique property `by`. The id of a record that
        was merged away may bring the one it was merged into."""
        if (by, properties) not in self._finders:
            one = partial(self._find_one, by, properties)
            many = partial(self._find_many, by, properties)
            self._finders[by, properties] = Gathered(one, many, BATCH)
        return await self._finders[by, properties].ask(name)

    async def make(self, body: JsonObject) -> Record | Conflict:
        """The record made, or which one is there already where HubSpot keeps something unique."""
        return await self._maker.ask(body)

    async def _find_one(self, by: str, properties: str, name: str) -> Record | None:
        params = {"properties": properties} | ({"idProperty": by} if by else {})
        return await self._api.find(Record, "GET", f"{self.path}/{quote(name, safe='')}", params=params)

    async def _find_many(
        self, by: str, properties: str, names: Sequence[str]
    ) -> list[Record | Exception | None]:
        wanted = [name.casefold() for name in names]
        inputs: list[JsonValue] = [{"id": name} for name in dict.fromkeys(wanted)]
        shown: list[JsonValue] = [*properties.split(","), *([by] if by else [])]
        asked: JsonObject = {
            "inputs": inputs,
            "properties": shown,
        }
        if by:
            asked["idProperty"] = by
        page = await self._api.ask(Records, "POST", f"{self.path}/batch/read", json=asked, repeatable=True)
        found = {
            ((record.value(by) if by else record.id) or "").casefold(): record for record in page.results
        }
        lacking = set(wanted) - found.keys()
        told = all(error.category == _NOT_FOUND for error in page.errors)
        if told and len(page.results) == len(found) and found.keys() <= set(wanted):
            return [found.get(key) for key in wanted]

        # one came under another name than it was asked by (merged into it, or a second address of it), or
        # could not be looked for
        async def of(key: str, name: str) -> Record | None:
            return await self._find_one(by, properties, name) if key in lacking else found[key]

        return await asyncio.gather(*(caught(of(*pair)) for pair in zip(wanted, names, strict=True)))

    async def _make_one(self, body: JsonObject) -> Record | Conflict:
        try:
            response = await self._api.send("POST", self.path, json=body, accept={_CONFLICT})
        except TakenError as error:
            return Conflict(error.existing)
        if response.is_success:
            return self._api.read(response, Record, wrote=True)
        return Conflict(existing(response.text))

    async def _make_many(self, bodies: Sequence[JsonObject]) -> list[Record | Conflict | Exception]:
        keys = [self._tell_apart(_properties(body)) for body in bodies]
        first = {key: number for number, key in reversed([*enumerate(keys)]) if key}
        together = sorted(first.values())
        inputs: list[JsonObject] = [bodies[number] for number in together]
        page = await self._api.ask(Records, "POST", f"{self.path}/batch/create", json={"inputs": inputs})
        made = {self._tell_apart(record.properties): record for record in page.results}
        # where as many are refused as are missing, those are the refused: asked alone, each is told why
        refused = 0 < len(together) - len(page.results) <= len(page.errors)

        async def of(number: int) -> Record | Conflict | Exception:
            if number in together and (there := made.get(keys[number])):
                return there
            if number in together and not refused:
                return _not_told()
            return await caught(self._make_one(bodies[number]))

        return [await of(number) for number in range(len(bodies))]


def _properties(body: JsonObject) -> Mapping[str, object]:
    properties = body.get("properties")
    return properties if isinstance(properties, dict) else {}


def _not_told() -> Exception:
    return UnknownAnswerError(
        SERVICE, "took several records and names one less.", "It is looked for before it is made again."
    )
