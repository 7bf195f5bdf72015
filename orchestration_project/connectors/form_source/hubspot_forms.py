"""The submissions of one HubSpot form, read with a service key.

What a submission means is the data layer's part; HubSpot as CRM is in `crm/hubspot.py`. Nothing is written,
so there is nothing to find again: a submission read twice has the same conversionId.
"""

import hashlib
import json
from collections import deque
from collections.abc import AsyncGenerator, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self
from urllib.parse import quote

from pydantic import BaseModel, Field

from orchestration_project.connectors.base import ConnectorContext, Health, Scopes
from orchestration_project.connectors.form_source.interface import FormHealth
from orchestration_project.connectors.form_source.questions import Fields, Question, health
from orchestration_project.connectors.form_source.window import TimedOptions, cursor_since, window
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.hubspot_api import FORMS, RENEW, SERVICE, SUBMISSIONS, open_api
from orchestration_project.connectors.hubspot_scopes import hubspot_scopes
from orchestration_project.connectors.settings import options
from orchestration_project.errors import CredentialError, PermanentServiceError, ServiceError, SetupError
from orchestration_project.model import Clock, Delivery, JsonObject, Page
from orchestration_project.playbook.model import Connection

LINE = "connector: hubspot_forms"
PAGE = 50
MOST = 500  # a reading
_NO_FORM = "has no form with the id given as `form`."
_MEND = "Copy the id from the form's address in HubSpot (/forms/…/ID/edit) into connections.yaml."


class _Next(BaseModel):
    after: str


class _Paging(BaseModel):
    next: _Next | None = None


class _Answer(BaseModel):
    results: list[JsonObject]
    paging: _Paging | None = None


class _FormField(BaseModel):
    name: str
    hidden: bool = False
    dependents: list["_Dependent"] = Field(alias="dependentFields", default_factory=list["_Dependent"])

    def questions(self) -> Iterator[Question]:
        """Some are asked only after certain answers to another."""
        # a submission knows its questions by the names of contact properties, not as people see them
        yield Question(id=self.name, asked=not self.hidden)
        for dependent in self.dependents:
            yield from dependent.field.questions()


class _Dependent(BaseModel):
    field: _FormField = Field(alias="dependentField")


class _FieldGroup(BaseModel):
    fields: list[_FormField] = Field(default_factory=list[_FormField])


class _Form(BaseModel):
    name: str
    field_groups: list[_FieldGroup] = Field(alias="fieldGroups", default_factory=list[_FieldGroup])

    @property
    def questions(self) -> list[Question]:
        fields = (field for group in self.field_groups for field in group.fields)
        return [question for field in fields for question in field.questions()]


@dataclass(frozen=True)
class _Submission:
    id: str | None
    at: datetime
    raw: bytes

    @property
    def key(self) -> str:
        return self.id or hashlib.sha256(self.raw).hexdigest()[:16]


@dataclass(frozen=True)
class HubSpotForms:
    api: Api
    options: TimedOptions
    fields: Fields
    clock: Clock

    embedded = False
    every_seconds = 5.0

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        return cls(
            open_api(context, LINE), options(connection, TimedOptions), connection.fields, context.clock
        )

    async def check(self) -> Health:
        try:
            form = await self.api.find(_Form, "GET", f"{FORMS}/{self._form}")
            if form is not None:
                return health(form.name, form.questions, (), self.fields)
            # a form that HubSpot found on a website has submissions and no definition
            page = await self._page(PAGE, None)
        except CredentialError as error:
            return Health(ok=False, says=error.said, mend=RENEW)
        except ServiceError as error:
            return Health(ok=False, says=error.said, mend=error.mend)
        if page is None:
            return Health(ok=False, says=f"{SERVICE} {_NO_FORM}", mend=_MEND)
        return FormHealth(
            ok=True,
            says="The form's submissions can be read; HubSpot does not list its questions.",
            asks=_answered(page.results),
        )

    async def scopes(self) -> Scopes | None:
        return await hubspot_scopes(self.api, frozenset({"forms"}))

    def cursor_since(self, moment: datetime) -> str:
        return cursor_since(moment)

    async def fetch(self, cursor: str | None) -> Page:
        looked = window(cursor, self.options, self.clock)
        # HubSpot gives the newest first; those that do not fit come with the next reading
        oldest: deque[_Submission] = deque(maxlen=MOST)
        async with aclosing(self._newest_first(looked.since)) as submissions:
            async for submission in submissions:
                if submission.key not in looked.seen:
                    oldest.append(submission)
        found = sorted(oldest, key=lambda each: each.at)
        return Page(
            deliveries=tuple(Delivery(external_id=each.id, raw=each.raw) for each in found),
            cursor=looked.after([(each.key, each.at) for each in found], None).model_dump_json(),
        )

    async def stored(self, page: Page) -> None:
        """There is nothing to tidy up."""

    async def _newest_first(self, since: datetime) -> AsyncGenerator[_Submission]:
        after: str | None = None
        while True:
            page = await self._page(PAGE, after)
            if page is None:
                raise SetupError(SERVICE, _NO_FORM, _MEND)
            for result in page.results:
                submission = _submission(result)
                if submission.at < since:
                    return
                yield submission
            after = page.paging.next.after if page.paging and page.paging.next else None
            if after is None:
                return

    async def _page(self, size: int, after: str | None) -> _Answer | None:
        path = f"{SUBMISSIONS}/{self._form}"
        params: dict[str, str | int] = {"limit": size} | ({"after": after} if after else {})
        return await self.api.find(_Answer, "GET", path, params=params)

    @property
    def _form(self) -> str:
        return quote(self.options.form, safe="")


def _answered(results: Iterable[JsonObject]) -> tuple[str, ...]:
    """Names of the questions that these submissions answer."""
    names: dict[str, None] = {}
    for result in results:
        values = result.get("values")
        for value in values if isinstance(values, list) else ():
            if isinstance(value, dict) and isinstance(name := value.get("name"), str):
                names[name] = None
    return tuple(names)


def _submission(result: JsonObject) -> _Submission:
    given, at = result.get("conversionId"), result.get("submittedAt")
    if not isinstance(at, int):
        raise PermanentServiceError(
            SERVICE, "gave a submission without its time.", "Look for a newer version of this project."
        )
    # an element of a list has no bytes of its own: it is written again, in ASCII so that any text survives
    raw = json.dumps(result).encode("ascii")
    return _Submission(given if isinstance(given, str) else None, datetime.fromtimestamp(at / 1000, UTC), raw)
