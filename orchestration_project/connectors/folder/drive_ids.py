"""The ids under which things are made in Google Drive: given by Drive beforehand, and kept before the write.

A write that comes through late, or is repeated, then meets its own id (409) and makes no twin. What is made
under them is `drive_files.py`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import anyio
from anyio import to_thread

from orchestration_project.connectors.google_api import GoogleModel
from orchestration_project.connectors.http import Api
from orchestration_project.errors import PermanentServiceError
from orchestration_project.model.ports import OwnIds
from orchestration_project.together import Together

SERVICE = "Google Drive"
AT_ONCE = 100  # Drive gives up to a thousand

MadeT = TypeVar("MadeT")


class _Given(GoogleModel):
    ids: tuple[str, ...]


@dataclass
class InMemory:
    """The `OwnIds` of one process, where there is no ledger."""

    ids: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])

    def keep(self, service: str, ids: Mapping[str, str]) -> Mapping[str, str]:
        return {name: self.ids.setdefault((service, name), id_) for name, id_ in ids.items()}

    def drop(self, service: str, name: str) -> None:
        self.ids.pop((service, name), None)


class Stock:
    """Ids that Drive has given and nothing was made under yet, for all folders of a process."""

    def __init__(self, api: Callable[[], Api], kept: OwnIds) -> None:
        self._api, self._kept = api, kept
        self._spare: list[str] = []
        self._one_at_a_time = anyio.Lock()
        self._keeping = Together(self._keep_each)

    async def fill(self) -> None:
        async with self._one_at_a_time:
            if not self._spare:
                params = {"count": AT_ONCE, "space": "drive", "type": "files"}
                given = await self._api().ask(_Given, "GET", "drive/v3/files/generateIds", params=params)
                self._spare.extend(given.ids)

    async def of(self, name: str) -> str:
        """The id under which that is made, the same for whoever asks, until it is dropped."""
        while not self._spare:
            await self.fill()
        spare = self._spare.pop()
        kept = await self._keeping.ask((name, spare))
        if kept != spare:
            self._spare.append(spare)
        return kept

    async def drop(self, name: str) -> None:
        await to_thread.run_sync(self._kept.drop, SERVICE, name)

    def _keep_each(self, wanted: Sequence[tuple[str, str]]) -> list[str]:
        kept = self._kept.keep(SERVICE, dict(wanted))
        return [kept[name] for name, _ in wanted]


@dataclass
class Ids:
    """Those of one folder that is being made."""

    api: Api
    key: str
    stock: Stock

    async def make(self, part: str, write: Callable[[str], Awaitable[MadeT | None]]) -> MadeT:
        """What `write` makes under the id of that part. None: the id is that of a thing which is no more; it
        is given up for another, once."""
        name = f"{self.key} {part}"
        if (made := await write(await self.stock.of(name))) is not None:
            return made
        await self.stock.drop(name)
        if (made := await write(await self.stock.of(name))) is not None:
            return made
        told = "says of a new id that it is taken."
        raise PermanentServiceError(SERVICE, told, "Run the lead again.")
