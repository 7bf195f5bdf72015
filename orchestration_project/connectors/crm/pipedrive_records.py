"""What Pipedrive says now of the persons that we made or wrote to. Read, never written.

The company is the name of the person's organization, which costs a question of its own: only of persons of
ours. That an organization was renamed shows when the person is changed or looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from pydantic import AwareDatetime

from orchestration_project.connectors.crm.pipedrive_fields import PersonFields
from orchestration_project.connectors.crm.pipedrive_organizations import Organizations
from orchestration_project.connectors.crm.pipedrive_shapes import Listed, Person
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.listing import LOOK_BACK, mark, not_given, paged
from orchestration_project.model import Clock
from orchestration_project.model.records import NO, Item, Told, ToldPage

PERSONS = "/api/v2/persons"
_PAGE = 500
_BATCH = 100
_UNSUBSCRIBED = "unsubscribed"


class _Row(Person):
    update_time: AwareDatetime | None = None
    marketing_status: str | None = None  # no_consent, unsubscribed, subscribed, archived

    @property
    def changed(self) -> datetime:
        return self.update_time or self.add_time or datetime(2010, 1, 1, tzinfo=UTC)

    @property
    def key(self) -> str:
        return f"{self.id} {self.changed.isoformat()}"


@dataclass(frozen=True)
class PersonRecords:
    api: Api
    fields: PersonFields
    organizations: Organizations
    clock: Clock

    async def after(self, cursor: str | None) -> ToldPage:
        now = self.clock()
        before = mark(cursor, now - LOOK_BACK)
        params: dict[str, str | int] = {
            "updated_since": before.begin.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
            "sort_by": "update_time",
            "sort_direction": "asc",
            "include_fields": "marketing_status",
            "limit": _PAGE,
        }
        listed = paged(self.api, Listed[_Row], PERSONS, params, lambda page: page.cursor)
        found, whole = await not_given(listed, lambda page: page.items, lambda row: row.key, before)
        names: dict[int, str] = {}
        told = [
            await self._told(row, names)
            for row in found.values()
            if "lead_ref" in await self.fields.to_ours(row.custom_fields)
        ]
        # once all is read, the mark goes on with the clock: else an edit of thousands is read again for ever
        read_to = now if whole else None
        return ToldPage(
            told=tuple(told), cursor=before.after({key: row.changed for key, row in found.items()}, read_to)
        )

    async def of(self, ids: Sequence[str]) -> tuple[Told, ...]:
        known: dict[str, _Row] = {}
        asked = [one for one in dict.fromkeys(ids) if one.isascii() and one.isdecimal()]
        for start in range(0, len(asked), _BATCH):
            part = asked[start : start + _BATCH]
            params = {"ids": ",".join(part), "include_fields": "marketing_status", "limit": _BATCH}
            page = await self.api.ask(Listed[_Row], "GET", PERSONS, params=params)
            known |= {str(row.id): row for row in page.items if not row.is_deleted}
        names: dict[int, str] = {}
        there = {one: await self._told(row, names) for one, row in known.items()}
        return tuple(there.get(one) or Told(outside_id=one, gone=True) for one in ids)

    async def _told(self, row: _Row, names: dict[int, str]) -> Told:
        if row.org_id is not None and row.org_id not in names:
            organization = await self.organizations.get(row.org_id)
            names[row.org_id] = (organization.name if organization else None) or ""
        values: dict[Item, str] = {
            "name": row.shown_name or "",
            "email": row.email or "",
            "phone": row.phone or "",
            "company": _company(names[row.org_id], row.email) if row.org_id is not None else "",
            "consent": NO if row.marketing_status == _UNSUBSCRIBED else "",
        }
        return Told(outside_id=str(row.id), values=values, changed_at=row.changed)


def _company(name: str, email: str | None) -> str:
    """Nothing for an organization that is called by the domain of the person's address: so we call one of
    which no name is known."""
    domain = (email or "").rpartition("@")[2].casefold()
    return "" if domain and domain.endswith(name.casefold()) else name
