"""What every form service that lists its submissions by time has in common, so that each says only its own.

The cursor is `listing.py`; what an answer means to a lead is the data layer's part. Nothing is written to a
form service, so there is nothing to find again: a submission read twice has the same id.
"""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar, Self, TypeVar
from urllib.parse import quote

from pydantic import AwareDatetime, BaseModel, JsonValue

from orchestration_project.connectors.base import ConnectorContext, Health, says_what_is_wrong
from orchestration_project.connectors.form_source.questions import (
    Fields,
    Question,
    delivery,
    health,
    names_of,
)
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.listing import Mark, mark
from orchestration_project.connectors.rate import Limit, pace
from orchestration_project.connectors.settings import base_url, options, secret
from orchestration_project.errors import CredentialError, PermanentServiceError, SetupError
from orchestration_project.model import Clock, Delivery, JsonObject, Page
from orchestration_project.playbook.model import Connection

LATE = timedelta(hours=1)
"""Typeform says that a response may take half an hour to be listed."""
FIRST_LOOK = timedelta(days=1)
"""How far a source looks back when it is switched on: older leads are history, for `leads import`."""

AnswerT = TypeVar("AnswerT")


class TimedOptions(BaseModel, extra="forbid"):
    form: str
    since: AwareDatetime | date | None = None  # of the first look


@dataclass(frozen=True)
class Form:
    """What the service says of the form itself."""

    title: str
    questions: Sequence[Question]
    hidden: Sequence[str] = ()  # names of its hidden fields


@dataclass(frozen=True)
class Submission:
    """A submission in words that all services share. An answer comes with its question as far as the answer
    tells it: the form's own word counts for those it still asks."""

    id: str  # "" where the service gave it none
    at: datetime
    answers: Sequence[tuple[Question, JsonValue]] = ()
    hidden: JsonObject = field(default_factory=dict[str, JsonValue])
    asked: Sequence[Question] = ()  # where the list itself tells what the form asks
    raw: bytes | None = None  # delivered as it is, where the data layer knows that sender's shape

    @property
    def key(self) -> str:
        return self.id or hashlib.sha256(self.raw or b"").hexdigest()[:16]

    def delivery(self, questions: Sequence[Question], fields: Fields) -> Delivery:
        """With every question, answered or not: so one left blank is told from one that the form has lost."""
        if self.raw is not None:
            return Delivery(external_id=self.id or None, raw=self.raw)
        asked = {question.id for question in questions}
        every = [*questions, *(question for question, _value in self.answers if question.id not in asked)]
        given = {question.id: value for question, value in self.answers}
        names = names_of(every, fields)
        answers = [(names[question.id], given.get(question.id, "")) for question in every]
        return delivery(self.id, self.at.isoformat(), answers, self.hidden)


@dataclass(frozen=True)
class Service:
    """Where a form service is, and with what it is signed in to."""

    name: str
    credential: str  # the variable that holds it
    base_url: str  # which NAME_BASE_URL replaces
    limit: Limit
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    signed_in: tuple[str, str] = ("Authorization", "Bearer ")  # the credential's header, what precedes it

    def api(self, context: ConnectorContext) -> Api:
        service, credential, (header, scheme) = self.name.upper(), self.credential, self.signed_in
        key = secret(context, credential, f"connector: {self.name.casefold()}")
        return Api(
            name=self.name,
            base_url=base_url(context, f"{service}_BASE_URL", self.base_url),
            client=context.http,
            headers={header: f"{scheme}{key.get_secret_value()}", **self.headers},
            pace=pace(context, self.name, self.limit),
        )


@dataclass(frozen=True)
class TimedForm(ABC):
    """One form. A service says what it is, how its list is read, and what the form asks."""

    service: ClassVar[Service]
    where_id_stands: ClassVar[str] = "it is the last part of the form's address"
    embedded: ClassVar[bool] = False
    every_seconds: ClassVar[float] = 15.0

    api: Api
    options: TimedOptions
    fields: Fields
    clock: Clock

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        return cls(cls._api(context), options(connection, TimedOptions), connection.fields, context.clock)

    @classmethod
    def _api(cls, context: ConnectorContext) -> Api:
        return cls.service.api(context)

    @abstractmethod
    async def _form(self) -> Form | None:
        """None, or SetupError: the service knows no such form."""

    @abstractmethod
    async def _listed(self, since: Mark) -> tuple[Sequence[Submission], str | None]:
        """What was submitted since then, or is on the service's own page of that mark; and the page to go on
        with, where there is more than one look takes."""

    async def _ask(self, answer: type[AnswerT], path: str, **params: str | int) -> AnswerT:
        """By GET, of this form, whose id stands in the path for `{form}`. Raises SetupError where there is
        none."""
        found = await self._find(answer, path, **params)
        if found is None:
            raise self._missing
        return found

    async def _find(self, answer: type[AnswerT], path: str, **params: str | int) -> AnswerT | None:
        where = path.replace("{form}", quote(self.options.form, safe=""))
        return await self.api.find(answer, "GET", where, params=params)

    @property
    def _missing(self) -> SetupError:
        return SetupError(
            self.api.name,
            f"has no form {self.options.form} for this credential (404).",
            f"Correct `form:` in connections.yaml: {self.where_id_stands}.",
        )

    @says_what_is_wrong
    async def check(self) -> Health:
        """The form, and its list as `fetch` asks for it: a credential may have the right to one of them."""
        form = await self._form()
        if form is None:
            raise self._missing
        await self._listed(mark(None, self.clock(), LATE))
        return health(form.title, form.questions, form.hidden, self.fields)

    def cursor_since(self, moment: datetime) -> str:
        """From which all is read once more that was given since then."""
        return Mark(until=moment + LATE, overlap=LATE).model_dump_json()

    async def fetch(self, cursor: str | None) -> Page:
        before = mark(cursor, self.first_look, LATE)
        try:
            listed, page = await self._listed(before)
        except PermanentServiceError as error:
            if before.page is None or isinstance(error, CredentialError):
                raise
            # what the page was to go on from may be deleted: from the mark on once more
            before = before.model_copy(update={"page": None})
            listed, page = await self._listed(before)
        in_order = sorted({one.key: one for one in listed}.values(), key=lambda one: one.at)
        new = [one for one in in_order if one.key not in before.given]
        untold = any(one.raw is None and not one.asked for one in new)
        form = await self._form() if untold else None
        asked = form.questions if form else ()
        return Page(
            deliveries=tuple(one.delivery(one.asked or asked, self.fields) for one in new),
            cursor=before.after({one.key: one.at for one in in_order}, page=page),
        )

    async def stored(self, page: Page) -> None:  # noqa: B027 - most services need nothing
        """There is nothing to tidy up."""

    @property
    def first_look(self) -> datetime:
        since = self.options.since
        if since is None:
            return self.clock() - FIRST_LOOK
        if isinstance(since, datetime):
            return since
        return datetime(since.year, since.month, since.day, tzinfo=UTC)
