"""Any JSON list over HTTP as a form source: an address, and JSONPaths that say what stands where.

What a submission means is the data layer's part. Nothing is written to the service, so there is
nothing to find again: an element read twice has the same id, or the same content where it has none.
"""

import copy
import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from pydantic import BaseModel, JsonValue, ValidationError

from orchestration_project.connectors.base import ConnectorContext, Health, says_what_is_wrong
from orchestration_project.connectors.form_source.json_options import (
    JsonListOptions,
    address,
    checked,
    credential,
    emptied,
    first,
)
from orchestration_project.connectors.form_source.json_pages import JsonPages
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.rate import Limit, pace
from orchestration_project.connectors.settings import options
from orchestration_project.errors import LeadsError
from orchestration_project.model import Delivery, JsonObject, Page
from orchestration_project.playbook.model import Connection

_LONGEST_ID = 200


class _Seen(BaseModel):
    """The elements of the last look: a list without a filter by time shows them all again."""

    seen: frozenset[str] = frozenset()


@dataclass(frozen=True)
class JsonList:
    pages: JsonPages
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
        return cls(JsonPages(api, url, wanted), wanted, paths)

    @property
    def every_seconds(self) -> float:
        return self.options.every_seconds

    @says_what_is_wrong
    async def check(self) -> Health:
        elements = await self.pages.elements()
        gone = [path for path in self.paths if elements and not any(first(path, one) for one in elements)]
        if gone:
            return Health(
                ok=False,
                says=f"None of the first {len(elements)} elements has {', '.join(gone)}.",
                mend="Correct `fields:` on its line of connections.yaml.",
            )
        return Health(ok=True, says=f"{self.pages.url.host} lists {len(elements)} submissions.")

    def cursor_since(self, moment: datetime) -> None:  # noqa: ARG002 - a list is always brought whole
        return None

    async def fetch(self, cursor: str | None) -> Page:
        try:
            before = _Seen.model_validate_json(cursor or "{}").seen
        except ValidationError:
            before = frozenset[str]()
        found: dict[str, tuple[str, Delivery]] = {}
        for element in await self.pages.elements():
            delivery = self._deliver(element)
            key = hashlib.sha256((delivery.external_id or "").encode("utf-8", "replace") + delivery.raw)
            found[key.hexdigest()[:16]] = (self.pages.moment(element), delivery)
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

    def _deliver(self, element: JsonValue) -> Delivery:
        if not isinstance(element, dict):
            return Delivery(external_id=None, raw=json.dumps(element).encode("ascii"))
        payload: JsonObject = dict(element)
        if self.options.submitted_at and (moment := first(self.options.submitted_at, element)):
            payload["submitted_at"] = moment
        for path in self.paths:
            payload[path] = first(path, element)
        external_id = _id(first(self.options.id, element)) if self.options.id else None
        return Delivery(external_id=external_id, raw=json.dumps(payload).encode("ascii"))


def _id(value: JsonValue) -> str | None:
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    text = str(value).strip()
    return text if text and text.isprintable() and len(text) <= _LONGEST_ID else None
