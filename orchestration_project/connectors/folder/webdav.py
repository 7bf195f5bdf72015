"""Project folders on any WebDAV server: Nextcloud, ownCloud, a NAS and others.

What stands in a folder is decided in `action/folder.py`.

Found again after a crash by the key in the folder's name; until it is complete it is called `.making-…`.
"""

from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Self
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ConfigDict, field_validator

from orchestration_project.connectors.base import ConnectorContext, Health, says_what_is_wrong
from orchestration_project.connectors.dav import DAV, may_write, open_api, propfind
from orchestration_project.connectors.folder.disk import folder_name
from orchestration_project.connectors.folder.interface import HAS_MORE
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.settings import options
from orchestration_project.errors import SetupError, TransientServiceError
from orchestration_project.model import Erased, Written
from orchestration_project.playbook.model import Connection

SERVICE = "WebDAV"
LINE = "folder: {connector: webdav}"
_NO_FOLDER_MADE = (HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.CONFLICT)
"""There is one already; or none that it could be made in (RFC 4918, 9.3.1)."""
_COLLECTION = f"{DAV}collection"


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid")

    template: str | None = None  # a folder in WEBDAV_URL that each new one begins as a copy of
    link: str | None = None  # where people open a folder, with {name} in it

    @field_validator("link")
    @classmethod
    def _has_place_for_the_name(cls, link: str | None) -> str | None:
        if link is not None and "{name}" not in link:
            raise ValueError("has to have {name} in it, where the folder's name goes")
        return link


