"""Tally as a form source: the completed submissions of one form, as they come in.

What a submission means is the data layer's part; webhooks are the desk's.
"""

from collections.abc import Sequence

from pydantic import AwareDatetime, BaseModel, Field, JsonValue

from orchestration_project.connectors.form_source.questions import Question
from orchestration_project.connectors.form_source.timed_form import (
    Form,
    Service,
    Submission,
    TimedForm,
    stamp,
)
from orchestration_project.connectors.listing import Mark
from orchestration_project.connectors.rate import Limit
from orchestration_project.model import Delivery, JsonObject

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

    def read(self, question: _Question) -> JsonValue:
        value = self.answer if self.answer is not None else self.value
        if isinstance(value, dict):
            # parts of a question go by their uuids; people know their titles
            return {question.parts.get(key, key): part for key, part in value.items()}
        return "" if value is None else value


class _Submission(BaseModel):
    id: str
    submitted_at: AwareDatetime = Field(alias="submittedAt")
    responses: list[_Answer] = Field(default_factory=list[_Answer])

    def read(self, form: "_Questions") -> Submission:
        known = {question.id: question for question in form.questions}
        answers: list[tuple[Question, JsonValue]] = []
        hidden: JsonObject = {}
        for one in self.responses:
            question = known.get(one.question_id) or _Question(id=one.question_id)
            value = one.read(question)
            if not question.is_hidden:
                answers.append((question.as_question(), value))
            else:
                hidden |= value if isinstance(value, dict) else {question.as_question().title: value}
        return Submission(self.id, self.submitted_at, answers, hidden, form.form().questions)


class _Questions(BaseModel):
    questions: list[_Question] = Field(default_factory=list[_Question])

    def form(self, title: str = "") -> Form:
        asked = [question for question in self.questions if not question.is_deleted]
        hidden = [title for question in asked if question.is_hidden for title in question.parts.values()]
        return Form(title, [each.as_question() for each in asked if not each.is_hidden], hidden)


class _Submissions(_Questions):
    submissions: list[_Submission]
    has_more: bool = Field(default=False, alias="hasMore")


class Tally(TimedForm[Submission]):
    service = Service(
        name="Tally",
        credential="TALLY_API_KEY",
        base_url="https://api.tally.so",
        limit=Limit(100, 60.0),
        headers={"tally-version": VERSION},
    )

    async def _form(self) -> Form:
        listed = await self.api.need(_Questions, "GET", f"{self._path}/questions", self._missing)
        return listed.form(self.options.form)

    async def _listed(self, since: Mark) -> tuple[Sequence[Submission], str | None]:
        first = int(since.page or 1)
        found: list[Submission] = []
        for number in range(first, first + MOST_PAGES):
            page = await self.api.need(
                _Submissions,
                "GET",
                f"{self._path}/submissions",
                self._missing,
                params={
                    "page": number,
                    "limit": PAGE_SIZE,
                    "filter": "completed",
                    "startDate": stamp(since.begin),
                },
            )
            found += [one.read(page) for one in page.submissions]
            if not (page.has_more and page.submissions):
                return found, None
        return found, str(first + MOST_PAGES)

    async def _deliveries(self, new: Sequence[Submission]) -> Sequence[Delivery]:
        return [one.delivery(one.asked, self.fields) for one in new]
