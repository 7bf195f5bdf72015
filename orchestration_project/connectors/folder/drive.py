"""Google Drive: project folders, empty or copied from a template. What stands in them is `action/folder.py`.

Found again after a crash: by the app property `leadKey`; `leadComplete` is set last, on a whole folder.
"""

import hashlib
import json
import mimetypes
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
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
from orchestration_project.connectors.folder.interface import HAS_MORE
from orchestration_project.connectors.google_api import GoogleModel, GoogleService
from orchestration_project.connectors.google_auth import open_token
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.listing import pages
from orchestration_project.connectors.rate import Limit, pace
from orchestration_project.connectors.settings import base_url, options
from orchestration_project.errors import ServiceError, SetupError, TransientServiceError
from orchestration_project.model import Erased, Written
from orchestration_project.playbook.model import Connection

SERVICE = "Google Drive"
BASE_URL = "https://www.googleapis.com"
SCOPE = "https://www.googleapis.com/auth/drive.file"  # sees only what we made
WIDE_SCOPE = "https://www.googleapis.com/auth/drive"  # sees a parent and a template that people made
FOLDER_TYPE = "application/vnd.google-apps.folder"
DEEPEST = 10
"""Levels of folders in a template."""
_LINE = "folder: {connector: drive}"
_KEY, _PART, _COMPLETE = "leadKey", "leadPart", "leadComplete"
_FILES = "drive/v3/files"
_FIELDS = "id,name,mimeType,webViewLink,appProperties"
_MEND = "Correct the id on the `folder` line of connections.yaml, or share that folder with the account."


