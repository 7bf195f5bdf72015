"""Holds in a calendar of any CalDAV server: Nextcloud, Radicale, Fastmail and others.

Which time a hold takes is decided in `action/slots.py`; what an event says is `ics_format.py`.

Found again after a crash by the event's UID, made from the lead's ref; nothing there is written over.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from http import HTTPStatus
from typing import Self, TypeVar
from urllib.parse import quote, urljoin, urlsplit
from xml.sax.saxutils import escape

import anyio.to_thread
from pydantic import AwareDatetime, BaseModel, ConfigDict

from orchestration_project.connectors.base import ConnectorContext, Health, says_what_is_wrong
from orchestration_project.connectors.calendar.discovery import calendars_of
from orchestration_project.connectors.calendar.ics_format import (
    busy_times,
    event_file,
    event_time,
    event_title,
    event_uid,
    retitled,
    told_of,
)
from orchestration_project.connectors.calendar.interface import Busy, HeldTime, Hold
from orchestration_project.connectors.dav import CALDAV, Resource, ask, may_write, open_api, propfind
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.settings import options, setting
from orchestration_project.errors import (
    LeadRefusedError,
    LeadsError,
    PermanentServiceError,
    ServiceError,
    SetupError,
    TransientServiceError,
)
from orchestration_project.model import Clock, Erased, Written
from orchestration_project.model.records import Told
from orchestration_project.playbook.model import Connection

SERVICE = "CalDAV"
LINE = "calendar: {connector: caldav}"
_logger = logging.getLogger(__name__)
ReadT = TypeVar("ReadT")
_NOTE = "Tentative; nobody is invited."
_IN_THE_BIN = "deleted calendar object with uid already exists"


class _Options(BaseModel):
    model_config = ConfigDict(extra="forbid")

    also: tuple[str, ...] = ()  # addresses of more calendars of the same server whose events take time
    addresses: tuple[str, ...] = ()  # by which the owner is invited; without them CALDAV_USER, if it is one


class CalDavCalendar:
    """One calendar. A person may move a hold, or delete it: it is not written again."""

    embedded = False
    settle_seconds = 0.0  # one address an event, and `If-None-Match`: of two PUTs one is refused

    def __init__(
        self,
        api: Api,
        own_domain: str,
        clock: Clock,
        also: Sequence[Api] = (),
        addresses: Collection[str] = (),
    ) -> None:
        self._api = api
        self._also = tuple(also)
        self._addresses = tuple(addresses)
        self._own_domain = own_domain
        self._clock = clock

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        chosen = options(connection, _Options)
        api = open_api(context, SERVICE, "CALDAV", LINE)
        also = [replace(api, base_url=_of_the_same_server(api.base_url, address)) for address in chosen.also]
        user = setting(context, "CALDAV_USER", LINE)
        addresses = chosen.addresses or ((user,) if "@" in user else ())
        return cls(api, context.own_domain, context.clock, also, addresses)

    @says_what_is_wrong
    async def check(self) -> Health:
        try:
            asked = ("resourcetype", "current-user-privilege-set")
            found = await propfind(self._api, "", 0, asked)
        except SetupError as error:
            return await self._none_there(error.said)
        if not any(f"{CALDAV}calendar" in one.kinds for one in found):
            return await self._none_there("There is no calendar at CALDAV_URL.")
        if not all(map(may_write, found)):
            return Health(
                ok=False,
                says="The calendar can be read only.",
                mend="Let CALDAV_USER write to it, or choose another one.",
            )
        # the others are only read; one that is gone would keep every hold from being made
        for calendar in self._also:
            try:
                read = await propfind(calendar, "", 0, ("resourcetype",))
            except SetupError:
                read = []
            if not any(f"{CALDAV}calendar" in one.kinds for one in read):
                says = f"There is no calendar at {calendar.base_url}, which `also` names."
                return Health(ok=False, says=says, mend="Correct `also` in connections.yaml.")
        return Health(ok=True, says="The calendar can be read and written.")

    async def _none_there(self, says: str) -> Health:
        """Which there are: iCloud shows the addresses of its calendars to nobody else."""
        mend = "Set it to the address of one calendar (docs/connectors/caldav.md tells which)."
        try:
            there = await calendars_of(self._api)
        except ServiceError:
            return Health(ok=False, says=says, mend=mend)
        if not there:
            return Health(ok=False, says=f"{says} CALDAV_USER may write to none of the server.", mend=mend)
        listed = ", ".join(f"{one.url} ({one.name})" if one.name else one.url for one in there)
        return Health(ok=False, says=says, mend=f"Set CALDAV_URL to one of these: {listed}.")

    async def busy(self, start: AwareDatetime, end: AwareDatetime) -> tuple[Busy, ...]:
        """Events without a zone of their own, such as all-day ones, are read in the zone of `start`.

        An event that cannot be read keeps no lead waiting: it counts as free, and the hold says so.
        """
        # a day more on both sides: the server reads such events in a zone of its own
        day = timedelta(days=1)
        bounds = f'start="{_utc(start - day)}" end="{_utc(end + day)}"'
        found: list[Resource] = []
        for calendar in (self._api, *self._also):
            found += await self._events(f"<c:time-range {bounds}/>", calendar)
        # reading a hundred events takes a while, and other leads wait for the event loop
        read = partial(_read, addresses=self._addresses)
        taken, unreadable = await anyio.to_thread.run_sync(read, found, start, end)
        if unreadable:
            told = f"{unreadable} events of the calendar cannot be read, and their times count as free"
            _logger.warning("%s.", told)
            taken = (*taken, Busy(start=start, end=start, unsure=told))
        return taken

    async def find_hold(self, key: str) -> Written | None:
        uid = event_uid(key, self._own_domain)
        return Written(external_id=uid, note=_NOTE) if await self._data_of(uid) else None

    async def find_time(self, key: str) -> HeldTime | None:
        uid = event_uid(key, self._own_domain)
        data = await self._data_of(uid)
        try:
            return event_time(data.encode(), uid) if data else None
        except ValueError:
            raise PermanentServiceError(
                SERVICE, f"the hold for {key} cannot be read.", "Mend it in the calendar, or delete it."
            ) from None

    async def save_hold(self, hold: Hold) -> Written:
        uid = event_uid(hold.key, self._own_domain)
        content = event_file(hold, self._own_domain, self._clock())
        headers = {"Content-Type": "text/calendar; charset=utf-8", "If-None-Match": "*"}
        try:
            await self._api.send(
                "PUT",
                quote(f"{uid}.ics"),
                content=content,
                headers=headers,
                # there is one already, perhaps from a try of ours whose answer was lost
                accept={HTTPStatus.PRECONDITION_FAILED},
            )
        except PermanentServiceError as error:
            # servers that keep a UID under another address refuse it in many ways
            if existing := await self.find_hold(hold.key):
                return existing
            if _IN_THE_BIN in error.said.casefold():
                # Nextcloud keeps what a person deleted for a month, and takes nothing of that UID meanwhile
                told = "a person has deleted this hold: it lies in the calendar's bin."
                raise LeadRefusedError(SERVICE, told, "Restore it there if it is wanted.") from None
            raise
        return Written(external_id=uid, note=_NOTE)

    async def find_title(self, key: str) -> str | None:
        uid = event_uid(key, self._own_domain)
        data = await self._data_of(uid)
        return _reading(lambda: event_title(data.encode(), uid)) if data else None

    async def retitle(self, key: str, title: str) -> bool:
        """Refused by the server where somebody has changed the event since it was read."""
        uid = event_uid(key, self._own_domain)
        event = next(iter(await self._of_uid(uid)), None)
        data = event.data if event is not None else None
        changed = (
            _reading(lambda: retitled(data.encode(), uid, title, self._clock())) if data is not None else None
        )
        if event is None or changed is None:
            return False
        headers = {"Content-Type": "text/calendar; charset=utf-8"}
        headers |= {"If-Match": event.etag} if event.etag else {}
        answer = await self._api.send(
            "PUT",
            quote(event.name),
            content=changed,
            headers=headers,
            accept={HTTPStatus.PRECONDITION_FAILED},
        )
        if answer.status_code == HTTPStatus.PRECONDITION_FAILED:
            told = f"has seen another change of the hold of {key} at this very moment."
            raise TransientServiceError(SERVICE, told, "It is looked at again by itself.", answered=True)
        return True

    async def records_of(self, ids: Sequence[str]) -> tuple[Told, ...]:
        return tuple([await self._told(uid) for uid in ids])

    async def _told(self, uid: str) -> Told:
        data = await self._data_of(uid)
        if data is None:
            return Told(outside_id=uid, gone=True)
        return _reading(lambda: told_of(data.encode(), uid))

    async def erase_hold(self, key: str) -> Erased:
        found = await self._of_uid(event_uid(key, self._own_domain))
        for event in found:
            await self._api.send("DELETE", quote(event.name), accept={HTTPStatus.NOT_FOUND})
        return Erased(answer="erased" if found else "not_there")

    async def _data_of(self, uid: str) -> str | None:
        return next((one.data for one in await self._of_uid(uid)), None)

    async def _of_uid(self, uid: str) -> list[Resource]:
        match = f'<c:text-match collation="i;octet">{escape(uid)}</c:text-match>'
        found = await self._events(f'<c:prop-filter name="UID">{match}</c:prop-filter>')
        # a text-match finds parts of a text too
        return [one for one in found if one.data and f"UID:{uid}" in _unfolded(one.data)]

    async def _events(self, condition: str, calendar: Api | None = None) -> list[Resource]:
        body = (
            '<?xml version="1.0"?>'
            '<c:calendar-query xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
            "<d:prop><d:getetag/><c:calendar-data/></d:prop>"
            f'<c:filter><c:comp-filter name="VCALENDAR"><c:comp-filter name="VEVENT">{condition}'
            "</c:comp-filter></c:comp-filter></c:filter></c:calendar-query>"
        )
        return await ask(calendar or self._api, "REPORT", "", 1, body)


def _of_the_same_server(own: str, other: str) -> str:
    """The password goes to one server. Raises LeadsError for an address on another one."""
    address = urljoin(f"{own.rstrip('/')}/", other)
    if urlsplit(address)[:2] != urlsplit(own)[:2]:
        raise LeadsError(
            f"connections.yaml, `{LINE}`: `also` names {address}, which is not on the server of CALDAV_URL."
        )
    return address


def _reading(read: Callable[[], ReadT]) -> ReadT:
    try:
        return read()
    except ValueError:
        told = "a hold of ours cannot be read."
        raise PermanentServiceError(SERVICE, told, "Mend it in the calendar, or delete it.") from None


def _read(
    found: list[Resource], start: datetime, end: datetime, addresses: Collection[str]
) -> tuple[tuple[Busy, ...], int]:
    """What the events take, and how many cannot be read."""
    taken: list[Busy] = []
    unreadable = 0
    for one in found:
        if one.data is None:  # deleted since it was found
            continue
        try:
            taken += busy_times(one.data.encode(), start, end, addresses)
        except ValueError:
            unreadable += 1
    return tuple(taken), unreadable


def _utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _unfolded(data: str) -> str:
    """iCalendar breaks long lines; a UID may be one."""
    return data.replace("\r\n", "\n").replace("\n ", "").replace("\n\t", "")
