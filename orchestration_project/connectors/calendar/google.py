"""Google Calendar: what is taken, and holds for calls. Which slot to take is decided in `action/slots.py`.

Found again after a crash: the event's id is made from the key, so it is read by id, deleted or not.
"""

import base64
from datetime import UTC
from http import HTTPStatus
from typing import Self
from urllib.parse import quote

from pydantic import AwareDatetime

from orchestration_project.connectors.base import ConnectorContext, Health
from orchestration_project.connectors.calendar.interface import Busy, HeldTime, Hold
from orchestration_project.connectors.google_api import GoogleModel, GoogleService, NoOptions
from orchestration_project.connectors.google_auth import open_token
from orchestration_project.connectors.rate import Limit, pace
from orchestration_project.connectors.settings import base_url, options
from orchestration_project.errors import ServiceError, SetupError, TransientServiceError
from orchestration_project.model import Erased, Written
from orchestration_project.playbook.model import Connection

SERVICE = "Google Calendar"
BASE_URL = "https://www.googleapis.com"
SCOPES = (
    "https://www.googleapis.com/auth/calendar.events",
    "https://www.googleapis.com/auth/calendar.freebusy",
)
KEY_PROPERTY = "leadKey"
"""A private property of the event: for people and programs that look for our events."""
_LINE = "calendar: {connector: google}"
_WRITERS = ("owner", "writer")
_ACCEPTED = "accepted"
_CANCELLED = "cancelled"  # what Google calls a deleted event
_MEND = "Check GOOGLE_CALENDAR_ID, or share the calendar with the account, then run `leads doctor`."


class _Moment(GoogleModel):
    date_time: AwareDatetime | None = None  # None: a whole day


class _Attendee(GoogleModel):
    email: str = ""
    response_status: str = ""


class _Event(GoogleModel):
    id: str
    status: str = ""
    html_link: str | None = None
    start: _Moment = _Moment()
    end: _Moment = _Moment()
    attendees: tuple[_Attendee, ...] = ()


class _Events(GoogleModel):
    access_role: str = ""


class _Problem(GoogleModel):
    reason: str = ""


class _FreeBusyCalendar(GoogleModel):
    busy: tuple[Busy, ...] = ()
    errors: tuple[_Problem, ...] = ()


class _FreeBusy(GoogleModel):
    calendars: dict[str, _FreeBusyCalendar]


class GoogleCalendar:
    embedded = False
    # 600 a minute and user (developers.google.com/workspace/calendar/api/guides/quota)
    limit = Limit(10, 1.0)

    def __init__(self, google: GoogleService, calendar_id: str) -> None:
        self._google = google
        self._calendar_id = calendar_id
        self._events = f"calendar/v3/calendars/{quote(calendar_id, safe='')}/events"

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        options(connection, NoOptions)
        google = GoogleService(
            SERVICE,
            base_url(context, "GOOGLE_CALENDAR_BASE_URL", BASE_URL),
            context.http,
            open_token(context, _LINE, SCOPES),
            pace(context, SERVICE, cls.limit),
        )
        return cls(google, context.environment.get("GOOGLE_CALENDAR_ID", "").strip() or "primary")

    async def check(self) -> Health:
        try:
            api = self._google.api()
            events = await api.find(_Events, "GET", self._events, params={"maxResults": 1})
        except ServiceError as error:
            return Health(ok=False, says=error.said, mend=error.mend)
        if events is None:
            return Health(ok=False, says="The account sees no such calendar.", mend=_MEND)
        if events.access_role not in _WRITERS:
            return Health(ok=False, says="The account may not write to the calendar.", mend=_MEND)
        return Health(ok=True, says="Reads and writes the calendar.")

    async def busy(self, start: AwareDatetime, end: AwareDatetime) -> tuple[Busy, ...]:
        api = self._google.api()
        body = {
            "timeMin": _moment(start),
            "timeMax": _moment(end),
            "items": [{"id": self._calendar_id}],
        }
        # a question, though asked by POST
        answer = await api.ask(_FreeBusy, "POST", "calendar/v3/freeBusy", json=body, repeatable=True)
        taken: list[Busy] = []
        for calendar in answer.calendars.values():
            if calendar.errors:
                raise _unreadable(calendar.errors[0].reason)
            taken += calendar.busy
        return tuple(taken)

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
    return "lead" + base64.b32hexencode(key.encode()).decode().rstrip("=").lower()


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


def _unreadable(reason: str) -> ServiceError:
    told = f"does not tell what is taken ({reason or 'no reason given'})."
    if reason == "notFound":
        return SetupError(SERVICE, told, _MEND)
    return TransientServiceError(SERVICE, told, "It is tried again by itself.", answered=True)


def _written(event: _Event) -> Written:
    note = "A person has deleted it." if event.status == _CANCELLED else ""
    return Written(external_id=event.id, url=event.html_link, note=note)
