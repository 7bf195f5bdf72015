"""Google Drive: project folders, empty or copied from a template. What stands in them is `action/folder.py`.

Found again after a crash: by the app property `leadKey`; `leadComplete` is set last, on a whole folder. Each
part is made under an id that is known beforehand (`drive_ids.py`).
"""

from collections.abc import Collection, Mapping
from typing import Self
from urllib.parse import quote

from pydantic import BaseModel, ConfigDict, Field

from orchestration_project.connectors.base import (
    ConnectorContext,
    EntryKind,
    Health,
    Scopes,
    says_what_is_wrong,
)
from orchestration_project.connectors.folder.drive_files import (
    DEEPEST,
    FILES,
    FOLDER_TYPE,
    KEY,
    MEND,
    PART,
    File,
    Making,
    copy,
    create,
    has,
    part_of,
    quoted,
    search,
    upload,
)
from orchestration_project.connectors.folder.drive_ids import SERVICE, Ids, InMemory, Stock
from orchestration_project.connectors.folder.interface import HAS_MORE
from orchestration_project.connectors.google_api import GoogleModel, GoogleService
from orchestration_project.connectors.google_auth import open_token
from orchestration_project.connectors.rate import Limit, pace
from orchestration_project.connectors.settings import base_url, options
from orchestration_project.model import Erased, Written
from orchestration_project.model.ports import OwnIds
from orchestration_project.playbook.model import Connection

BASE_URL = "https://www.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/drive.file"  # sees only what we made
WIDE_SCOPE = "https://www.googleapis.com/auth/drive"  # sees a parent and a template that people made
_LINE = "folder: {connector: drive}"
_COMPLETE = "leadComplete"


class DriveOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    parent: str | None = Field(None, pattern=r"^[\w-]+$")
    """Id of the folder that gets the project folders; without it, they lie at the top of My Drive."""
    template: str | None = Field(None, pattern=r"^[\w-]+$")
    """Id of the folder whose content every project folder begins with."""


class _Capabilities(GoogleModel):
    can_add_children: bool = False


class _Folder(GoogleModel):
    trashed: bool = False
    capabilities: _Capabilities = _Capabilities()


def _needed(options: DriveOptions) -> list[str]:
    return [WIDE_SCOPE if options.parent or options.template else SCOPE]


class DriveFolders:
    embedded = False
    # 325,000 units a minute and user (see developers.google.com/workspace/drive/api/guides/limits)
    limit = Limit(20, 1.0)

    def __init__(self, google: GoogleService, chosen: DriveOptions, ids: OwnIds) -> None:
        self._google = google
        self._options = chosen
        self._stock = Stock(google.api, ids)

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        chosen = options(connection, DriveOptions)
        google = GoogleService(
            SERVICE,
            base_url(context, "GOOGLE_DRIVE_BASE_URL", BASE_URL),
            context.http,
            open_token(context, _LINE, _needed(chosen)),
            pace(context, SERVICE, cls.limit),
        )
        return cls(google, chosen, context.ids or InMemory())

    async def scopes(self) -> Scopes | None:
        return await self._google.token.scopes(_needed(self._options))

    @says_what_is_wrong
    async def check(self) -> Health:
        api = self._google.api()
        for name, folder in (("parent", self._options.parent), ("template", self._options.template)):
            if folder is None:
                continue
            params = {"fields": "id,trashed,capabilities(canAddChildren)", "supportsAllDrives": "true"}
            found = await api.find(_Folder, "GET", f"{FILES}/{folder}", params=params)
            if found is None:
                return Health(ok=False, says=f"The account does not see the `{name}` folder.", mend=MEND)
            if found.trashed:
                return Health(ok=False, says=f"The `{name}` folder is in the bin.", mend=MEND)
            if name == "parent" and not found.capabilities.can_add_children:
                return Health(ok=False, says="The account may not write to the `parent` folder.", mend=MEND)
        if self._options.parent is not None:
            return self._google.well("Makes folders in the `parent` folder.")
        await api.ask(dict, "GET", "drive/v3/about", params={"fields": "user(emailAddress)"})
        return self._google.well("Makes folders at the top of My Drive.")

    async def get_ready(self) -> None:
        await self._google.token.value()
        await self._stock.fill()

    async def find_folder(self, key: str) -> Written | None:
        api = self._google.api()
        whole = f"{has(KEY, key)} and {has(_COMPLETE, 'yes')} and trashed = false"
        found = await search(api, whole)
        return _written(found[0]) if found else None

    async def twins(self, kind: EntryKind, key: str, inside: str | None) -> tuple[Written, ...]:  # noqa: ARG002 - by key
        if kind != "folder":
            return ()
        there = await search(self._google.api(), f"{has(KEY, key)} and trashed = false")
        return tuple(_written(file) for file in there if PART not in file.app_properties)

    async def make_folder(self, key: str, name: str, files: Mapping[str, bytes]) -> Written:
        api = self._google.api()
        there = await search(api, f"{has(KEY, key)} and trashed = false")
        folder = next((file for file in there if PART not in file.app_properties), None)
        ids = Ids(api, key, self._stock)
        if folder is None:
            folder = await create(ids, name, self._options.parent, {KEY: key})
        if _COMPLETE in folder.app_properties:
            return _written(folder)
        making = Making(api, key, ids, {file.app_properties.get(PART, ""): file for file in there})
        if self._options.template:
            await copy(making, self._options.template, folder.id, DEEPEST)
        for file_name, content in files.items():
            part = part_of("file", file_name)
            if part not in making.parts:
                await upload(ids, file_name, content, folder.id, making.marks(part))
        await api.ask(
            File,
            "PATCH",
            f"{FILES}/{folder.id}",
            params={"fields": "id", "supportsAllDrives": "true"},
            json={"appProperties": {_COMPLETE: "yes"}},
            repeatable=True,
        )
        return _written(folder)

    def shown_name(self, key: str, name: str) -> str:  # noqa: ARG002 - it takes any
        return name

    async def name_of(self, key: str) -> str | None:
        folder = await self._folder(key)
        return folder.name if folder is not None else None

    async def rename_folder(self, key: str, name: str) -> Written | None:
        folder = await self._folder(key)
        if folder is None:
            return None
        params = {"fields": "id", "supportsAllDrives": "true"}
        path, body = f"{FILES}/{quote(folder.id)}", {"name": name}
        changed = await self._google.api().find(
            File, "PATCH", path, params=params, json=body, repeatable=True
        )
        return _written(folder) if changed is not None else None

    async def _folder(self, key: str) -> File | None:
        there = await search(self._google.api(), f"{has(KEY, key)} and trashed = false")
        return next((file for file in there if PART not in file.app_properties), None)

    async def erase_folder(self, key: str, files: Collection[str]) -> Erased:  # noqa: ARG002 - ours carry the key
        """Deleted at once, and not into the bin. What Drive lets us see of others' is left."""
        api = self._google.api()
        there = await search(api, has(KEY, key))
        ours = {file.id for file in there}
        folders = [file.id for file in there if file.mime_type == FOLDER_TYPE]
        inside = [file for folder in folders for file in await search(api, f"{quoted(folder)} in parents")]
        more = any(file.id not in ours for file in inside)
        for file in there:
            if not (more and file.mime_type == FOLDER_TYPE):
                path = f"{FILES}/{quote(file.id)}"
                await api.send("DELETE", path, params={"supportsAllDrives": "true"}, accept={404})
        if more:
            return HAS_MORE
        return Erased(answer="erased" if there else "not_there")


def _written(folder: File) -> Written:
    return Written(external_id=folder.id, url=folder.web_view_link)
