"""The embedded file store: project folders on disk, in LEADS_HOME/folders.

What stands in a folder is decided in `action/folder.py`.
"""

import os
import shutil
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Self

import anyio.to_thread

from orchestration_project.connectors.base import ConnectorContext, Health
from orchestration_project.connectors.folder.interface import HAS_MORE
from orchestration_project.connectors.local_files import disk_errors, health_of
from orchestration_project.model import Erased, Written
from orchestration_project.playbook.model import Connection

SERVICE = "project folders on disk"
LONGEST_NAME = 100  # bytes: encrypted home folders allow 143, and synchronised paths need room as well


class DiskFolders:
    """A folder is complete once it has its final name: until then it is called `.making-…`."""

    embedded = True

    def __init__(self, root: Path) -> None:
        self._root = root

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:  # noqa: ARG003 - has no options
        return cls(context.home / "folders")

    async def check(self) -> Health:
        return await anyio.to_thread.run_sync(health_of, self._root)

    async def find_folder(self, key: str) -> Written | None:
        return await anyio.to_thread.run_sync(self._find, key)

    async def make_folder(self, key: str, name: str, files: Mapping[str, bytes]) -> Written:
        return await anyio.to_thread.run_sync(self._make, key, name, files)

    async def erase_folder(self, key: str, files: Collection[str]) -> Erased:
        return await anyio.to_thread.run_sync(self._erase, key, files)

    def shown_name(self, key: str, name: str) -> str:
        return folder_name(name, key)

    async def name_of(self, key: str) -> str | None:
        found = await self.find_folder(key)
        return found.external_id if found is not None else None

    async def rename_folder(self, key: str, name: str) -> Written | None:
        return await anyio.to_thread.run_sync(self._rename, key, name)

    def _rename(self, key: str, name: str) -> Written | None:
        found = self._find(key)
        if found is None:
            return None
        folder = self._root / folder_name(name, key)
        with disk_errors(SERVICE):
            (self._root / found.external_id).rename(folder)
        return _written(folder)

    def _erase(self, key: str, files: Collection[str]) -> Erased:
        with disk_errors(SERVICE):
            found = [folder for folder in self._root.glob("*") if key in folder.name and folder.is_dir()]
            for folder in found:
                for name in files:
                    (folder / name).unlink(missing_ok=True)
                if any(folder.iterdir()):
                    return HAS_MORE
                folder.rmdir()
        return Erased(answer="erased" if found else "not_there")

    def _find(self, key: str) -> Written | None:
        with disk_errors(SERVICE):
            if not self._root.is_dir():
                return None
            for folder in self._root.iterdir():
                # a person may have renamed it, so its name only has to hold the key
                if key in folder.name and not folder.name.startswith(".") and folder.is_dir():
                    return _written(folder)
        return None

    def _make(self, key: str, name: str, files: Mapping[str, bytes]) -> Written:
        if complete := self._find(key):
            return complete
        making = self._root / f".making-{key}"
        folder = self._root / folder_name(name, key)
        with disk_errors(SERVICE):
            if making.exists():
                shutil.rmtree(making)
            making.mkdir(parents=True)
            for file_name, content in files.items():
                with (making / file_name).open("xb") as file:
                    file.write(content)
                    file.flush()
                    os.fsync(file.fileno())
            making.rename(folder)
        return _written(folder)


def folder_name(name: str, key: str) -> str:
    """A name every file system takes, cut where it is too long, with the key at its end."""
    import pathvalidate  # noqa: PLC0415 - whoever only looks names no file

    stem = name.encode(errors="ignore").decode().replace(f"({key})", "")
    stem = pathvalidate.sanitize_filename(stem, platform="universal")
    end = f" ({key})"
    room = LONGEST_NAME - len(end.encode())
    # a leading dot would hide the folder from people and from `_find`
    stem = stem.encode()[:room].decode(errors="ignore").strip(" .")
    return f"{stem}{end}".strip()


def _written(folder: Path) -> Written:
    return Written(external_id=folder.name, url=folder.absolute().as_uri())
