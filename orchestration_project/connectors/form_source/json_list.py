"""Any JSON list over HTTP as a form source: an address, and JSONPaths that say what stands where.

What a submission means is the data layer's part. Nothing is written to the service, so there is
nothing to find again: an element read twice has the same id, or the same content where it has none.
"""

import copy
import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self, cast

import httpx
from pydantic import BaseModel, JsonValue, RootModel, ValidationError

from orchestration_project.connectors.base import ConnectorContext, Health, says_what_is_wrong
from orchestration_project.connectors.form_source.json_options import (
    JsonListOptions,
    address,
    checked,
    compiled,
    credential,
    emptied,
)
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.rate import Limit, pace
from orchestration_project.connectors.settings import options
from orchestration_project.errors import LeadsError, SetupError
from orchestration_project.model import Delivery, JsonObject, Page
from orchestration_project.playbook.model import Connection

_LONGEST_ID = 200
_BEYOND_THE_END = (400, 404, 416)
_ADDRESS = "Correct `url` on its line of connections.yaml, then run `leads doctor`."
_MEND = "Correct the JSONPath on its line of connections.yaml, then run `leads doctor`."


class _Seen(BaseModel):
    """The elements of the last look: a list without a filter by time shows them all again."""

    seen: frozenset[str] = frozenset()


class _Body(RootModel[JsonObject | list[JsonValue]]):
    """Whatever the service lists."""