class DriveOptions(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    parent: str | None = Field(None, pattern=r"^[\w-]+$")
    """Id of the folder that gets the project folders; without it, they lie at the top of My Drive."""
    template: str | None = Field(None, pattern=r"^[\w-]+$")
    """Id of the folder whose content every project folder begins with."""


class _File(GoogleModel):
    id: str
    name: str = ""
    mime_type: str = ""
    web_view_link: str | None = None
    app_properties: dict[str, str] = Field(default_factory=dict)


class _Page(GoogleModel):
    files: tuple[_File, ...] = ()
    next_page_token: str | None = None


class _Capabilities(GoogleModel):
    can_add_children: bool = False


class _Parent(GoogleModel):
    trashed: bool = False
    capabilities: _Capabilities = _Capabilities()


@dataclass(frozen=True)
class _Making:
    """A folder being made: what carries its key already, by part."""

    api: Api
    key: str
    parts: Mapping[str, _File]

    def marks(self, part: str) -> dict[str, str]:
        return {_KEY: self.key, _PART: part}


def _needed(options: DriveOptions) -> list[str]:
    return [WIDE_SCOPE if options.parent or options.template else SCOPE]


class DriveFolders:
    embedded = False
    # 325,000 units a minute and user (see developers.google.com/workspace/drive/api/guides/limits)
    limit = Limit(20, 1.0)

    def __init__(self, google: GoogleService, chosen: DriveOptions) -> None:
        self._google = google
        self._options = chosen

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
        return cls(google, chosen)

    async def scopes(self) -> Scopes | None:
        return await self._google.token.scopes(_needed(self._options))

    @says_what_is_wrong
    async def check(self) -> Health:
        api = self._google.api()
        if self._options.parent is None:
            await api.ask(dict, "GET", "drive/v3/about", params={"fields": "user(emailAddress)"})
            return self._google.well("Makes folders at the top of My Drive.")
        params = {"fields": "id,trashed,capabilities(canAddChildren)", "supportsAllDrives": "true"}
        parent = await api.find(_Parent, "GET", f"{_FILES}/{self._options.parent}", params=params)
        if parent is None:
            return Health(ok=False, says="The account does not see the `parent` folder.", mend=_MEND)
        if parent.trashed:
            return Health(ok=False, says="The `parent` folder is in the bin.", mend=_MEND)
        if not parent.capabilities.can_add_children:
            return Health(ok=False, says="The account may not write to the `parent` folder.", mend=_MEND)
        return self._google.well("Makes folders in the `parent` folder.")

    async def get_ready(self) -> None:
        await self._google.token.value()

    async def find_folder(self, key: str) -> Written | None:
        api = self._google.api()
        whole = f"{_has(_KEY, key)} and {_has(_COMPLETE, 'yes')} and trashed = false"
        found = await _search(api, whole)
        return _written(found[0]) if found else None

    async def twins(self, kind: EntryKind, key: str, inside: str | None) -> tuple[Written, ...]:  # noqa: ARG002 - by key
        if kind != "folder":
            return ()
        there = await _search(self._google.api(), f"{_has(_KEY, key)} and trashed = false")
        return tuple(_written(file) for file in there if _PART not in file.app_properties)

    async def make_folder(self, key: str, name: str, files: Mapping[str, bytes]) -> Written:
        api = self._google.api()
        there = await _search(api, f"{_has(_KEY, key)} and trashed = false")
        folder = next((file for file in there if _PART not in file.app_properties), None)
        if folder is None:
            folder = await _create(api, name, FOLDER_TYPE, self._options.parent, {_KEY: key})
        elif _COMPLETE in folder.app_properties:
            return _written(folder)
        making = _Making(api, key, {file.app_properties.get(_PART, ""): file for file in there})
        if self._options.template:
            await _copy(making, self._options.template, folder.id, DEEPEST)
        for file_name, content in files.items():
            part = _part("file", file_name)
            if part not in making.parts:
                await _upload(api, file_name, content, folder.id, making.marks(part))
        await api.ask(
            _File,
            "PATCH",
            f"{_FILES}/{folder.id}",
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
        path, body = f"{_FILES}/{quote(folder.id)}", {"name": name}
        changed = await self._google.api().find(
            _File, "PATCH", path, params=params, json=body, repeatable=True
        )
        return _written(folder) if changed is not None else None

    async def _folder(self, key: str) -> _File | None:
        there = await _search(self._google.api(), f"{_has(_KEY, key)} and trashed = false")
        return next((file for file in there if _PART not in file.app_properties), None)

    async def erase_folder(self, key: str, files: Collection[str]) -> Erased:  # noqa: ARG002 - ours carry the key
        """Deleted at once, and not into the bin. What Drive lets us see of others' is left."""
        api = self._google.api()
        there = await _search(api, _has(_KEY, key))
        ours = {file.id for file in there}
        folders = [file.id for file in there if file.mime_type == FOLDER_TYPE]
        inside = [file for folder in folders for file in await _search(api, f"{_quoted(folder)} in parents")]
        more = any(file.id not in ours for file in inside)
        for file in there:
            if not (more and file.mime_type == FOLDER_TYPE):
                path = f"{_FILES}/{quote(file.id)}"
                await api.send("DELETE", path, params={"supportsAllDrives": "true"}, accept={404})
        if more:
            return HAS_MORE
        return Erased(answer="erased" if there else "not_there")


async def _copy(making: _Making, source: str, target: str, deepest: int) -> None:
    """What the source holds and the target does not yet; one after the other, as a template is small."""
    if deepest == 0:
        raise SetupError(
            SERVICE, f"has a template of more than {DEEPEST} levels.", "Make the template flatter."
        )
    for original in await _search(making.api, f"{_quoted(source)} in parents and trashed = false"):
        # of the place as well: a shortcut may show one folder twice
        part = _part("copy", f"{target}/{original.id}")
        copied = making.parts.get(part)
        if original.mime_type == FOLDER_TYPE:
            copied = copied or await _create(
                making.api, original.name, FOLDER_TYPE, target, making.marks(part)
            )
            await _copy(making, original.id, copied.id, deepest - 1)
        elif copied is None:
            body = {"name": original.name, "parents": [target], "appProperties": making.marks(part)}
            params = {"fields": _FIELDS, "supportsAllDrives": "true"}
            await making.api.ask(
                _File, "POST", f"{_FILES}/{quote(original.id)}/copy", params=params, json=body
            )


async def _search(api: Api, query: str) -> list[_File]:
    """All that fit, the oldest first."""
    params = {
        "q": query,
        "fields": f"nextPageToken,files({_FIELDS})",
        "orderBy": "createdTime",
        "pageSize": "1000",
        "supportsAllDrives": "true",
        "includeItemsFromAllDrives": "true",
    }
    missing = SetupError(SERVICE, "does not find the `template` folder.", _MEND)

    async def ask(token: str | None) -> _Page:
        more = {"pageToken": token} if token else {}
        return await api.need(_Page, "GET", _FILES, missing, params={**params, **more})

    return [file async for page in pages(ask, lambda page: page.next_page_token) for file in page.files]


async def _create(api: Api, name: str, kind: str, parent: str | None, marks: dict[str, str]) -> _File:
    body = {"name": name, "mimeType": kind, "appProperties": marks, **_in(parent)}
    params = {"fields": _FIELDS, "supportsAllDrives": "true"}
    missing = _gone() if _PART in marks else SetupError(SERVICE, "does not find the `parent` folder.", _MEND)
    return await api.need(_File, "POST", _FILES, missing, params=params, json=body)


async def _upload(api: Api, name: str, content: bytes, parent: str, marks: dict[str, str]) -> None:
    about = {"name": name, "appProperties": marks, **_in(parent)}
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    boundary = secrets.token_hex(16)  # cannot occur in the content by chance
    body = b"\r\n".join(
        (
            f"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n".encode(),
            json.dumps(about).encode(),
            f"--{boundary}\r\nContent-Type: {kind}\r\n".encode(),
            content,
            f"--{boundary}--\r\n".encode(),
        )
    )
    await api.need(
        _File,
        "POST",
        f"upload/{_FILES}",
        _gone(),
        params={"uploadType": "multipart", "fields": "id", "supportsAllDrives": "true"},
        content=body,
        headers={"Content-Type": f"multipart/related; boundary={boundary}"},
        timeout=30.0,
    )


def _gone() -> ServiceError:
    """The next try begins another folder."""
    told = "does not find the folder that was being filled: a person has deleted it."
    return TransientServiceError(SERVICE, told, "It is tried again by itself.", answered=True)


def _in(parent: str | None) -> dict[str, list[str]]:
    return {"parents": [parent]} if parent else {}


def _part(kind: str, name: str) -> str:
    """Short, as a property holds 124 bytes."""
    return f"{kind}-{hashlib.sha256(name.encode()).hexdigest()[:32]}"


def _has(name: str, value: str) -> str:
    return f"appProperties has {{ key={_quoted(name)} and value={_quoted(value)} }}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def _written(folder: _File) -> Written:
    return Written(external_id=folder.id, url=folder.web_view_link)
