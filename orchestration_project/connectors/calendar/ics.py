"""The embedded calendar: one .ics file a hold in LEADS_HOME/calendar, where a person may put more files.

Which time a hold takes is decided in `action/slots.py`; what a file says is `ics_format.py`.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self, TypeVar

import anyio.to_thread
from pydantic import AwareDatetime

from orchestration_project.connectors.base import ConnectorContext, Health
from orchestration_project.connectors.calendar.ics_format import (
    busy_times,
    event_file,
    event_time,
    event_title,
    event_uid,
    key_of,
    retitled,
    told_of,
)
from orchestration_project.connectors.calendar.interface import Busy, HeldTime, Hold
from orchestration_project.connectors.local_files import disk_errors, health_of
from orchestration_project.connectors.whole_files import file_stem, write_whole
from orchestration_project.errors import PermanentServiceError
from orchestration_project.model import Clock, Erased, Written
from orchestration_project.model.records import Told
from orchestration_project.playbook.model import Connection

SERVICE = "calendar folder"
ReadT = TypeVar("ReadT")
ONE_DAY = timedelta(days=1)
_Version = tuple[int, int, datetime, datetime]  # of a file (changed, size), and the days read from it


class IcsFolder:
    """A hold keeps its key in the file name: a person may move its time, its file, or rename it.

    A file that cannot be read keeps no lead waiting. Its events count as free, and `check` names it.
    """

    embedded = True

    def __init__(self, folder: Path, own_domain: str, clock: Clock) -> None:
        self._folder = folder
        self._own_domain = own_domain
        self._clock = clock
        self._read_before: dict[Path, tuple[_Version, list[Busy]]] = {}

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:  # noqa: ARG003 - has no options
        return cls(context.home / "calendar", context.own_domain, context.clock)

    async def check(self) -> Health:
        return await anyio.to_thread.run_sync(self._check)

    async def busy(self, start: AwareDatetime, end: AwareDatetime) -> tuple[Busy, ...]:
        """Events without a zone of their own, such as all-day ones, are read in the zone of `start`."""
        taken, _ = await anyio.to_thread.run_sync(self._read, start, end)
        return taken

    async def find_hold(self, key: str) -> Written | None:
        return await anyio.to_thread.run_sync(self._find, key)

    async def find_time(self, key: str) -> HeldTime | None:
        return await anyio.to_thread.run_sync(self._find_time, key)

    async def save_hold(self, hold: Hold) -> Written:
        return await anyio.to_thread.run_sync(self._save, hold)

    async def erase_hold(self, key: str) -> Erased:
        return await anyio.to_thread.run_sync(self._erase, key)

    async def find_title(self, key: str) -> str | None:
        return await anyio.to_thread.run_sync(self._title, key)

    async def retitle(self, key: str, title: str) -> bool:
        return await anyio.to_thread.run_sync(self._retitle, key, title)

    async def records_of(self, ids: Sequence[str]) -> tuple[Told, ...]:
        return await anyio.to_thread.run_sync(lambda: tuple(map(self._told, ids)))

    def _told(self, uid: str) -> Told:
        path = self._path_of(key_of(uid))
        return self._reading(path, lambda content: told_of(content, uid)) or Told(outside_id=uid, gone=True)

    def _title(self, key: str) -> str | None:
        uid = event_uid(key, self._own_domain)
        return self._reading(self._path_of(key), lambda content: event_title(content, uid))

    def _retitle(self, key: str, title: str) -> bool:
        """The name of the file stays: a person may have given it one."""
        path, uid = self._path_of(key), event_uid(key, self._own_domain)
        changed = self._reading(path, lambda content: retitled(content, uid, title, self._clock()))
        if path is None or changed is None:
            return False
        with disk_errors(SERVICE):
            write_whole(path, changed)
        return True

    def _reading(self, path: Path | None, read: Callable[[bytes], ReadT | None]) -> ReadT | None:
        if path is None:
            return None
        with disk_errors(SERVICE):
            content = path.read_bytes()
        try:
            return read(content)
        except ValueError:
            told = f"the file {path.name} of a hold cannot be read."
            raise PermanentServiceError(SERVICE, told, "Mend it, or delete it.") from None

    def _erase(self, key: str) -> Erased:
        with disk_errors(SERVICE):
            found = [path for path in self._folder.rglob("*.ics") if key in path.name]
            for path in found:
                path.unlink(missing_ok=True)
        return Erased(answer="erased" if found else "not_there")

    def _check(self) -> Health:
        health = health_of(self._folder)
        if not health.ok:
            return health
        now = self._clock()
        _, unreadable = self._read(now, now)
        if not unreadable:
            return health
        return Health(
            ok=False,
            says=f"Cannot read {', '.join(unreadable)} in {self._folder}; their times count as free.",
            mend="Export them from the calendar program again, or take them out of the folder.",
        )

    def _read(self, start: AwareDatetime, end: AwareDatetime) -> tuple[tuple[Busy, ...], list[str]]:
        """What is taken, and the names of the files that cannot be read."""
        taken: list[Busy] = []
        unreadable: list[str] = []
        with disk_errors(SERVICE):
            paths = sorted(self._folder.rglob("*.ics"))
        for path in paths:
            try:
                taken += self._busy_of(path, start, end)
            except (OSError, ValueError):
                unreadable.append(path.name)
        return tuple(taken), unreadable

    def _busy_of(self, path: Path, start: AwareDatetime, end: AwareDatetime) -> list[Busy]:
        """Reads a file once as long as it stays as it is, for whole days: a burst of leads asks for a
        hundred files a hundred times."""
        first_day = start.replace(hour=0, minute=0, second=0, microsecond=0)
        last_day = first_day + ((end - first_day) // ONE_DAY + 1) * ONE_DAY
        stat = path.stat()
        version = (stat.st_mtime_ns, stat.st_size, first_day, last_day)
        known = self._read_before.get(path)
        if known is None or known[0] != version:
            known = version, busy_times(path.read_bytes(), first_day, last_day)
            self._read_before[path] = known
        return [busy for busy in known[1] if busy.end > start and busy.start < end]

    def _find(self, key: str) -> Written | None:
        path = self._path_of(key)
        return self._written(key, path) if path else None

    def _find_time(self, key: str) -> HeldTime | None:
        path = self._path_of(key)
        if path is None:
            return None
        with disk_errors(SERVICE):
            content = path.read_bytes()
        try:
            return event_time(content, event_uid(key, self._own_domain))
        except ValueError:
            raise PermanentServiceError(
                SERVICE, f"the file of the hold for {key} cannot be read.", "Mend it, or delete it."
            ) from None

    def _path_of(self, key: str) -> Path | None:
        with disk_errors(SERVICE):
            return next((path for path in self._folder.rglob("*.ics") if key in path.name), None)

    def _save(self, hold: Hold) -> Written:
        if existing := self._find(hold.key):
            return existing
        path = self._folder / f"{file_stem(hold.key, hold.title)}.ics"
        with disk_errors(SERVICE):
            write_whole(path, event_file(hold, self._own_domain, self._clock()))
        return self._written(hold.key, path)

    def _written(self, key: str, path: Path) -> Written:
        return Written(external_id=event_uid(key, self._own_domain), url=path.absolute().as_uri())
