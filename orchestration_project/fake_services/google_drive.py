"""A stand-in for the Google Drive API: folders, files and their app properties.

The search knows the terms that our connector uses, and refuses others. Known from developers.google.com
(Create and manage files): ids that `generateIds` gave are taken for files and folders, not for Google's own
kinds; one that is used is answered 409. Assumed: an id whose file was deleted stays used.
"""

import email
import json
import re
from dataclasses import dataclass, field
from typing import Any

from orchestration_project.fake_services.base import Reply, Request
from orchestration_project.fake_services.google import GoogleService, refusal

FOLDER_TYPE = "application/vnd.google-apps.folder"
ROOT = "root-of-my-drive"
_TEXT = r"'((?:[^'\\]|\\.)*)'"
_PROPERTY = re.compile(rf"appProperties has {{ key={_TEXT} and value={_TEXT} }}")
_PARENT = re.compile(rf"{_TEXT} in parents")
PAGE = 3
"""Entries a page, whatever was asked for: the real one, too, may give fewer."""


@dataclass
class Item:
    id: str
    name: str
    kind: str
    parent: str
    properties: dict[str, str] = field(default_factory=dict[str, str])
    content: bytes = b""
    trashed: bool = False

    @property
    def shown(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "name": self.name,
            "mimeType": self.kind,
            "webViewLink": f"https://drive.google.com/drive/folders/{self.id}",
            # the real one leaves out an empty field
            **({"appProperties": self.properties} if self.properties else {}),
        }


class GoogleDriveService(GoogleService):
    def __init__(self) -> None:
        super().__init__()
        self.items: dict[str, Item] = {}
        self.read_only = False
        self.given: set[str] = set()
        """Ids that were generated; whose file is deleted, too."""
        self.used: set[str] = set()

    def add(self, name: str, parent: str = ROOT, content: bytes | None = None) -> str:
        """A person makes a folder, or a file where there is content."""
        kind = FOLDER_TYPE if content is None else "text/plain"
        item = Item(self.new_id("item-"), name, kind, parent, content=content or b"")
        self.items[item.id] = item
        return item.id

    def tree(self, folder_id: str) -> dict[str, Any]:
        """Names with contents: bytes of a file, a dict of a folder."""
        inside = [item for item in self.items.values() if item.parent == folder_id and not item.trashed]
        return {
            item.name: self.tree(item.id) if item.kind == FOLDER_TYPE else item.content for item in inside
        }

    def answer_to(self, request: Request) -> Reply:  # noqa: PLR0911 - a table of routes
        match request.method, *request.segments:
            case "GET", "drive", "v3", "about":
                return Reply(body={"user": {"emailAddress": "owner@larkfield.example"}})
            case "GET", "drive", "v3", "files", "generateIds":
                ids = [self.new_id("item-") for _ in range(int(request.param("count", "10")))]
                self.given.update(ids)
                return Reply(body={"ids": ids, "space": "drive", "kind": "drive#generatedIds"})
            case "GET", "drive", "v3", "files":
                return self._search(request)
            case "POST", "drive", "v3", "files":
                return self._create(request.body)
            case "POST", "upload", "drive", "v3", "files":
                return self._upload(request)
            case method, "drive", "v3", "files", file_id, *rest if file_id in self.items:
                return self._one(method, self.items[file_id], rest, request)
            case _:
                return _not_found(request.path)

    def _one(self, method: str, item: Item, rest: list[str], request: Request) -> Reply:
        match method, rest:
            case "GET", []:
                may = {"capabilities": {"canAddChildren": not self.read_only}}
                return Reply(body={**item.shown, "trashed": item.trashed, **may})
            case "DELETE", []:
                self._delete(item.id)
                return Reply(204)
            case "PATCH", []:
                item.properties |= request.body.get("appProperties", {})
                item.name = request.body.get("name", item.name)
                return Reply(body=item.shown)
            case "POST", ["copy"] if item.kind != FOLDER_TYPE:
                return self._create({"mimeType": item.kind, **request.body}, item.content)
            case _:
                return refusal(403, "cannotCopyFile")

    def _delete(self, item_id: str) -> None:
        """With all that is in it, and not into the bin."""
        del self.items[item_id]
        for inside in [item.id for item in self.items.values() if item.parent == item_id]:
            self._delete(inside)

    def _create(self, body: dict[str, Any], content: bytes = b"") -> Reply:
        [parent] = body.get("parents", [ROOT])
        if parent != ROOT and parent not in self.items:
            return _not_found(parent)
        properties = body.get("appProperties", {})
        if any(len((name + value).encode()) > 124 for name, value in properties.items()):
            return refusal(400, "propertyTooLong")
        kind = body.get("mimeType", "application/octet-stream")
        if (refused := self._refuses_id(body.get("id"), kind)) is not None:
            return refused
        item_id = body.get("id") or self.new_id("item-")
        item = Item(item_id, body["name"], kind, parent, dict(properties), content)
        self.items[item.id] = item
        self.used.add(item.id)
        return Reply(body=item.shown)

    def _refuses_id(self, asked: str | None, kind: str) -> Reply | None:
        if asked is None:
            return None
        if asked in self.used:
            return refusal(409, "fileIdInUse", "A file already exists with the provided ID.")
        if asked not in self.given or (
            kind.startswith("application/vnd.google-apps.") and kind != FOLDER_TYPE
        ):
            return refusal(400, "fileIdInvalid", "The provided file ID is not usable.")
        return None

    def _upload(self, request: Request) -> Reply:
        about, content = parts_of(request)
        return self._create(
            {"mimeType": content.get_content_type(), **about}, content.get_payload(decode=True)
        )

    def _search(self, request: Request) -> Reply:
        query = request.param("q")
        properties = [(_plain(name), _plain(value)) for name, value in _PROPERTY.findall(query)]
        parents = [_plain(parent) for parent in _PARENT.findall(query)]
        rest = _PARENT.sub("", _PROPERTY.sub("", query)).replace("trashed = false", "").replace("and", "")
        if rest.strip():
            return refusal(400, "invalid", "Invalid Value")
        if any(parent not in self.items for parent in parents):
            return _not_found(parents[0])
        found = [
            item.shown
            for item in self.items.values()
            if not item.trashed
            and all(item.properties.get(name) == value for name, value in properties)
            and all(item.parent == parent for parent in parents)
        ]
        start = int(request.param("pageToken", "0"))
        more = {"nextPageToken": str(start + PAGE)} if len(found) > start + PAGE else {}
        return Reply(body={"files": found[start : start + PAGE], **more})


def parts_of(request: Request) -> tuple[dict[str, Any], Any]:
    """The two parts of an upload: what it says of the file, and the file."""
    head = f"Content-Type: {request.headers['content-type']}\r\n\r\n".encode()
    parts: Any = email.message_from_bytes(head + request.raw).get_payload()
    about, content = parts
    return json.loads(about.get_payload(decode=True)), content


def _plain(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def _not_found(name: str) -> Reply:
    return refusal(404, "notFound", f"File not found: {name}.")
