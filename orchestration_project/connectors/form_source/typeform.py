"""Typeform as a form source: one form's responses through the Responses API, as they come in.

What a response means is the data layer's part; webhooks are the desk's. Nothing is written to
Typeform, so there is nothing to find again: a response read twice has the same `response_id`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from urllib.parse import quote

from pydantic import AwareDatetime, BaseModel, Field, JsonValue

from orchestration_project.connectors.base import ConnectorContext, Health
from orchestration_project.connectors.form_source.questions import (
    Fields,
    Question,
    delivery,
    health,
    names_of,
)
from orchestration_project.connectors.form_source.window import (
    TimedOptions,
    Window,
    cursor_since,
    stamp,
    window,
)
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.rate import Limit, pace
from orchestration_project.connectors.settings import base_url, options, secret
from orchestration_project.errors import ServiceError, SetupError
from orchestration_project.model import Clock, Delivery, JsonObject, Page
from orchestration_project.playbook.model import Connection

BASE_URL = "https://api.typeform.com"
PAGE_SIZE = 200  # of at most 1000: a page is stored in one transaction


class _Field(BaseModel):
    id: str = ""
    ref: str = ""
    title: str = ""
    type: str = ""
    properties: "_Group | None" = None

    def questions(self) -> Iterator[Question]:
        """A group and a block of contact data have their questions inside."""
        inner = self.properties.fields if self.properties else []
        if not inner:
            asked = self.type != "statement"
            yield Question(id=self.id, title=self.title.strip(), ref=self.ref, asked=asked)
        for field in inner:
            yield from field.questions()


class _Group(BaseModel):
    fields: list[_Field] = Field(default_factory=list[_Field])


class _Form(BaseModel):
    title: str = ""
    fields: list[_Field] = Field(default_factory=list[_Field])
    hidden: list[str] = Field(default_factory=list[str])

    @property
    def questions(self) -> list[Question]:
        return [question for field in self.fields for question in field.questions()]


class _Asked(BaseModel):
    id: str
    ref: str = ""


class _Answer(BaseModel, extra="allow"):
    field: _Asked
    type: str = ""


class _Response(BaseModel):
    response_id: str = ""
    token: str
    submitted_at: AwareDatetime
    metadata: JsonObject | None = None
    hidden: JsonObject | None = None
    answers: list[_Answer] | None = None

    @property
    def id(self) -> str:
        return self.response_id or self.token


class _Responses(BaseModel):
    items: list[_Response]


@dataclass(frozen=True)
class Typeform:
    api: Api
    options: TimedOptions
    fields: Fields
    clock: Clock

    embedded = False
    every_seconds = 15.0

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        token = secret(context, "TYPEFORM_TOKEN", "connector: typeform")
        api = Api(
            name="Typeform",
            base_url=base_url(context, "TYPEFORM_BASE_URL", BASE_URL),
            client=context.http,
            headers={"Authorization": f"Bearer {token.get_secret_value()}"},
            pace=pace(context, "Typeform", Limit(2, 1.0)),
        )
        return cls(api, options(connection, TimedOptions), connection.fields, context.clock)

    async def check(self) -> Health:
        """Two calls, since a token may have the right to one and not to the other."""
        try:
            form = await self.api.find(_Form, "GET", self._path)
            if form is None:
                missing = self._missing
                return Health(ok=False, says=f"{missing.service} {missing.said}", mend=missing.mend)
            await self._responses({"page_size": 1})
        except ServiceError as error:
            return Health(ok=False, says=error.said, mend=error.mend)
        return health(form.title or self.options.form, form.questions, form.hidden, self.fields)

    def cursor_since(self, moment: datetime) -> str:
        return cursor_since(moment)

    async def fetch(self, cursor: str | None) -> Page:
        now_in = window(cursor, self.options, self.clock)
        listed = await self._responses(self._which(now_in))
        responses = sorted(listed.items, key=lambda response: response.submitted_at)
        moments: list[tuple[str, datetime]] = [(item.id, item.submitted_at) for item in responses]
        new = now_in.without_seen(moments)
        fresh = [response for response in responses if response.id in new]
        questions = (await self._form()).questions if fresh else []
        # by token once the first page was full: a time cannot tell apart what came within one second
        go_on = responses[-1].token if len(responses) >= PAGE_SIZE else None
        return Page(
            deliveries=tuple(self._deliver(response, questions) for response in fresh),
            cursor=now_in.after(moments, go_on).model_dump_json(),
        )

    async def stored(self, page: Page) -> None:
        """There is nothing to tidy up."""

    async def _form(self) -> _Form:
        return await self.api.need(_Form, "GET", self._path, self._missing)

    async def _responses(self, which: dict[str, str | int]) -> _Responses:
        return await self.api.need(_Responses, "GET", f"{self._path}/responses", self._missing, params=which)

    @property
    def _missing(self) -> SetupError:
        return SetupError(
            self.api.name,
            f"has no form {self.options.form} for this token (404).",
            "Correct `form:` in connections.yaml: it is the last part of the form's address.",
        )

    @property
    def _path(self) -> str:
        return f"/forms/{quote(self.options.form, safe='')}"

    @staticmethod
    def _which(looked: Window) -> dict[str, str | int]:
        if looked.page is not None:
            return {"page_size": PAGE_SIZE, "after": looked.page}  # not together with `sort`
        return {"page_size": PAGE_SIZE, "since": stamp(looked.since), "sort": "submitted_at,asc"}

    def _deliver(self, response: _Response, questions: Sequence[Question]) -> Delivery:
        given = {answer.field.id: answer for answer in response.answers or []}
        asked = {question.id for question in questions}
        # a question that was taken out of the form since is known by its ref only
        gone = [Question(id=key, ref=answer.field.ref) for key, answer in given.items() if key not in asked]
        every = [*questions, *gone]
        names = names_of(every, self.fields)
        # every question, answered or not: so one left blank is told from one that the form has lost
        answers = [
            (names[question.id], _value(given[question.id]) if question.id in given else "")
            for question in every
        ]
        hidden = dict(response.hidden or {})
        page = (response.metadata or {}).get("referer")
        if page and "landing_page" not in hidden:
            hidden["landing_page"] = page
        return delivery(response.id, response.submitted_at.isoformat(), answers, hidden)


def _value(answer: _Answer) -> JsonValue:
    value: JsonValue = (answer.model_extra or {}).get(answer.type)
    match value:
        case {"labels": list(labels)}:
            other = value.get("other")
            return [*labels, other] if other else labels
        case {"label": str(label)}:
            return label
        case {"other": str(other)}:
            return other
        case {"amount": amount}:
            return amount
        case _:
            return value
