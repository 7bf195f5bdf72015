"""Typeform as a form source: one form's responses through the Responses API, as they come in.

What a response means is the data layer's part; webhooks are the desk's.
"""

from collections.abc import Iterator, Sequence

import httpx
from pydantic import AwareDatetime, BaseModel, Field, JsonValue

from orchestration_project.connectors.form_source.questions import Question
from orchestration_project.connectors.form_source.timed_form import Form, Service, Submission, TimedForm
from orchestration_project.connectors.listing import Mark
from orchestration_project.connectors.rate import Limit
from orchestration_project.errors import SetupError
from orchestration_project.model import JsonObject

_REGIONS = ("api.typeform.com", "api.eu.typeform.com", "api.typeform.eu")
PAGE_SIZE = 200  # of at most 1000: a page is stored in one transaction


class _Field(BaseModel):
    id: str = ""
    ref: str = ""
    title: str = ""
    type: str = ""
    properties: "_Fields | None" = None


class _Links(BaseModel):
    responses: str = ""


class _Fields(BaseModel):
    """Of the form; a group and a block of contact data have their questions inside, too."""

    links: _Links = Field(alias="_links", default=_Links())
    title: str = ""
    fields: list[_Field] = []
    hidden: list[str] = []

    def questions(self) -> Iterator[Question]:
        for one in self.fields:
            if one.properties and one.properties.fields:
                yield from one.properties.questions()
            else:
                asked = one.type != "statement"
                yield Question(id=one.id, title=one.title.strip(), ref=one.ref, asked=asked)


class _Answer(BaseModel, extra="allow"):
    field: _Field
    type: str = ""

    @property
    def value(self) -> JsonValue:
        value: JsonValue = (self.model_extra or {}).get(self.type)
        match value:
            case {"labels": list(labels)}:
                other = value.get("other")
                return [*labels, other] if other else labels
            case {"label": str(one)} | {"other": str(one)} | {"amount": one}:
                return one
            case _:
                return value


class _Response(BaseModel):
    response_id: str = ""
    token: str
    at: AwareDatetime = Field(alias="submitted_at")
    metadata: JsonObject | None = None
    hidden: JsonObject | None = None
    answers: list[_Answer] | None = None

    def submission(self) -> Submission:
        # a question that was taken out of the form since is known by its ref only
        given = [(Question(id=one.field.id, ref=one.field.ref), one.value) for one in self.answers or []]
        page = (self.metadata or {}).get("referer")
        hidden = ({"landing_page": page} if page else {}) | (self.hidden or {})
        return Submission(self.response_id or self.token, self.at, given, hidden)


class _Responses(BaseModel):
    items: list[_Response]


class Typeform(TimedForm):
    service = Service(
        name="Typeform",
        credential="TYPEFORM_TOKEN",
        base_url="https://api.typeform.com",
        limit=Limit(2, 1.0),
    )

    async def _form(self) -> Form:
        form = await self._ask(_Fields, "/forms/{form}")
        here, there = (httpx.URL(url).host for url in (self.api.base_url, form.links.responses))
        # asked in another region than the account's, Typeform lists nothing and says nothing
        if there in _REGIONS and here in _REGIONS and (there == _REGIONS[0]) != (here == _REGIONS[0]):
            raise SetupError(
                self.api.name,
                f"keeps this form's responses at {there}, and {here} lists none of them.",
                f"Put TYPEFORM_BASE_URL=https://{there} into .env.",
            )
        return Form(form.title or self.options.form, [*form.questions()], form.hidden)

    async def _listed(self, since: Mark) -> tuple[Sequence[Submission], str | None]:
        # `after` does not go together with `sort`
        begin = {"since": since.begin_utc, "sort": "submitted_at,asc"}
        which = {"after": since.page} if since.page else begin
        found = await self._ask(_Responses, "/forms/{form}/responses", page_size=PAGE_SIZE, **which)
        # by token once the first page was full: a time cannot tell apart what came within one second
        in_order = sorted(found.items, key=lambda one: one.at)
        page = in_order[-1].token if len(in_order) >= PAGE_SIZE else None
        return [one.submission() for one in in_order], page
