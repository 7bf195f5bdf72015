"""What is asked of Google Drive: a search, and folders, copies and files made under ids known beforehand.

What they are for is `drive.py`, where the ids come from `drive_ids.py`.
"""

import hashlib
import json
import mimetypes
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from urllib.parse import quote

from pydantic import Field

from orchestration_project.connectors.folder.drive_ids import SERVICE, Ids
from orchestration_project.connectors.google_api import GoogleModel
from orchestration_project.connectors.http import Api, Ask
from orchestration_project.connectors.listing import pages
from orchestration_project.errors import ServiceError, SetupError, TransientServiceError
from orchestration_project.model import JsonObject

FOLDER_TYPE = "application/vnd.google-apps.folder"
DEEPEST = 10
"""Levels of folders in a template."""
KEY, PART = "leadKey", "leadPart"
FILES = "drive/v3/files"
MEND = "Correct the id on the `folder` line of connections.yaml, or share that folder with the account."
_FIELDS = "id,name,mimeType,webViewLink,appProperties"
_OWN_KINDS = "application/vnd.google-apps."


class File(GoogleModel):
    id: str
    name: str = ""
    mime_type: str = ""
    web_view_link: str | None = None
    app_properties: dict[str, str] = Field(default_factory=dict)
    trashed: bool = False


class _Page(GoogleModel):
    files: tuple[File, ...] = ()
    next_page_token: str | None = None


@dataclass(frozen=True)
class Making:
    """A folder being made: what carries its key already, by part."""

    api: Api
    key: str
    ids: Ids
    parts: Mapping[str, File]

    def marks(self, part: str) -> dict[str, str]:
        return {KEY: self.key, PART: part}


async def copy(making: Making, source: str, target: str, deepest: int) -> None:
    """What the source holds and the target does not yet; one after the other, as a template is small."""
    if deepest == 0:
        raise SetupError(
            SERVICE, f"has a template of more than {DEEPEST} levels.", "Make the template flatter."
        )
    for original in await search(making.api, f"{quoted(source)} in parents and trashed = false"):
        # of the place as well: a shortcut may show one folder twice
        part = part_of("copy", f"{target}/{original.id}")
        copied = making.parts.get(part)
        if original.mime_type == FOLDER_TYPE:
            copied = copied or await create(making.ids, original.name, target, making.marks(part))
            await copy(making, original.id, copied.id, deepest - 1)
        elif copied is None:
            marks = making.marks(part)
            body: JsonObject = {"name": original.name, "parents": [target], "appProperties": {**marks}}
            path, missing = f"{FILES}/{quote(original.id)}/copy", _gone()
            if original.mime_type.startswith(_OWN_KINDS):
                # of these Drive takes no id of ours
                params = {"fields": _FIELDS, "supportsAllDrives": "true"}
                await making.api.ask(File, "POST", path, params=params, json=body)
            else:
                await _made(making.ids, part, path, missing, partial(_as_json, body))


async def search(api: Api, query: str) -> list[File]:
    """All that fit, the oldest first."""
    params = {
        "q": query,
        "fields": f"nextPageToken,files({_FIELDS})",
        "orderBy": "createdTime",
        "pageSize": "1000",
        "supportsAllDrives": "true",
        "includeItemsFromAllDrives": "true",
    }
    missing = SetupError(SERVICE, "does not find the `template` folder.", MEND)

    async def ask(token: str | None) -> _Page:
        more = {"pageToken": token} if token else {}
        return await api.need(_Page, "GET", FILES, missing, params={**params, **more})

    return [file async for page in pages(ask, lambda page: page.next_page_token) for file in page.files]


async def create(ids: Ids, name: str, parent: str | None, marks: dict[str, str]) -> File:
    body: JsonObject = {"name": name, "mimeType": FOLDER_TYPE, "appProperties": {**marks}, **_in(parent)}
    missing = _gone() if PART in marks else SetupError(SERVICE, "does not find the `parent` folder.", MEND)
    part = marks.get(PART, "folder")
    return await _made(ids, part, FILES, missing, partial(_as_json, body))


async def upload(ids: Ids, name: str, content: bytes, parent: str, marks: dict[str, str]) -> None:
    about = {"name": name, "appProperties": marks, **_in(parent)}
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    boundary = secrets.token_hex(16)  # cannot occur in the content by chance

    def ask(id_: str) -> Ask:
        body = b"\r\n".join(
            (
                f"--{boundary}\r\nContent-Type: application/json; charset=UTF-8\r\n".encode(),
                json.dumps({**about, "id": id_}).encode(),
                f"--{boundary}\r\nContent-Type: {kind}\r\n".encode(),
                content,
                f"--{boundary}--\r\n".encode(),
            )
        )
        headers = {"Content-Type": f"multipart/related; boundary={boundary}"}
        return {"content": body, "headers": headers, "timeout": 30.0}

    params = {"uploadType": "multipart"}
    await _made(ids, marks[PART], f"upload/{FILES}", _gone(), ask, params)


async def _made(
    ids: Ids,
    part: str,
    path: str,
    missing: ServiceError,
    ask: Callable[[str], Ask],
    params: Mapping[str, str | int] | None = None,
) -> File:
    """What is there under the id of that part, made now or by a try of before whose answer was lost."""
    api, told = ids.api, {"fields": _FIELDS, "supportsAllDrives": "true", **(params or {})}

    async def write(id_: str) -> File | None:
        accept = (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)
        asked: Ask = {**ask(id_), "params": told, "accept": accept}
        response = await api.send("POST", path, **asked)
        if response.status_code == HTTPStatus.NOT_FOUND:
            raise missing
        if response.status_code != HTTPStatus.CONFLICT:
            return api.read(response, File, wrote=True)
        which = {"fields": f"{_FIELDS},trashed", "supportsAllDrives": "true"}
        there = await api.find(File, "GET", f"{FILES}/{quote(id_)}", params=which)
        return there if there is not None and not there.trashed else None

    return await ids.make(part, write)


def _as_json(body: JsonObject, id_: str) -> Ask:
    return {"json": {**body, "id": id_}}


def _gone() -> ServiceError:
    """The next try begins another folder."""
    told = "does not find the folder that was being filled: a person has deleted it."
    return TransientServiceError(SERVICE, told, "It is tried again by itself.", answered=True)


def _in(parent: str | None) -> JsonObject:
    return {"parents": [parent]} if parent else {}


def part_of(kind: str, name: str) -> str:
    """Short, as a property holds 124 bytes."""
    return f"{kind}-{hashlib.sha256(name.encode()).hexdigest()[:32]}"


def has(name: str, value: str) -> str:
    return f"appProperties has {{ key={quoted(name)} and value={quoted(value)} }}"


def quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
