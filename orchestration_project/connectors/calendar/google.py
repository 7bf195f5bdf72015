"""Google Calendar: what is taken, and holds for calls. Which slot to take is decided in `action/slots.py`.

Found again after a crash: the event's id is made from the key, so it is read by id, deleted or not.
"""

import base64
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import partial
from http import HTTPStatus
from typing import Self
from urllib.parse import quote

from pydantic import AwareDatetime, BaseModel, Field

from orchestration_project.connectors.base import ConnectorContext, Health, Scopes, says_what_is_wrong
from orchestration_project.connectors.calendar.interface import Busy, HeldTime, Hold
from orchestration_project.connectors.google_api import GoogleModel, GoogleService, TooLongAgoError
from orchestration_project.connectors.google_auth import open_token
from orchestration_project.connectors.listing import pages
from orchestration_project.connectors.rate import Limit, pace
from orchestration_project.connectors.settings import base_url, options
from orchestration_project.errors import SetupError, TransientServiceError
from orchestration_project.model import Clock, Erased, Written
from orchestration_project.model.records import Item, Told, ToldPage
from orchestration_project.playbook.model import Connection
from orchestration_project.timezones import is_zone, zone

SERVICE = "Google Calendar"
BASE_URL = "https://www.googleapis.com"
SCOPES = ("https://www.googleapis.com/auth/calendar.events",)
KEY_PROPERTY = "leadKey"
"""A private property of the event: for people and programs that look for our events."""
_LINE = "calendar: {connector: google}"
_WRITERS = ("owner", "writer")
_ACCEPTED, _DECLINED = "accepted", "declined"
_TAKES_NONE = ("workingLocation", "birthday")  # kinds of events
_PAGE = 2_500
_CANCELLED = "cancelled"  # what Google calls a deleted event
_OURS = "lead"
"""How the ids of our events begin."""
_OVERLAP = timedelta(minutes=5)
_LOOK_BACK = timedelta(days=1)
_LONGEST_BACK = timedelta(days=20)
_MEND = (
    "Check GOOGLE_CALENDAR_ID and `also`, or share the calendar with the account, then run `leads doctor`."
)


class _Options(BaseModel, extra="forbid"):
    also: tuple[str, ...] = ()  # ids of more calendars whose events take time, such as a private one


class _Moment(GoogleModel):
    date_time: AwareDatetime | None = None  # None: a whole day
    day: date | None = Field(default=None, alias="date")

    def at(self, zone: tzinfo) -> datetime | None:
        return self.date_time or (datetime.combine(self.day, time(), zone) if self.day else None)


class _Attendee(GoogleModel):
    email: str = ""
    me: bool = Field(default=False, alias="self")
    response_status: str = ""


class _Event(GoogleModel):
    id: str
    status: str = ""
    html_link: str | None = None
    summary: str = ""
    updated: AwareDatetime | None = None
    start: _Moment = _Moment()
    end: _Moment = _Moment()
    attendees: tuple[_Attendee, ...] = ()
    transparency: str = ""
    event_type: str = ""

    @property
    def takes_time(self) -> bool:
        """An invitation takes its time until the owner declines it; where they work from takes none."""
        declined = any(one.me and one.response_status == _DECLINED for one in self.attendees)
        shown_free = self.transparency == "transparent" or self.event_type in _TAKES_NONE
        return self.status != _CANCELLED and not shown_free and not declined


class _Events(GoogleModel):
    access_role: str = ""
    time_zone: str = "UTC"
    items: tuple[_Event, ...] = ()
    next_page_token: str | None = None


