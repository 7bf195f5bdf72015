"""The submissions of one HubSpot form, read with a service key.

What a submission means is the data layer's part; HubSpot as CRM is in `crm/hubspot.py`.
"""

import json
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from datetime import UTC, datetime

from pydantic import BaseModel, Field, TypeAdapter

from orchestration_project.connectors.base import ConnectorContext, Health, Scopes, says_what_is_wrong
from orchestration_project.connectors.form_source.interface import FormHealth
from orchestration_project.connectors.form_source.questions import Question, health
from orchestration_project.connectors.form_source.timed_form import Form, Submission, TimedForm
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.hubspot_api import FORMS, SERVICE, SUBMISSIONS, Paged, open_api
from orchestration_project.connectors.hubspot_scopes import hubspot_scopes
from orchestration_project.connectors.listing import Mark, pages
from orchestration_project.errors import PermanentServiceError
from orchestration_project.model import JsonObject

PAGE = 50
MOST = 500  # a reading


class _Answered(BaseModel):
    name: str = ""


class _Answers(BaseModel):
    values: list[_Answered] = []


class _Page(Paged):
    results: list[JsonObject]

    def names(self) -> tuple[str, ...]:
        """Of the questions that these submissions answer."""
        given = TypeAdapter(list[_Answers]).validate_python(self.results)
        return tuple(dict.fromkeys(one.name for answers in given for one in answers.values if one.name))


class _FormField(BaseModel):
    name: str
    hidden: bool = False
    dependents: list["_Dependent"] = Field(alias="dependentFields", default=[])

    def questions(self) -> Iterator[Question]:
        """Some are asked only after certain answers to another."""
        # a submission knows its questions by the names of contact properties, not as people see them
        yield Question(id=self.name, asked=not self.hidden)
        for dependent in self.dependents:
            yield from dependent.field.questions()


class _Dependent(BaseModel):
    field: _FormField = Field(alias="dependentField")


class _FieldGroup(BaseModel):
    fields: list[_FormField] = []


class _Form(BaseModel):
    name: str
    field_groups: list[_FieldGroup] = Field(alias="fieldGroups", default=[])


class HubSpotForms(TimedForm):
    every_seconds = 5.0
    where_id_stands = "it stands in the form's address in HubSpot (/forms/…/ID/edit)"

    @classmethod
    def _api(cls, context: ConnectorContext) -> Api:
        return open_api(context, "connector: hubspot_forms")

    async def scopes(self) -> Scopes | None:
        return await hubspot_scopes(self.api, frozenset({"forms"}))

    @says_what_is_wrong
    async def check(self) -> Health:
        form = await self._form()
        newest = await self._page(None)
        if form is not None:
            return health(form.title, form.questions, form.hidden, self.fields)
        says = "The form's submissions can be read; HubSpot does not list its questions."
        return FormHealth(ok=True, says=says, asks=newest.names())

    async def _form(self) -> Form | None:
        """A form that HubSpot found on a website has submissions and no definition."""
        form = await self._find(_Form, f"{FORMS}/{{form}}")
        fields = [field for group in form.field_groups for field in group.fields] if form else []
        return form and Form(form.name, [question for field in fields for question in field.questions()])

    async def _listed(self, since: Mark) -> tuple[Sequence[Submission], str | None]:
        # HubSpot gives the newest first; those that do not fit come with the next reading
        oldest: deque[Submission] = deque(maxlen=MOST)
        async with aclosing(pages(self._page, lambda page: page.after)) as listed:
            async for page in listed:
                found = [_submission(result) for result in page.results]
                oldest.extend(one for one in found if one.at >= since.begin and one.key not in since.given)
                if any(one.at < since.begin for one in found):
                    break
        return oldest, None

    async def _page(self, after: str | None) -> _Page:
        more = {"after": after} if after else {}
        return await self._ask(_Page, f"{SUBMISSIONS}/{{form}}", limit=PAGE, **more)


def _submission(result: JsonObject) -> Submission:
    given, at = result.get("conversionId"), result.get("submittedAt")
    if not isinstance(at, int):
        told = "gave a submission without its time."
        raise PermanentServiceError(SERVICE, told, "Look for a newer version of this project.")
    # an element of a list has no bytes of its own: it is written again, in ASCII so that any text survives
    raw = json.dumps(result).encode("ascii")
    return Submission(
        given if isinstance(given, str) else "", datetime.fromtimestamp(at / 1000, UTC), raw=raw
    )
