"""A file store in memory."""

from collections.abc import Collection, Mapping
from typing import Self

from orchestration_project.connectors.base import ConnectorContext, Health
from orchestration_project.model import Erased, Written
from orchestration_project.playbook.model import Connection


class FakeFolders:
    embedded = True

    def __init__(self) -> None:
        self.folders: dict[str, tuple[str, dict[str, bytes]]] = {}

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        return cls()

    async def check(self) -> Health:
        return Health(ok=True, says="in memory")

    async def find_folder(self, key: str) -> Written | None:
        return Written(external_id=self.folders[key][0]) if key in self.folders else None

    async def make_folder(self, key: str, name: str, files: Mapping[str, bytes]) -> Written:
        self.folders[key] = (name, dict(files))
        return Written(external_id=name)

    def shown_name(self, key: str, name: str) -> str:
        return name

    async def name_of(self, key: str) -> str | None:
        return self.folders[key][0] if key in self.folders else None

    async def rename_folder(self, key: str, name: str) -> Written | None:
        if key not in self.folders:
            return None
        return await self.make_folder(key, name, self.folders[key][1])

    async def erase_folder(self, key: str, files: Collection[str]) -> Erased:
        return Erased(answer="erased" if self.folders.pop(key, None) else "not_there")
