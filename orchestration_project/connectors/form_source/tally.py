"""Tally as a form source: the completed submissions of one form, as they come in.

What a submission means is the data layer's part; webhooks are the desk's.
"""

from collections.abc import Sequence

from pydantic import AwareDatetime, BaseModel, Field, JsonValue

from orchestration_project.connectors.form_source.questions import Question
from orchestration_project.connectors.form_source.timed_form import Form, Service, Submission, TimedForm
from orchestration_project.connectors.listing import Mark, numbered
from orchestration_project.connectors.rate import Limit
from orchestration_project.model import JsonObject

VERSION = "2025-02-01"
"""Of the API; without it the age of the key decides (developers.tally.so/api-reference/versioning)."""
PAGE_SIZE = 100
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
    fields: list[_Part] = []

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
    responses: list[_Answer] = []


class _Questions(BaseModel):
    questions: list[_Question] = []

    def form(self, title: str = "") -> Form:
        asked = [question for question in self.questions if not question.is_deleted]
        hidden = [title for one in asked if one.type == _HIDDEN for title in one.parts.values()]
        return Form(title, [one.as_question() for one in asked if one.type != _HIDDEN], hidden)


class _Page(_Questions):
    submissions: list[_Submission]
    has_more: bool = Field(default=False, alias="hasMore")

    def read(self, given: _Submission) -> Submission:
        known = {question.id: question for question in self.questions}
        answers: list[tuple[Question, JsonValue]] = []
        hidden: JsonObject = {}
        for one in given.responses:
            question = known.get(one.question_id) or _Question(id=one.question_id)
            value = one.read(question)
            if question.type != _HIDDEN:
                answers.append((question.as_question(), value))
            else:
                hidden |= value if isinstance(value, dict) else {question.as_question().title: value}
        return Submission(given.id, given.submitted_at, answers, hidden, self.form().questions)


class Tally(TimedForm):
    service = Service(
        name="Tally",
        credential="TALLY_API_KEY",
        base_url="https://api.tally.so",
        limit=Limit(100, 60.0),
        headers={"tally-version": VERSION},
    )

    async def _form(self) -> Form:
        return (await self._ask(_Questions, "/forms/{form}/questions")).form(self.options.form)

    async def _listed(self, since: Mark) -> tuple[Sequence[Submission], str | None]:
        which = {"limit": PAGE_SIZE, "filter": "completed", "startDate": since.begin_utc}
        pages, page = await numbered(
            lambda number: self._ask(_Page, "/forms/{form}/submissions", page=number, **which),
            lambda one: one.has_more and bool(one.submissions),
            since.page,
        )
        return [each.read(one) for each in pages for one in each.submissions], page
