"""What HubSpot says now of the contacts that we made or wrote to. Read, never written.

A contact that was merged away is told under the one it went into; one that was deleted as gone.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from orchestration_project.connectors.crm.hubspot_shapes import Record, Records
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.hubspot_api import OBJECTS
from orchestration_project.connectors.listing import LOOK_BACK, mark, not_given, pages
from orchestration_project.connectors.rate import Pace
from orchestration_project.model import Clock, JsonObject
from orchestration_project.model.records import NO, Item, Told, ToldPage, whole_name

CHANGED = "lastmodifieddate"
PAGE = 200
BATCH = 100
_MERGED = "hs_merged_object_ids"
_OPTED_OUT = "hs_email_optout"
"""`Unsubscribed from all email`. An account without marketing lacks it, and then leaves it out in silence."""
_READ = ("email", "firstname", "lastname", "phone", "company", _OPTED_OUT, _MERGED, CHANGED)


@dataclass(frozen=True)
class ContactRecords:
    api: Api
    pace: Pace | None  # searches have a limit of their own
    clock: Clock

    async def after(self, cursor: str | None) -> ToldPage:
        """Only contacts with a ref of ours: an edit of a whole list of others costs nothing."""
        now = self.clock()
        before = mark(cursor, now - LOOK_BACK)
        listed = pages(partial(self._search, [_since(before.begin), _OURS]), lambda page: page.after)
        found, whole = await not_given(listed, lambda page: page.results, _key, before)
        told = tuple(one for each in found.values() for one in _told(each))
        read_to = now if whole else None
        return ToldPage(
            told=told, cursor=before.after({key: _moment(each) for key, each in found.items()}, read_to)
        )

    async def of(self, ids: Sequence[str]) -> tuple[Told, ...]:
        known: dict[str, Told] = {}
        # an id of another CRM is none here, and HubSpot would refuse the whole question
        asked = [one for one in dict.fromkeys(ids) if one.isascii() and one.isdecimal()]
        for start in range(0, len(asked), BATCH):
            inputs: list[JsonObject] = [{"id": one} for one in asked[start : start + BATCH]]
            body: JsonObject = {"inputs": [*inputs], "properties": [*_READ]}
            path = f"{OBJECTS}/contacts/batch/read"
            page = await self.api.ask(Records, "POST", path, json=body, repeatable=True)
            known |= {one.outside_id: one for each in page.results for one in _told(each)}
        for one in asked:
            if one not in known:
                merged = await self._search([{"propertyName": _MERGED, "operator": "EQ", "value": one}], None)
                known |= {each.outside_id: each for record in merged.results for each in _told(record)}
        return tuple(known.get(one) or Told(outside_id=one, gone=True) for one in ids)

    async def _search(self, filters: list[JsonObject], after: str | None) -> Records:
        question: JsonObject = {
            "filterGroups": [{"filters": [*filters]}],
            "sorts": [{"propertyName": CHANGED, "direction": "ASCENDING"}],
            "properties": [*_READ],
            "limit": PAGE,
        }
        if after is not None:
            question["after"] = after
        path = f"{OBJECTS}/contacts/search"
        return await self.api.ask(Records, "POST", path, json=question, repeatable=True, pace=self.pace)


_OURS: JsonObject = {"propertyName": "lead_ref", "operator": "HAS_PROPERTY"}


def _since(begin: datetime) -> JsonObject:
    return {"propertyName": CHANGED, "operator": "GTE", "value": str(int(begin.timestamp() * 1000))}


def _told(record: Record) -> Iterator[Told]:
    """Under its own id, and under those of the contacts that went into it."""
    values: dict[Item, str] = {
        "name": whole_name(record.value("firstname"), record.value("lastname")),
        "email": record.value("email") or "",
        "phone": record.value("phone") or "",
        "company": record.value("company") or "",
        "consent": NO if record.value(_OPTED_OUT) == "true" else "",
    }
    changed = _moment(record) if record.value(CHANGED) else None
    yield Told(outside_id=record.id, values=values, changed_at=changed)
    for merged in (record.value(_MERGED) or "").split(";"):
        if merged:
            yield Told(outside_id=merged, values=values, now_id=record.id, changed_at=changed)


def _moment(record: Record) -> datetime:
    return datetime.fromisoformat(record.value(CHANGED) or "1970-01-01T00:00:00+00:00")


def _key(record: Record) -> str:
    return f"{record.id} {record.value(CHANGED)}"
