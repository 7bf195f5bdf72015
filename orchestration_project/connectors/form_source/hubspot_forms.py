"""The submissions of one HubSpot form, read with a service key.

What a submission means is the data layer's part; HubSpot as CRM is in `crm/hubspot.py`. Nothing is written,
so there is nothing to find again: a submission read twice has the same conversionId.
"""

import hashlib
import json
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self
from urllib.parse import quote

from pydantic import BaseModel, Field

from orchestration_project.connectors.base import ConnectorContext, Health, Scopes, says_what_is_wrong
from orchestration_project.connectors.form_source.interface import FormHealth
from orchestration_project.connectors.form_source.questions import Question, health
from orchestration_project.connectors.form_source.timed_form import ListedByTime, TimedOptions
from orchestration_project.connectors.hubspot_api import FORMS, SERVICE, SUBMISSIONS, Paged, open_api
from orchestration_project.connectors.hubspot_scopes import hubspot_scopes
from orchestration_project.connectors.listing import Mark, pages
from orchestration_project.connectors.settings import options
from orchestration_project.errors import PermanentServiceError, SetupError
from orchestration_project.model import Delivery, JsonObject
from orchestration_project.playbook.model import Connection

LINE = "connector: hubspot_forms"
PAGE = 50
MOST = 500  # a reading
_NO_FORM = "has no form with the id given as `form`."
_MEND = "Copy the id from the form's address in HubSpot (/forms/…/ID/edit) into connections.yaml."


class _Answer(Paged):
    results: list[JsonObject]


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


class HubSpotForms(ListedByTime[_Submission]):
    every_seconds = 5.0

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        chosen = options(connection, TimedOptions)
        return cls(open_api(context, LINE), chosen, connection.fields, context.clock)

    async def scopes(self) -> Scopes | None:
        return await hubspot_scopes(self.api, frozenset({"forms"}))

    @says_what_is_wrong
    async def check(self) -> Health:
        form = await self.api.find(_Form, "GET", f"{FORMS}/{self._id}")
        if form is not None:
            return health(form.name, form.questions, (), self.fields)
        # a form that HubSpot found on a website has submissions and no definition
        return FormHealth(
            ok=True,
            says="The form's submissions can be read; HubSpot does not list its questions.",
            asks=_answered((await self._page(None)).results),
        )

    async def _listed(self, since: Mark) -> tuple[Sequence[_Submission], str | None]:
        # HubSpot gives the newest first; those that do not fit come with the next reading
        oldest: deque[_Submission] = deque(maxlen=MOST)
        async with aclosing(pages(self._page, lambda page: page.after)) as listed:
            async for page in listed:
                submissions = [_submission(result) for result in page.results]
                oldest.extend(
                    one for one in submissions if one.at >= since.begin and one.key not in since.given
                )
                if any(one.at < since.begin for one in submissions):
                    break
        return oldest, None

    async def _deliveries(self, new: Sequence[_Submission]) -> Sequence[Delivery]:
        return [Delivery(external_id=one.id, raw=one.raw) for one in new]

    async def _page(self, after: str | None) -> _Answer:
        params: dict[str, str | int] = {"limit": PAGE} | ({"after": after} if after else {})
        missing = SetupError(SERVICE, _NO_FORM, _MEND)
        return await self.api.need(_Answer, "GET", f"{SUBMISSIONS}/{self._id}", missing, params=params)

    @property
    def _id(self) -> str:
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
