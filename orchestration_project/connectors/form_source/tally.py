"""Tally as a form source: the completed submissions of one form, as they come in.

What a submission means is the data layer's part; webhooks are the desk's. Nothing is written to Tally,
so there is nothing to find again: a submission read twice has the same id.
"""

from collections.abc import Sequence
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
from orchestration_project.connectors.form_source.window import TimedOptions, cursor_since, stamp, window
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.rate import Limit, pace
from orchestration_project.connectors.settings import base_url, options, secret
from orchestration_project.errors import ServiceError, SetupError
from orchestration_project.model import Clock, Delivery, JsonObject, Page
from orchestration_project.playbook.model import Connection

BASE_URL = "https://api.tally.so"
VERSION = "2025-02-01"
"""Of the API; without it the age of the key decides (developers.tally.so/api-reference/versioning)."""
PAGE_SIZE = 100
MOST_PAGES = 10
"""In one look. Tally lists the newest first, and the oldest is to be delivered first."""
_HIDDEN = "HIDDEN_FIELDS"
_NOT_ASKED = (_HIDDEN, "CALCULATED_FIELDS")


class _Part(BaseModel):
    uuid: str = ""
    title: str | None = None


class _Question(BaseModel):
    id: str
    type: str = ""
    title: str | None = None
    is_deleted: bool = Field(default=False, alias="isDeleted")
    fields: list[_Part] = Field(default_factory=list[_Part])

    @property
    def is_hidden(self) -> bool:
        return self.type == _HIDDEN

    @property
    def parts(self) -> dict[str, str]:
        return {part.uuid: part.title for part in self.fields if part.title}

    def as_question(self) -> Question:
        title = self.title or next(iter(self.parts.values()), "")
        return Question(id=self.id, title=title.strip(), asked=self.type not in _NOT_ASKED)


class _Answer(BaseModel):
    question_id: str = Field(alias="questionId")
    answer: JsonValue = None
    value: JsonValue = None


class _Submission(BaseModel):
    id: str
    submitted_at: AwareDatetime = Field(alias="submittedAt")
    responses: list[_Answer] = Field(default_factory=list[_Answer])


class _Questions(BaseModel):
    questions: list[_Question] = Field(default_factory=list[_Question])


class _Submissions(_Questions):
    submissions: list[_Submission]
    has_more: bool = Field(default=False, alias="hasMore")


@dataclass(frozen=True)
class Tally:
    api: Api
    options: TimedOptions
    fields: Fields
    clock: Clock

    embedded = False
    every_seconds = 15.0

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        key = secret(context, "TALLY_API_KEY", "connector: tally")
        api = Api(
            name="Tally",
            base_url=base_url(context, "TALLY_BASE_URL", BASE_URL),
            client=context.http,
            headers={"Authorization": f"Bearer {key.get_secret_value()}", "tally-version": VERSION},
            pace=pace(context, "Tally", Limit(100, 60.0)),
        )
        return cls(api, options(connection, TimedOptions), connection.fields, context.clock)

    async def check(self) -> Health:
        try:
            form = await self.api.find(_Questions, "GET", f"{self._path}/questions")
        except ServiceError as error:
            return Health(ok=False, says=error.said, mend=error.mend)
        if form is None:
            missing = self._missing
            return Health(ok=False, says=f"{missing.service} {missing.said}", mend=missing.mend)
        asked = [question for question in form.questions if not question.is_deleted]
        hidden = [title for question in asked if question.is_hidden for title in question.parts.values()]
        questions = [question.as_question() for question in asked if not question.is_hidden]
        return health(self.options.form, questions, hidden, self.fields)

    def cursor_since(self, moment: datetime) -> str:
        return cursor_since(moment)

    async def fetch(self, cursor: str | None) -> Page:
        looked = window(cursor, self.options, self.clock)
        first = int(looked.page or 1)
        questions: list[_Question] = []
        submissions: dict[str, _Submission] = {}  # one that came in meanwhile moves others to the next page
        go_on: str | None = None
        for number in range(first, first + MOST_PAGES):
            listed = await self._list(number, stamp(looked.since))
            questions = listed.questions
            submissions |= {submission.id: submission for submission in listed.submissions}
            go_on = str(number + 1) if listed.has_more and listed.submissions else None
            if go_on is None:
                break
        in_order = sorted(submissions.values(), key=lambda submission: submission.submitted_at)
        moments: list[tuple[str, datetime]] = [(item.id, item.submitted_at) for item in in_order]
        new = looked.without_seen(moments)
        return Page(
            deliveries=tuple(self._deliver(item, questions) for item in in_order if item.id in new),
            cursor=looked.after(moments, go_on).model_dump_json(),
        )

    async def stored(self, page: Page) -> None:
        """There is nothing to tidy up."""

    async def _list(self, page: int, since: str) -> _Submissions:
        return await self.api.need(
            _Submissions,
            "GET",
            f"{self._path}/submissions",
            self._missing,
            params={"page": page, "limit": PAGE_SIZE, "filter": "completed", "startDate": since},
        )

    @property
    def _missing(self) -> SetupError:
        return SetupError(
            self.api.name,
            f"has no form {self.options.form} for this key (404).",
            "Correct `form:` in connections.yaml: it is the last part of the form's address.",
        )

    @property
    def _path(self) -> str:
        return f"/forms/{quote(self.options.form, safe='')}"

    def _deliver(self, submission: _Submission, questions: Sequence[_Question]) -> Delivery:
        by_id = {question.id: question for question in questions}
        given = {answer.question_id: answer for answer in submission.responses}
        asked = [question.as_question() for question in questions if not question.is_hidden]
        asked += [Question(id=key) for key in given if key not in by_id]
        names = names_of(asked, self.fields)
        hidden: JsonObject = {}
        for question in questions:
            if question.is_hidden and question.id in given:
                value = _value(given[question.id], question)
                hidden |= value if isinstance(value, dict) else {question.as_question().title: value}
        # every question, answered or not: so one left blank is told from one that the form has lost
        answers = [
            (names[item.id], _value(given[item.id], by_id.get(item.id)) if item.id in given else "")
            for item in asked
            if item.id in given or not by_id[item.id].is_deleted
        ]
        return delivery(submission.id, submission.submitted_at.isoformat(), answers, hidden)


def _value(answer: _Answer, question: _Question | None) -> JsonValue:
    value = answer.answer if answer.answer is not None else answer.value
    if isinstance(value, dict) and question is not None:
        # parts of a question go by their uuids; people know their titles
        return {question.parts.get(key, key): part for key, part in value.items()}
    return "" if value is None else value
