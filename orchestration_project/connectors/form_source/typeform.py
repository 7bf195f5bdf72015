"""Typeform as a form source: one form's responses through the Responses API, as they come in.

What a response means is the data layer's part; webhooks are the desk's.
"""

from collections.abc import Iterator, Sequence

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


class _Asked(BaseModel):
    id: str
    ref: str = ""


class _Answer(BaseModel, extra="allow"):
    field: _Asked
    type: str = ""


class _Response(BaseModel):
    response_id: str = ""
    token: str
    at: AwareDatetime = Field(alias="submitted_at")
    metadata: JsonObject | None = None
    hidden: JsonObject | None = None
    answers: list[_Answer] | None = None

    @property
    def key(self) -> str:
        return self.response_id or self.token

    def submission(self) -> Submission:
        # a question that was taken out of the form since is known by its ref only
        answers = [(Question(id=one.field.id, ref=one.field.ref), _value(one)) for one in self.answers or []]
        hidden = dict(self.hidden or {})
        page = (self.metadata or {}).get("referer")
        if page and "landing_page" not in hidden:
            hidden["landing_page"] = page
        return Submission(self.key, self.at, answers, hidden)


class _Responses(BaseModel):
    items: list[_Response]


class Typeform(TimedForm[_Response]):
    service = Service(
        name="Typeform",
        credential="TYPEFORM_TOKEN",
        base_url="https://api.typeform.com",
        limit=Limit(2, 1.0),
    )

    async def _form(self) -> Form:
        form = await self.api.need(_Form, "GET", self._path, self._missing)
        questions = [question for field in form.fields for question in field.questions()]
        return Form(form.title or self.options.form, questions, form.hidden)

    async def _listed(self, since: Mark) -> tuple[Sequence[_Response], str | None]:
        which: dict[str, str | int] = {"page_size": PAGE_SIZE}
        if since.page is not None:
            which["after"] = since.page  # not together with `sort`
        else:
            which |= {"since": stamp(since.begin), "sort": "submitted_at,asc"}
        path = f"{self._path}/responses"
        items = (await self.api.need(_Responses, "GET", path, self._missing, params=which)).items
        # by token once the first page was full: a time cannot tell apart what came within one second
        in_order = sorted(items, key=lambda one: one.at)
        return in_order, in_order[-1].token if len(in_order) >= PAGE_SIZE else None

    async def _deliveries(self, new: Sequence[_Response]) -> Sequence[Delivery]:
        questions = (await self._form()).questions
        return [one.submission().delivery(questions, self.fields) for one in new]


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
