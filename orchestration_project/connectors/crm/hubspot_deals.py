"""Deals in HubSpot: won, lost or open, when, worth how much, and with whom. Read, never written.

Their names are not asked for: people's names stand in them. Search shows a change seconds after it was made,
so each reading looks back a while and leaves out what it has given already.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from functools import partial

from pydantic import BaseModel, Field

from orchestration_project.connectors.crm.hubspot_shapes import Record, Records
from orchestration_project.connectors.crm.interface import Deal, DealPage
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.hubspot_api import ASSOCIATIONS, OBJECTS
from orchestration_project.connectors.listing import mark, not_given, pages
from orchestration_project.connectors.rate import Pace
from orchestration_project.model import JsonObject, OutcomeKind

BEGINNING = datetime(2006, 1, 1, tzinfo=UTC)
"""Before HubSpot was there."""
PAGE = 200
_CHANGED = "hs_lastmodifieddate"
_READ = (
    "amount",
    "deal_currency_code",
    "createdate",
    "closedate",
    "hs_is_closed",
    "hs_is_closed_won",
    _CHANGED,
)


class _To(BaseModel):
    id: int = Field(alias="toObjectId")


class _From(BaseModel):
    id: str


class _Link(BaseModel):
    deal: _From = Field(alias="from")
    to: list[_To]


class _Links(BaseModel):
    """A deal without a contact is among the errors beside them."""

    results: list[_Link]


@dataclass(frozen=True)
class Deals:
    api: Api
    pace: Pace | None  # searches have a limit of their own

    async def after(self, cursor: str | None) -> DealPage:
        before = mark(cursor, BEGINNING)
        listed = pages(partial(self._search, before.begin), lambda page: page.after)
        # changed once more within the look back, it is told once more
        found, _whole = await not_given(listed, lambda page: page.results, _key, before)
        contacts = await self._contacts([deal.id for deal in found.values()])
        return DealPage(
            deals=tuple(_deal(each, contacts.get(each.id, ())) for each in found.values()),
            cursor=before.after({key: _moment(each, _CHANGED) for key, each in found.items()}),
        )

    async def _search(self, begin: datetime, after: str | None) -> Records:
        milliseconds = str(int(begin.timestamp() * 1000))
        question: JsonObject = {
            "filterGroups": [
                {"filters": [{"propertyName": _CHANGED, "operator": "GTE", "value": milliseconds}]}
            ],
            "sorts": [{"propertyName": _CHANGED, "direction": "ASCENDING"}],
            "properties": [*_READ],
            "limit": PAGE,
        }
        if after is not None:
            question["after"] = after
        path = f"{OBJECTS}/deals/search"
        return await self.api.ask(Records, "POST", path, json=question, repeatable=True, pace=self.pace)

    async def _contacts(self, deals: Sequence[str]) -> dict[str, tuple[str, ...]]:
        of_deal: dict[str, tuple[str, ...]] = {}
        for start in range(0, len(deals), PAGE):
            wanted: list[JsonObject] = [{"id": deal} for deal in deals[start : start + PAGE]]
            links = await self.api.ask(
                _Links,
                "POST",
                f"{ASSOCIATIONS}/deals/contacts/batch/read",
                json={"inputs": wanted},
                repeatable=True,
            )
            of_deal |= {link.deal.id: tuple(str(to.id) for to in link.to) for link in links.results}
        return of_deal


def _deal(record: Record, contacts: tuple[str, ...]) -> Deal:
    closed = record.value("hs_is_closed") == "true"
    won = record.value("hs_is_closed_won") == "true"
    kind = (OutcomeKind.WON if won else OutcomeKind.LOST) if closed or won else None
    return Deal(
        id=record.id,
        contacts=contacts,
        opened_at=_moment(record, "createdate"),
        kind=kind,
        closed_at=_moment(record, "closedate" if record.value("closedate") else _CHANGED) if kind else None,
        value=_amount(record.value("amount")),
        currency=record.value("deal_currency_code"),
    )


def _amount(told: str | None) -> Decimal | None:
    try:
        value = Decimal(told) if told else None
    except InvalidOperation:
        return None
    return value if value is not None and value.is_finite() else None


def _moment(record: Record, name: str) -> datetime:
    return datetime.fromisoformat(record.value(name) or BEGINNING.isoformat())


def _key(record: Record) -> str:
    return f"{record.id} {record.value(_CHANGED)}"