@dataclass(frozen=True)
class JsonList:
    api: Api
    url: httpx.URL
    options: JsonListOptions
    paths: tuple[str, ...]  # JSONPaths that `fields:` names, each delivered under its own text

    embedded = False

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        wanted = options(connection, JsonListOptions)
        url = address(wanted)
        paths = tuple(name for names in connection.fields.values() for name in names if name.startswith("$"))
        for path in paths:
            try:
                checked(path)
            except ValueError as error:
                raise LeadsError(f"connections.yaml, `fields:` of a json_list: {path}: {error}.") from None
        headers: dict[str, str] = {}
        if wanted.auth and (key := credential(wanted, url, context)):
            headers[wanted.auth.header] = f"{wanted.auth.scheme} {key.get_secret_value()}".strip()
        api = Api(
            name=f"The form list at {url.host}",
            base_url=str(url.copy_with(path="/", query=None, fragment=None)),
            client=context.http,
            headers=headers,
            pace=pace(context, f"The form list at {url.host}", Limit(2, 1.0)),
        )
        return cls(api, url, wanted, paths)

    @property
    def every_seconds(self) -> float:
        return self.options.every_seconds

    @says_what_is_wrong
    async def check(self) -> Health:
        elements = await self._elements()
        gone = [path for path in self.paths if elements and not any(_first(path, one) for one in elements)]
        if gone:
            return Health(
                ok=False,
                says=f"None of the first {len(elements)} elements has {', '.join(gone)}.",
                mend="Correct `fields:` on its line of connections.yaml.",
            )
        return Health(ok=True, says=f"{self.url.host} lists {len(elements)} submissions.")

    def cursor_since(self, moment: datetime) -> None:  # noqa: ARG002 - a list is always brought whole
        return None

    async def fetch(self, cursor: str | None) -> Page:
        try:
            before = _Seen.model_validate_json(cursor or "{}").seen
        except ValidationError:
            before = frozenset[str]()
        found: dict[str, tuple[str, Delivery]] = {}
        for element in await self._elements():
            delivery = self._deliver(element)
            key = hashlib.sha256((delivery.external_id or "").encode("utf-8", "replace") + delivery.raw)
            found[key.hexdigest()[:16]] = (self._moment(element), delivery)
        fresh = sorted((found[key] for key in found if key not in before), key=lambda pair: pair[0])
        return Page(
            deliveries=tuple(delivery for _moment, delivery in fresh),
            cursor=_Seen(seen=frozenset(found)).model_dump_json(),
        )

    async def stored(self, page: Page) -> None:
        """There is nothing to tidy up."""

    def not_picked(self, payload: JsonObject) -> JsonObject:
        left = copy.deepcopy(payload)
        for path in (*self.paths, self.options.id, self.options.submitted_at):
            if path is not None:
                emptied(path, left)
        return left

    async def _elements(self) -> list[JsonValue]:
        """Raises SetupError for a list that shows the oldest first and has more pages than one look takes:
        what is new would be on those that are not read."""
        url: httpx.URL | None = self.url
        paging = self.options.paging
        found: list[JsonValue] = []
        if paging and paging.by == "page":
            url = self.url.copy_set_param(paging.parameter, str(paging.start))
        for number in range(1, (paging.most if paging else 1) + 1):
            path = url.raw_path.decode("ascii")
            missing = SetupError(self.api.name, "has no list at this address (404).", _ADDRESS)
            body = await self._page(path, missing, number)
            if body is None:
                return found
            elements = self._list(body)
            found += elements
            url = self._next(body, elements, number)
            if url is None:
                return found
        if paging is not None and self._moment(found[0]) < self._moment(found[-1]):
            told = f"lists the oldest first, on more than {paging.most} pages: the newest would not be read."
            mend = "Ask for the newest first in `url`, for larger pages, or raise `most` under `paging`."
            raise SetupError(self.api.name, told, mend)
        return found

    async def _page(self, path: str, missing: SetupError, number: int) -> JsonValue:
        """None: the list has ended. Some services say so by an error, WordPress by a 400, where pages are
        only counted."""
        counted = self.options.paging is not None and self.options.paging.by == "page" and number > 1
        if not counted:
            return (await self.api.need(_Body, "GET", path, missing)).root
        response = await self.api.send("GET", path, accept=_BEYOND_THE_END)
        return self.api.read(response, _Body).root if response.is_success else None

    def _list(self, body: JsonValue) -> Sequence[JsonValue]:
        found = compiled(self.options.items).findall(cast("list[object]", body))
        elements = cast("list[JsonValue]", found)
        if not elements and not _is_empty(body):
            raise SetupError(
                self.api.name, f"answered without anything at `items: {self.options.items}`.", _MEND
            )
        return elements

    def _next(self, body: JsonValue, elements: Sequence[JsonValue], number: int) -> httpx.URL | None:
        paging = self.options.paging
        if paging is None or not elements:
            return None
        if paging.by == "page":
            return self.url.copy_set_param(paging.parameter, str(paging.start + number))
        told = _first(paging.next, body)
        if told is None or told in ("", False):
            return None
        if not isinstance(told, str) or not told.startswith(("http://", "https://", "/")):
            return self.url.copy_set_param(paging.parameter, str(told))
        link = self.url.join(told)
        if (link.scheme, link.host, link.port) != (self.url.scheme, self.url.host, self.url.port):
            # the credential would travel along
            raise SetupError(
                self.api.name, f"names a next page on another host ({link.host}). It was not asked.", _MEND
            )
        return link

    def _deliver(self, element: JsonValue) -> Delivery:
        if not isinstance(element, dict):
            return Delivery(external_id=None, raw=json.dumps(element).encode("ascii"))
        payload: JsonObject = dict(element)
        if self.options.submitted_at and (moment := _first(self.options.submitted_at, element)):
            payload["submitted_at"] = moment
        for path in self.paths:
            payload[path] = _first(path, element)
        external_id = _id(_first(self.options.id, element)) if self.options.id else None
        return Delivery(external_id=external_id, raw=json.dumps(payload).encode("ascii"))

    def _moment(self, element: JsonValue) -> str:
        """To put the oldest first; ISO times of one service sort as text."""
        return str(_first(self.options.submitted_at, element) or "") if self.options.submitted_at else ""


def _first(path: str, value: JsonValue) -> JsonValue:
    if not isinstance(value, dict | list):
        return None
    match = compiled(path).match(cast("list[object]", value))
    return cast("JsonValue", match.obj) if match else None


def _id(value: JsonValue) -> str | None:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).strip()
    return text if text and text.isprintable() and len(text) <= _LONGEST_ID else None


def _is_empty(body: JsonValue) -> bool:
    """A list without elements, wherever it stands, is an answer; an object without any list is none."""
    if isinstance(body, list):
        return not body
    return isinstance(body, dict) and any(_is_empty(part) for part in body.values() if part is not None)
