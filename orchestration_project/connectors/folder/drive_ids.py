"""The ids under which things are made in Google Drive: given by Drive beforehand, and kept before the write.

A write that comes through late, or is repeated, then meets its own id (409) and makes no twin. What is made
under them is `drive_files.py`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TypeVar

from anyio import to_thread

from orchestration_project.connectors.google_api import GoogleModel
from orchestration_project.connectors.http import Api
from orchestration_project.errors import PermanentServiceError
from orchestration_project.model.ports import OwnIds

SERVICE = "Google Drive"
AT_ONCE = 10

MadeT = TypeVar("MadeT")


class _Given(GoogleModel):
    ids: tuple[str, ...]


@dataclass
class InMemory:
    """The `OwnIds` of one process, where there is no ledger."""

    ids: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    def kept(self, service: str, name: str) -> str | None:
        return self.ids.get((service, name))

    def keep(self, service: str, name: str, id_: str) -> str:
        return self.ids.setdefault((service, name), id_)

    def drop(self, service: str, name: str) -> None:
        self.ids.pop((service, name), None)


@dataclass
class Ids:
    """Those of one folder that is being made."""

    api: Api
    key: str
    kept: OwnIds
    _spare: list[str] = field(default_factory=list[str])

    async def of(self, part: str) -> str:
        name = f"{self.key} {part}"
        known = await to_thread.run_sync(self.kept.kept, SERVICE, name)
        if known is not None:
            return known
        if not self._spare:
            params = {"count": AT_ONCE, "space": "drive", "type": "files"}
            given = await self.api.ask(_Given, "GET", "drive/v3/files/generateIds", params=params)
            self._spare.extend(given.ids)
        return await to_thread.run_sync(self.kept.keep, SERVICE, name, self._spare.pop())

    async def make(self, part: str, write: Callable[[str], Awaitable[MadeT | None]]) -> MadeT:
        """What `write` makes under the id of that part. None: the id is that of a thing which is no more; it
        is given up for another, once."""
        if (made := await write(await self.of(part))) is not None:
            return made
        await to_thread.run_sync(self.kept.drop, SERVICE, f"{self.key} {part}")
        if (made := await write(await self.of(part))) is not None:
            return made
        told = "says of a new id that it is taken."
        raise PermanentServiceError(SERVICE, told, "Run the lead again.")
