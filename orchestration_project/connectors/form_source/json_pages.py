"""The elements of a JSON list over HTTP, through all its pages, however they are asked for.

What becomes of an element is in `json_list.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import httpx
from pydantic import JsonValue, RootModel

from orchestration_project.connectors.form_source.json_options import JsonListOptions, compiled, first
from orchestration_project.connectors.http import Api
from orchestration_project.errors import SetupError
from orchestration_project.model import JsonObject

_BEYOND_THE_END = (400, 404, 410, 416, 422)
_ADDRESS = "Correct `url` on its line of connections.yaml, then run `leads doctor`."
_MEND = "Correct the JSONPath on its line of connections.yaml, then run `leads doctor`."


class _Body(RootModel[JsonObject | list[JsonValue] | None]):
    """Whatever the service lists; None, where it says by a 204 or by null that there is nothing."""


@dataclass(frozen=True)
class JsonPages:
    api: Api
    url: httpx.URL
    options: JsonListOptions

    async def elements(self) -> list[JsonValue]:
        """Raises SetupError for a list that shows the oldest first and has more pages than one look takes:
        what is new would be on those that are not read."""
        url: httpx.URL | None = self.url
        paging = self.options.paging
        found: list[JsonValue] = []
        before: Sequence[JsonValue] = []
        if paging and paging.by == "page":
            url = self.url.copy_set_param(paging.parameter, str(paging.start))
        for number in range(1, (paging.most if paging else 1) + 1):
            path = url.raw_path.decode("ascii")
            missing = SetupError(self.api.name, "has no list at this address (404).", _ADDRESS)
            body = await self._page(path, missing, number)
            if body is None:
                return found
            elements = self._list(body, first=number == 1)
            if elements and elements == before:
                return found  # beyond the end some services give the last page again, or always the first
            found += elements
            before = elements
            url = self._next(body, elements, number)
            if url is None:
                return found
        if paging is not None and found and self.moment(found[0]) < self.moment(found[-1]):
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
        return None if _is_nothing(response) else self.api.read(response, _Body).root

    def _list(self, body: JsonValue, *, first: bool) -> Sequence[JsonValue]:
        found = compiled(self.options.items).findall(cast("list[object]", body))
        elements = cast("list[JsonValue]", found)
        whole = self._whole(body)
        if isinstance(whole, dict) and elements and not any(isinstance(one, dict) for one in elements):
            return [whole]  # of a list of one, some services make the one itself
        if first and not elements and whole is not None and not _is_empty(body):
            raise SetupError(
                self.api.name, f"answered without anything at `items: {self.options.items}`.", _MEND
            )
        return elements

    def _whole(self, body: JsonValue) -> JsonValue:
        """What holds the elements; None where it is there and holds nothing: null, or PHP's `{}`."""
        above = self.options.items.removesuffix("[*]")
        found = cast("list[JsonValue]", compiled(above).findall(cast("list[object]", body)))
        return (found[0] or None) if found else False

    def _next(self, body: JsonValue, elements: Sequence[JsonValue], number: int) -> httpx.URL | None:
        paging = self.options.paging
        if paging is None or (paging.by == "page" and not elements):
            return None
        if paging.by == "page":
            return self.url.copy_set_param(paging.parameter, str(paging.start + number))
        told = first(paging.next, body)
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

    def moment(self, element: JsonValue) -> str:
        """To put the oldest first; ISO times of one service sort as text."""
        return str(first(self.options.submitted_at, element) or "") if self.options.submitted_at else ""


def _is_nothing(response: httpx.Response) -> bool:
    return not response.is_success or response.content.strip() in (b"", b"null")


def _is_empty(body: JsonValue) -> bool:
    """A list without elements, wherever it stands, is an answer; an object without any list is none."""
    if isinstance(body, list):
        return not body
    return isinstance(body, dict) and any(_is_empty(part) for part in body.values() if part is not None)
