"""What every form service that lists its submissions by time has in common, so that each says only its own.

The cursor is `listing.py`; what an answer means to a lead is the data layer's part. Nothing is written to a
form service, so there is nothing to find again: a submission read twice has the same id.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import ClassVar, Generic, Protocol, Self, TypeVar
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
from orchestration_project.errors import SetupError
from orchestration_project.model import Clock, Delivery, JsonObject, Page
from orchestration_project.playbook.model import Connection

LATE = timedelta(hours=1)
"""Typeform says that a response may take half an hour to be listed."""
FIRST_LOOK = timedelta(days=1)
"""How far a source looks back when it is switched on: older leads are history, for `leads import`."""


class TimedOptions(BaseModel, extra="forbid"):
    form: str
    since: AwareDatetime | date | None = None  # of the first look


class Timed(Protocol):
    """A submission as the service lists it."""

    @property
    def key(self) -> str: ...
    @property
    def at(self) -> datetime: ...


TimedT = TypeVar("TimedT", bound=Timed)


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

    key: str
    at: datetime
    answers: Sequence[tuple[Question, JsonValue]]
    hidden: JsonObject = field(default_factory=dict[str, JsonValue])
    asked: Sequence[Question] = ()  # where the list itself tells what the form asks

    def delivery(self, questions: Sequence[Question], fields: Fields) -> Delivery:
        """With every question, answered or not: so one left blank is told from one that the form has lost."""
        asked = {question.id for question in questions}
        every = [*questions, *(question for question, _value in self.answers if question.id not in asked)]
        given = {question.id: value for question, value in self.answers}
        names = names_of(every, fields)
        answers = [(names[question.id], given.get(question.id, "")) for question in every]
        return delivery(self.key, self.at.isoformat(), answers, self.hidden)


@dataclass(frozen=True)
class Service:
    """Where a form service is, and with what it is signed in to."""

    name: str
    credential: str  # the variable that holds it
    base_url: str  # which NAME_BASE_URL replaces
    limit: Limit
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    def api(self, context: ConnectorContext) -> Api:
        service, credential = self.name.upper(), self.credential
        key = secret(context, credential, f"connector: {self.name.casefold()}")
        return Api(
            name=self.name,
            base_url=base_url(context, f"{service}_BASE_URL", self.base_url),
            client=context.http,
            headers={"Authorization": f"Bearer {key.get_secret_value()}", **self.headers},
            pace=pace(context, self.name, self.limit),
        )


@dataclass(frozen=True)
class ListedByTime(ABC, Generic[TimedT]):
    """One form. A service says how its list is read, and what it delivers of each submission."""

    api: Api
    options: TimedOptions
    fields: Fields
    clock: Clock

    embedded = False
    every_seconds = 15.0

    @abstractmethod
    async def _listed(self, since: Mark) -> tuple[Sequence[TimedT], str | None]:
        """What was submitted since then, or is on the service's own page of that mark; and the page to go on
        with, where there is more than one look takes."""

    @abstractmethod
    async def _deliveries(self, new: Sequence[TimedT]) -> Sequence[Delivery]:
        """The oldest first, as they are given."""

    def cursor_since(self, moment: datetime) -> str:
        """From which all is read once more that was given since then."""
        return Mark(until=moment + LATE, overlap=LATE).model_dump_json()

    async def fetch(self, cursor: str | None) -> Page:
        before = mark(cursor, self.first_look, LATE)
        listed, page = await self._listed(before)
        in_order = sorted({one.key: one for one in listed}.values(), key=lambda one: one.at)
        new = [one for one in in_order if one.key not in before.given]
        return Page(
            deliveries=tuple(await self._deliveries(new)) if new else (),
            cursor=before.after({one.key: one.at for one in in_order}, page=page),
        )

    async def stored(self, page: Page) -> None:
        """There is nothing to tidy up."""

    @property
    def first_look(self) -> datetime:
        since = self.options.since
        if since is None:
            return self.clock() - FIRST_LOOK
        if isinstance(since, datetime):
            return since
        return datetime(since.year, since.month, since.day, tzinfo=UTC)


class TimedForm(ListedByTime[TimedT]):
    """One of a service that tells what its form asks, at `/forms/ID`."""

    service: ClassVar[Service]

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        api = cls.service.api(context)
        return cls(api, options(connection, TimedOptions), connection.fields, context.clock)

    @abstractmethod
    async def _form(self) -> Form:
        """Raises SetupError where there is none."""

    @says_what_is_wrong
    async def check(self) -> Health:
        """The form, and its list as `fetch` asks for it: a credential may have the right to one of them."""
        form = await self._form()
        await self._listed(mark(None, self.clock(), LATE))
        return health(form.title, form.questions, form.hidden, self.fields)

    @property
    def _path(self) -> str:
        return f"/forms/{quote(self.options.form, safe='')}"

    @property
    def _missing(self) -> SetupError:
        return SetupError(
            self.api.name,
            f"has no form {self.options.form} for this credential (404).",
            "Correct `form:` in connections.yaml: it is the last part of the form's address.",
        )


def stamp(moment: datetime) -> str:
    """As the services read it: UTC, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