class GoogleCalendar:
    embedded = False
    # 600 a minute and user (developers.google.com/workspace/calendar/api/guides/quota)
    limit = Limit(10, 1.0)

    def __init__(
        self, google: GoogleService, calendar_id: str, clock: Clock, also: Sequence[str] = ()
    ) -> None:
        self._google = google
        self._clock = clock
        self._events = _path(calendar_id)
        self._all = {calendar_id: self._events} | {name: _path(name) for name in also}

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        chosen = options(connection, _Options)
        google = GoogleService(
            SERVICE,
            base_url(context, "GOOGLE_CALENDAR_BASE_URL", BASE_URL),
            context.http,
            open_token(context, _LINE, SCOPES),
            pace(context, SERVICE, cls.limit),
        )
        own = context.environment.get("GOOGLE_CALENDAR_ID", "").strip() or "primary"
        return cls(google, own, context.clock, chosen.also)

    async def scopes(self) -> Scopes | None:
        return await self._google.token.scopes(SCOPES)

    @says_what_is_wrong
    async def check(self) -> Health:
        api = self._google.api()
        # the others are only read; one that is gone would keep every hold from being made
        seen = {
            calendar: await api.find(_Events, "GET", path, params={"maxResults": 1})
            for calendar, path in self._all.items()
        }
        own, *others = seen.items()
        if own[1] is None:
            return Health(ok=False, says="The account sees no such calendar.", mend=_MEND)
        if own[1].access_role not in _WRITERS:
            return Health(ok=False, says="The account may not write to the calendar.", mend=_MEND)
        if gone := [calendar for calendar, events in others if events is None]:
            says = f"The account does not see {', '.join(gone)}, which `also` names."
            return Health(ok=False, says=says, mend=_MEND)
        return self._google.well("Reads and writes the calendar.")

    async def get_ready(self) -> None:
        await self._google.token.value()

    async def busy(self, start: AwareDatetime, end: AwareDatetime) -> tuple[Busy, ...]:
        """Read from the events themselves: what Google's own question of free and busy answers does not say
        what an event is, nor who declined it."""
        taken: list[Busy] = []
        for calendar, path in self._all.items():
            listed = pages(partial(self._page, calendar, path, start, end), lambda page: page.next_page_token)
            async for page in listed:
                zone_ = zone(page.time_zone) if is_zone(page.time_zone) else start.tzinfo or UTC
                for event in page.items:
                    begins, ends = event.start.at(zone_), event.end.at(zone_)
                    if event.takes_time and begins and ends:
                        taken.append(Busy(start=begins, end=ends))
        return tuple(sorted(taken, key=lambda one: one.start))

    async def _page(
        self, calendar: str, path: str, start: AwareDatetime, end: AwareDatetime, token: str | None
    ) -> _Events:
        params: dict[str, str | int] = {
            "timeMin": _moment(start),
            "timeMax": _moment(end),
            "singleEvents": "true",  # each repetition by itself
            "maxResults": _PAGE,
        }
        if token:
            params["pageToken"] = token
        told = f"has no calendar {calendar!r}, or does not show it to the account."
        return await self._google.api().need(
            _Events, "GET", path, SetupError(SERVICE, told, _MEND), params=params
        )

    async def find_hold(self, key: str) -> Written | None:
        """Also the hold that a person deleted: it was made, and is not wanted again."""
        event = await self._find(key)
        return _written(event) if event else None

    async def find_time(self, key: str) -> HeldTime | None:
        event = await self._find(key)
        if event is None or event.status == _CANCELLED:
            return None
        start, end = event.start.date_time, event.end.date_time
        accepted = (one.email for one in event.attendees if one.response_status == _ACCEPTED and one.email)
        return HeldTime(start=start, end=end, accepted_by=tuple(accepted)) if start and end else None

    async def find_title(self, key: str) -> str | None:
        event = await self._find(key)
        return event.summary if event is not None and event.status != _CANCELLED else None

    async def retitle(self, key: str, title: str) -> bool:
        path, silently = f"{self._events}/{event_id(key)}", {"sendUpdates": "none"}
        body = {"summary": title}
        changed = await self._google.api().find(
            _Event, "PATCH", path, params=silently, json=body, repeatable=True
        )
        return changed is not None

    async def records_of(self, ids: Sequence[str]) -> tuple[Told, ...]:
        api, told = self._google.api(), list[Told]()
        for one in ids:
            event = await api.find(_Event, "GET", f"{self._events}/{quote(one, safe='')}")
            told.append(_told(event) if event is not None else Told(outside_id=one, gone=True))
        return tuple(told)

    async def records_changed_since(self, cursor: str | None) -> ToldPage:
        """The calendar's changed events, deleted ones too; ours are told by their ids. Google keeps changes
        for about a month, at times for less, and refuses to go further back."""
        now = self._clock()
        since = datetime.fromisoformat(cursor) - _OVERLAP if cursor else now - _LOOK_BACK
        try:
            events = await self._changed(max(since, now - _LONGEST_BACK))
        except TooLongAgoError:
            events = await self._changed(now - _LOOK_BACK)
        return ToldPage(told=tuple(map(_told, events)), cursor=now.isoformat())

    async def _changed(self, since: datetime) -> list[_Event]:
        told = "has no such calendar, or does not show it to the account."
        missing = SetupError(SERVICE, told, _MEND)

        async def ask(token: str | None) -> _Events:
            params: dict[str, str | int] = {
                "updatedMin": _moment(since),
                "showDeleted": "true",
                "maxResults": _PAGE,
            }
            more = {"pageToken": token} if token else {}
            return await self._google.api().need(
                _Events, "GET", self._events, missing, params={**params, **more}
            )

        listed = pages(ask, lambda page: page.next_page_token)
        return [one async for page in listed for one in page.items if one.id.startswith(_OURS)]

    async def save_hold(self, hold: Hold) -> Written:
        api = self._google.api()
        # not repeated by itself: Google does not promise to notice at once that the id is taken
        response = await api.send(
            "POST",
            self._events,
            params={"sendUpdates": "none"},
            json=_body(hold),
            accept=(HTTPStatus.CONFLICT, HTTPStatus.NOT_FOUND),
        )
        if response.status_code == HTTPStatus.NOT_FOUND:
            raise SetupError(SERVICE, "has no such calendar, or does not show it to the account.", _MEND)
        if response.status_code != HTTPStatus.CONFLICT:
            return _written(api.read(response, _Event, wrote=True))
        existing = await self.find_hold(hold.key)
        if existing is None:
            raise TransientServiceError(
                SERVICE,
                "says that the hold is there, and does not find it.",
                "It is tried again by itself.",
                answered=True,
            )
        return existing

    async def erase_hold(self, key: str) -> Erased:
        """Emptied before it is deleted: Google shows the text of a deleted event for weeks."""
        event = await self._find(key)
        if event is None:
            return Erased(answer="not_there")
        if event.status == _CANCELLED:
            return Erased(
                answer="not_there", note="it was deleted before; the calendar's bin empties itself in 30 days"
            )
        api, path = self._google.api(), f"{self._events}/{event_id(key)}"
        silently = {"sendUpdates": "none"}
        await api.send(
            "PATCH", path, params=silently, json={"summary": "", "description": ""}, repeatable=True
        )
        await api.send("DELETE", path, params=silently, accept={HTTPStatus.NOT_FOUND, HTTPStatus.GONE})
        return Erased(answer="erased")

    async def _find(self, key: str) -> _Event | None:
        api = self._google.api()
        return await api.find(_Event, "GET", f"{self._events}/{event_id(key)}")