class WebDavFolders:
    """A complete folder is never written to: what is in it belongs to the people who work with it."""

    embedded = False

    def __init__(self, api: Api, template: str | None = None, link: str | None = None) -> None:
        self._api = api
        self._template = template
        self._link = link

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        chosen = options(connection, _Options)
        return cls(open_api(context, SERVICE, "WEBDAV", LINE), chosen.template, chosen.link)

    @says_what_is_wrong
    async def check(self) -> Health:
        found = await propfind(self._api, "", 0, ("resourcetype", "current-user-privilege-set"))
        if not any(_COLLECTION in one.kinds for one in found):
            return Health(
                ok=False, says="There is no folder at WEBDAV_URL.", mend="Make it, or set another address."
            )
        if not all(map(may_write, found)):
            return Health(
                ok=False,
                says="The folder at WEBDAV_URL can be read only.",
                mend="Let WEBDAV_USER write to it, or choose another one.",
            )
        if self._template is not None:
            await self._insist_on_template(self._template)
        return Health(ok=True, says="Makes folders at WEBDAV_URL.")

    async def find_folder(self, key: str) -> Written | None:
        for one in await propfind(self._api, "", 1, ("resourcetype",)):
            # a person may have renamed it, so its name only has to hold the key
            if key in one.name and not one.name.startswith(".") and _COLLECTION in one.kinds:
                return self._written(one.name)
        return None

    async def make_folder(self, key: str, name: str, files: Mapping[str, bytes]) -> Written:
        if complete := await self.find_folder(key):
            return complete
        making, final = f".making-{key}", folder_name(name, key)
        await self._begin(making)
        for file_name, content in files.items():
            await self._api.send("PUT", _path(making, file_name), content=content)
        moved = await self._api.send(
            "MOVE",
            _path(making, ""),
            headers={"Destination": self._address(final), "Overwrite": "F"},
            accept={HTTPStatus.PRECONDITION_FAILED},
        )
        if moved.status_code == HTTPStatus.PRECONDITION_FAILED:
            # it is there: by another try of ours, or as somebody's folder of that very name
            if complete := await self.find_folder(key):
                return complete
            raise SetupError(
                SERVICE, "has something of that name already (412).", "Rename that, then replay."
            )
        _raise_if_partly(moved)
        return self._written(final)

    def shown_name(self, key: str, name: str) -> str:
        return folder_name(name, key)

    async def name_of(self, key: str) -> str | None:
        found = await self.find_folder(key)
        return found.external_id if found is not None else None

    async def rename_folder(self, key: str, name: str) -> Written | None:
        found = await self.find_folder(key)
        if found is None:
            return None
        final = folder_name(name, key)
        moved = await self._api.send(
            "MOVE",
            _path(found.external_id, ""),
            headers={"Destination": self._address(final), "Overwrite": "F"},
            accept={HTTPStatus.NOT_FOUND},
        )
        _raise_if_partly(moved)
        return self._written(final) if moved.status_code != HTTPStatus.NOT_FOUND else None

    async def erase_folder(self, key: str, files: Collection[str]) -> Erased:
        """A server may have a bin: that is for its owner to empty."""
        found = [one.name for one in await propfind(self._api, "", 1, ("resourcetype",)) if key in one.name]
        ours = {*files, *(await self._inside(self._template.strip("/")) if self._template else ())}
        for name in found:
            if await self._inside(name) - ours:
                for file in files:
                    await self._api.send("DELETE", _path(name, file), accept={HTTPStatus.NOT_FOUND})
                return HAS_MORE
            _raise_if_partly(await self._api.send("DELETE", _path(name, ""), accept={HTTPStatus.NOT_FOUND}))
        note = "if the server keeps a bin, empty it there" if found else ""
        return Erased(answer="erased" if found else "not_there", note=note)

    async def _insist_on_template(self, template: str) -> None:
        try:
            found = await propfind(self._api, _path(template.strip("/"), ""), 0, ("resourcetype",))
        except SetupError:
            raise _no_template() from None
        if not any(_COLLECTION in one.kinds for one in found):
            raise _no_template()

    async def _inside(self, folder: str) -> set[str]:
        listed = await propfind(self._api, _path(folder, ""), 1, ("resourcetype",))
        return {one.name for one in listed} - {folder.rpartition("/")[2]}

    async def _begin(self, making: str) -> None:
        """An empty folder, or a copy of the template. What an earlier try left is thrown away."""
        if self._template is not None:
            copied = await self._api.send(
                "COPY",
                _path(self._template.strip("/"), ""),
                headers={"Destination": self._address(making), "Overwrite": "T", "Depth": "infinity"},
                accept={HTTPStatus.NOT_FOUND},
                repeatable=True,
            )
            if copied.status_code == HTTPStatus.NOT_FOUND:
                raise _no_template()
            _raise_if_partly(copied)
            return
        for _ in range(2):
            made = await self._api.send("MKCOL", _path(making, ""), accept=_NO_FOLDER_MADE)
            if made.status_code == HTTPStatus.CONFLICT:
                raise SetupError(
                    SERVICE, "has no folder at WEBDAV_URL (409).", "Make it, or correct the URL."
                )
            if made.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
                return
            gone = await self._api.send("DELETE", _path(making, ""), accept={HTTPStatus.NOT_FOUND})
            _raise_if_partly(gone)
        raise SetupError(
            SERVICE, "does not let a folder be made here.", "Check WEBDAV_URL, then run `leads doctor`."
        )

    def _address(self, name: str) -> str:
        return f"{self._api.base_url}/{_path(name, '')}"

    def _written(self, name: str) -> Written:
        url = self._link.replace("{name}", quote(name, safe="")) if self._link else self._address(name)
        return Written(external_id=name, url=url)


def _no_template() -> SetupError:
    return SetupError(
        SERVICE,
        "has no template folder of that name.",
        "Make it at WEBDAV_URL, or correct `template` in connections.yaml, then replay.",
    )


def _raise_if_partly(response: httpx.Response) -> None:
    """Of a whole folder, 207 tells that some of what is in it was refused (RFC 4918, 9.6.1 and 9.9.4)."""
    if response.status_code == HTTPStatus.MULTI_STATUS:
        told = "did a part of what was asked (207), since something in the folder is locked or closed to us."
        raise TransientServiceError(SERVICE, told, "It is tried again by itself.", answered=True)


def _path(folder: str, file: str) -> str:
    """With a slash at the end of a folder's: servers that redirect the other form would be refused."""
    return f"{quote(folder)}/{quote(file, safe='')}"
