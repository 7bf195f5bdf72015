"""Mailchimp's members as they are now: what the API tells of one, and of all that were changed. Only read.

Enrolling and taking out is `mailchimp.py`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

from pydantic import AwareDatetime, BaseModel, Field, JsonValue, ValidationInfo, field_validator

from orchestration_project.connectors.http import Api
from orchestration_project.errors import ServiceError
from orchestration_project.model import Clock
from orchestration_project.model.records import NO, YES, Item, Told, ToldPage, whole_name

_CONSENT = {"unsubscribed": NO, "subscribed": YES}
"""Of the other states none tells what the person wants: asked, put away, bounced, never asked."""
_PAGE = 1_000
_MOST = 5_000
OVERLAP = timedelta(minutes=5)
LOOK_BACK = timedelta(days=1)


class Tag(BaseModel):
    name: str = ""


class Member(BaseModel):
    id: str
    email_address: str = ""
    status: str = ""
    last_changed: AwareDatetime | None = None
    merge_fields: dict[str, JsonValue] = Field(default_factory=dict[str, JsonValue])
    tags: list[Tag] = Field(default_factory=list[Tag])

    @field_validator("merge_fields", "tags", "last_changed", mode="before")
    @classmethod
    def _nothing(cls, told: object, field: ValidationInfo) -> object:
        """What holds nothing may be null, an empty text, or an empty list where it is an object else."""
        if told:
            return told
        return {"merge_fields": {}, "tags": []}.get(field.field_name or "")

    def lacks(self, field: str) -> bool:
        return not str(self.merge_fields.get(field) or "").strip()


class Members(BaseModel):
    members: list[Member]


@dataclass(frozen=True)
class MemberRecords:
    api: Api
    audience: str
    clock: Clock
    missing: ServiceError  # where there is no such audience

    @property
    def _path(self) -> str:
        return f"/lists/{quote(self.audience, safe='')}/members"

    async def of(self, ids: Sequence[str]) -> tuple[Told, ...]:
        return tuple([await self._record(one) for one in ids])

    async def _record(self, outside_id: str) -> Told:
        audience, _, key = outside_id.rpartition("/")
        if audience != self.audience:
            return Told(outside_id=outside_id)  # of another audience than the one that is connected now
        member = await self.api.find(Member, "GET", f"{self._path}/{quote(key, safe='')}")
        return self._told(member) if member is not None else Told(outside_id=outside_id, gone=True)

    async def after(self, cursor: str | None) -> ToldPage:
        """All members that were changed, in one request as a rule."""
        now = self.clock()
        begin = datetime.fromisoformat(cursor) - OVERLAP if cursor else now - LOOK_BACK
        found: list[Member] = []
        while True:
            page = await self.api.need(
                Members,
                "GET",
                self._path,
                self.missing,
                params={
                    "since_last_changed": begin.astimezone(UTC).isoformat(timespec="seconds"),
                    "sort_field": "last_changed",
                    "sort_dir": "ASC",
                    "count": _PAGE,
                    "offset": len(found),
                    "fields": "members.id,members.email_address,members.status,members.merge_fields,"
                    "members.last_changed",
                },
            )
            found += page.members
            if len(page.members) < _PAGE or len(found) >= _MOST:
                break
        # after an import of thousands the next reading goes on where this one ended
        newest = max((one.last_changed for one in found if one.last_changed), default=now)
        until = now if len(found) < _MOST else newest + OVERLAP
        return ToldPage(told=tuple(map(self._told, found)), cursor=until.isoformat())

    def _told(self, member: Member) -> Told:
        values: dict[Item, str] = {
            "name": whole_name(
                str(member.merge_fields.get("FNAME") or ""), str(member.merge_fields.get("LNAME") or "")
            ),
            "email": member.email_address,
            "consent": _CONSENT.get(member.status, ""),
        }
        return Told(outside_id=f"{self.audience}/{member.id}", values=values, changed_at=member.last_changed)