def event_id(key: str) -> str:
    """Google takes a to v and 0 to 9, which is the alphabet of base32hex."""
    return _OURS + base64.b32hexencode(key.encode()).decode().rstrip("=").lower()


def _told(event: _Event) -> Told:
    if event.status == _CANCELLED:
        return Told(outside_id=event.id, gone=True, changed_at=event.updated)
    values: dict[Item, str] = {"title": event.summary}
    if event.start.date_time:
        values["meeting"] = event.start.date_time.astimezone(UTC).isoformat(timespec="minutes")
    return Told(outside_id=event.id, values=values, changed_at=event.updated)


def _body(hold: Hold) -> dict[str, object]:
    return {
        "id": event_id(hold.key),
        "summary": hold.title,
        "description": hold.description,
        "start": {"dateTime": _moment(hold.start)},
        "end": {"dateTime": _moment(hold.end)},
        "status": "tentative",
        "transparency": "opaque",  # else it would count as free, and be taken twice
        "extendedProperties": {"private": {KEY_PROPERTY: hold.key}},
    }


def _moment(moment: AwareDatetime) -> str:
    """In UTC: each program shows it in its own zone."""
    return moment.astimezone(UTC).isoformat()


def _path(calendar: str) -> str:
    return f"calendar/v3/calendars/{quote(calendar, safe='')}/events"


def _written(event: _Event) -> Written:
    note = "A person has deleted it." if event.status == _CANCELLED else ""
    return Written(external_id=event.id, url=event.html_link, note=note)
