"""What the action layer asks of a file store."""

from collections.abc import Collection, Mapping
from typing import Protocol

from orchestration_project.connectors.base import Connector
from orchestration_project.model import Erased, Written

HAS_MORE = Erased(
    answer="cannot",
    note="there are files of yours in the folder: only ours were erased. Look at the rest, and at its name",
)


class Folders(Connector, Protocol):
    async def find_folder(self, key: str) -> Written | None:
        """The folder made for that key, complete with its files; a half-made one is None."""
        ...

    async def make_folder(self, key: str, name: str, files: Mapping[str, bytes]) -> Written:
        """A folder of that name with these files in it. Going over a half-made one completes it."""
        ...

    def shown_name(self, key: str, name: str) -> str:
        """The name that a folder called so would have there."""
        ...

    async def name_of(self, key: str) -> str | None:
        """What the folder made for that key is called now. None: it is not there any more."""
        ...

    async def rename_folder(self, key: str, name: str) -> Written | None:
        """Calls it so; what is in it stays. Answers where it is now. None: it is not there any more."""
        ...

    async def erase_folder(self, key: str, files: Collection[str]) -> Erased:
        """Erases the folder with the files of these names, which are ours; of one in which people have put
        more, only ours."""
        ...
