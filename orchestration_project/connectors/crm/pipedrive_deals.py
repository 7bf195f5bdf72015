"""Deals in Pipedrive: won, lost or open, when, worth how much, and with whom. Read, never written.

Their titles are not kept: people's names stand in them.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from pydantic import AwareDatetime, BaseModel

from orchestration_project.connectors.crm.interface import Deal, DealPage
from orchestration_project.connectors.crm.pipedrive_shapes import Listed
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.listing import mark, not_given, paged
from orchestration_project.model import OutcomeKind

BEGINNING = datetime(2010, 1, 1, tzinfo=UTC)
"""Before Pipedrive was there."""
PAGE = 500
_KINDS = {"won": OutcomeKind.WON, "lost": OutcomeKind.LOST}


class _Row(BaseModel):
    id: int
    person_id: int | None = None
    status: str = "open"
    value: Decimal | None = None
    currency: str | None = None
    add_time: AwareDatetime
    update_time: AwareDatetime | None = None
    won_time: AwareDatetime | None = None
    lost_time: AwareDatetime | None = None
    close_time: AwareDatetime | None = None

    @property
    def changed(self) -> datetime:
        return self.update_time or self.add_time

    @property
    def key(self) -> str:
        return f"{self.id} {self.changed.isoformat()}"


@dataclass(frozen=True)
class Deals:
    api: Api

    async def after(self, cursor: str | None) -> DealPage:
        before = mark(cursor, BEGINNING)
        params: dict[str, str | int] = {
            "updated_since": before.begin.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "sort_by": "update_time",
            "sort_direction": "asc",
            "limit": PAGE,
        }
        listed = paged(self.api, Listed[_Row], "/api/v2/deals", params, lambda page: page.cursor)
        # changed once more within the look back, it is told once more
        found, _whole = await not_given(listed, lambda page: page.items, lambda row: row.key, before)
        return DealPage(
            deals=tuple(_deal(row) for row in found.values()),
            cursor=before.after({key: row.changed for key, row in found.items()}),
        )


def _deal(row: _Row) -> Deal:
    kind = _KINDS.get(row.status)
    closed = row.won_time if kind is OutcomeKind.WON else row.lost_time
    return Deal(
        id=str(row.id),
        contacts=(str(row.person_id),) if row.person_id is not None else (),
        opened_at=row.add_time,
        kind=kind,
        closed_at=(closed or row.close_time or row.changed) if kind else None,
        value=row.value,
        currency=row.currency,
    )
