"""The embedded mail sequence: one CSV file a list in LEADS_HOME/sequences, one row a member.

Who may be enrolled is decided in `action/sequence.py`; nothing is sent from here.
"""

import csv
import hashlib
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

import anyio.to_thread

from orchestration_project.connectors.base import ConnectorContext, Health
from orchestration_project.connectors.local_files import append_line, disk_errors, health_of, sole_writer
from orchestration_project.connectors.sequence.interface import Subscriber
from orchestration_project.connectors.whole_files import write_whole
from orchestration_project.errors import SetupError
from orchestration_project.model import Clock, Erased, Written
from orchestration_project.model.records import NO, YES, Item, Told, whole_name
from orchestration_project.playbook.model import Connection

SERVICE = "local mail sequence"
UNSUBSCRIBED = "unsubscribed"
"""A column that a person may add."""
COLUMNS = ("email", "given_name", "family_name", "enrolled_at")


class LocalSequence:
    embedded = True

    def __init__(self, folder: Path, clock: Clock) -> None:
        self._folder = folder
        self._clock = clock

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:  # noqa: ARG003 - has no options
        return cls(context.home / "sequences", context.clock)

    async def check(self) -> Health:
        return await anyio.to_thread.run_sync(health_of, self._folder)

    async def find_member(self, list_name: str, email: str) -> Written | None:
        return await anyio.to_thread.run_sync(self._find, list_name, email)

    async def enrol(self, list_name: str, subscriber: Subscriber) -> Written:
        return await anyio.to_thread.run_sync(self._enrol, list_name, subscriber)

    async def erase_member(self, list_name: str, email: str) -> Erased:  # noqa: ARG002 - from all of them
        return await anyio.to_thread.run_sync(self._erase, email)

    async def leave(self, list_name: str, email: str) -> bool:
        return await anyio.to_thread.run_sync(self._leave, list_name, email)

    async def member(self, list_name: str, email: str) -> Subscriber | None:
        rows = await anyio.to_thread.run_sync(self._rows, self._path(list_name))
        found = next((row for row in rows if _is_of(row, email)), None)
        return _subscriber(found) if found is not None else None

    async def rename_member(self, list_name: str, subscriber: Subscriber) -> None:
        await anyio.to_thread.run_sync(self._rename, list_name, subscriber)

    async def records_of(self, ids: Sequence[str]) -> tuple[Told, ...]:
        return await anyio.to_thread.run_sync(self._records, ids)

    def _records(self, ids: Sequence[str]) -> tuple[Told, ...]:
        there: dict[str, Told] = {}
        for name in dict.fromkeys(one.rpartition("/")[0] for one in ids):
            for row in self._rows(self._path(name)):
                member = self._written(self._path(name), row.get("email", "").strip()).external_id
                there[member] = _told(member, row)
        return tuple(there.get(one) or Told(outside_id=one, gone=True) for one in ids)

    def _leave(self, list_name: str, email: str) -> bool:
        """The row goes: nothing is sent from here, and whoever sends reads the file."""
        path = self._path(list_name)
        with disk_errors(SERVICE), sole_writer(path):
            if self._find(list_name, email) is None:
                return False
            wanted = _cell(email).casefold()
            rows = _all_rows(path)
            kept = [row for row in rows if wanted not in (cell.strip().casefold() for cell in row)]
            write_whole(path, "".join(f"{_row(tuple(row))}\n" for row in kept).encode())
        return True

    def _rename(self, list_name: str, subscriber: Subscriber) -> None:
        path = self._path(list_name)
        with disk_errors(SERVICE), sole_writer(path):
            head, *rows = _all_rows(path)
            names = {"given_name": subscriber.given_name, "family_name": subscriber.family_name}
            for row in rows:
                if _is_of(dict(zip(head, row, strict=False)), subscriber.email):
                    row.extend([""] * (len(head) - len(row)))
                    for column, name in names.items():
                        if column in head:
                            row[head.index(column)] = name
            write_whole(path, "".join(f"{_row(tuple(row))}\n" for row in (head, *rows)).encode())

    def _rows(self, path: Path) -> list[dict[str, str]]:
        with disk_errors(SERVICE):
            if not path.exists():
                return []
            head, *rows = _all_rows(path) or [[]]
        return [dict(zip(head, row, strict=False)) for row in rows]

    def _erase(self, email: str) -> Erased:
        wanted, erased = _cell(email).casefold(), False
        with disk_errors(SERVICE):
            lists = sorted(self._folder.glob("*.csv"))
        for path in lists:
            with disk_errors(SERVICE), sole_writer(path):
                with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
                    rows = list(csv.reader(file))
                kept = [row for row in rows if wanted not in (cell.strip().casefold() for cell in row)]
                if len(kept) < len(rows):
                    erased = True
                    write_whole(path, "".join(f"{_row(tuple(row))}\n" for row in kept).encode())
        return Erased(answer="erased" if erased else "not_there")

    def _find(self, list_name: str, email: str) -> Written | None:
        path = self._path(list_name)
        with disk_errors(SERVICE):
            if not path.exists():
                return None
            # people edit lists in spreadsheets, which may save them in another encoding or with a BOM
            with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
                rows = csv.DictReader(file)
                if "email" not in (rows.fieldnames or ()):
                    raise SetupError(
                        SERVICE,
                        f"the list {path.name} has no column `email`.",
                        f"Give it the first line {','.join(COLUMNS)}, separated by commas, then replay.",
                    )
                wanted = _cell(email).casefold()
                found = any((row["email"] or "").strip().casefold() == wanted for row in rows)
        return self._written(path, email) if found else None

    def _enrol(self, list_name: str, subscriber: Subscriber) -> Written:
        path = self._path(list_name)
        with disk_errors(SERVICE), sole_writer(path):
            if member := self._find(list_name, subscriber.email):
                return member
            if not path.exists() or path.stat().st_size == 0:
                append_line(path, _row(COLUMNS))
            enrolled_at = self._clock().isoformat(timespec="seconds")
            cells = (subscriber.email, subscriber.given_name, subscriber.family_name, enrolled_at)
            append_line(path, _row(cells))
        return self._written(path, subscriber.email)

    def _path(self, list_name: str) -> Path:
        file_name = f"{list_name}.csv"
        import pathvalidate  # noqa: PLC0415 - whoever only looks names no file

        if not pathvalidate.is_valid_filename(file_name, platform="universal"):
            raise SetupError(
                SERVICE,
                f"the list name {list_name!r} cannot be a file name.",
                "Give the sequence of that track another name in playbook.yaml.",
            )
        return self._folder / file_name

    def _written(self, path: Path, email: str) -> Written:
        # a receipt's id is shown around, so it does not carry the address
        member = hashlib.sha256(email.casefold().encode(errors="replace")).hexdigest()[:12]
        return Written(external_id=f"{path.stem}/{member}", url=path.absolute().as_uri())


