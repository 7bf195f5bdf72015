"""Contacts that people typed into HubSpot, for the CRM sensor.

Storing them and moving the cursor is the sensor's part. HubSpot's search shows a contact seconds after it
was made, so each reading looks back a while and leaves out what it has given already.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from orchestration_project.connectors.crm.hubspot_shapes import (
    FIELDS,
    Records,
    moment,
    to_payload,
)
from orchestration_project.connectors.crm.interface import ContactPage
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.hubspot_api import OBJECTS
from orchestration_project.connectors.listing import mark, not_given, pages
from orchestration_project.connectors.rate import Pace
from orchestration_project.model import Clock, JsonObject

PAGE = 200


@dataclass(frozen=True)
class Entered:
    api: Api
    pace: Pace | None  # searches have a limit of their own
    sources: Collection[str]  # values of hs_object_source that mean a person's hand
    since: datetime | None
    clock: Clock

    async def after(self, cursor: str | None) -> ContactPage:
        # a firm's old contacts are no new leads
        before = mark(cursor, self.since or self.clock())
        listed = pages(partial(self._search, before.begin), lambda page: page.after)
        found, _whole = await not_given(listed, lambda page: page.results, lambda record: record.id, before)
        return ContactPage(
            # a contact with our ref was made by us, or has been a lead already
            contacts=tuple(to_payload(record) for record in found.values() if not record.value("lead_ref")),
            cursor=before.after({key: moment(record) for key, record in found.items()}),
        )

    async def _search(self, begin: datetime, after: str | None) -> Records:
        milliseconds = str(int(begin.timestamp() * 1000))
        question: JsonObject = {
            # a group a source: IN would want its values in small letters for some types of property
            "filterGroups": [
                {
                    "filters": [
                        {"propertyName": "createdate", "operator": "GTE", "value": milliseconds},
                        {"propertyName": "hs_object_source", "operator": "EQ", "value": source},
                    ]
                }
                for source in self.sources
            ],
            "sorts": [{"propertyName": "createdate", "direction": "ASCENDING"}],
            "properties": [*FIELDS, "createdate", "message", "lead_ref"],
            "limit": PAGE,
        }
        if after is not None:
            question["after"] = after
        return await self.api.ask(
            Records,
            "POST",
            f"{OBJECTS}/contacts/search",
            json=question,
            repeatable=True,
            pace=self.pace,
        )