def _all_rows(path: Path) -> list[list[str]]:
    """With the head; people edit lists in spreadsheets, which may save them in another encoding."""
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as file:
        return [row for row in csv.reader(file) if row]


def _is_of(row: Mapping[str, str], email: str) -> bool:
    return row.get("email", "").strip().casefold() == _cell(email).casefold()


def _subscriber(row: Mapping[str, str]) -> Subscriber:
    return Subscriber(
        email=row.get("email", ""),
        given_name=row.get("given_name", "").strip(),
        family_name=row.get("family_name", "").strip(),
    )


def _told(member: str, row: Mapping[str, str]) -> Told:
    """A person may add a column `unsubscribed`: whatever stands in it says so."""
    values: dict[Item, str] = {
        "name": whole_name(row.get("given_name"), row.get("family_name")),
        "email": row.get("email", "").strip(),
        "consent": NO if row.get(UNSUBSCRIBED, "").strip() else YES,
    }
    return Told(outside_id=member, values=values)


def _row(cells: tuple[str, ...]) -> str:
    row = io.StringIO()
    csv.writer(row, lineterminator="").writerow(_cell(cell) for cell in cells)
    return row.getvalue()


def _cell(text: str) -> str:
    """One line, and text to a spreadsheet even where it looks like a formula."""
    line = "".join(sign if sign.isprintable() else " " for sign in text)
    line = " ".join(line.split())
    return f"'{line}" if line.startswith(("=", "+", "-", "@")) else line
