"""A folder as form source: any tool drops a submission there as JSON, and it is read once complete.

How files are taken apart is here, how they are moved away in `inbox_files.py`; what a submission means is
the data layer's part.
"""

import json
import logging
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Self

import anyio.to_thread
from pydantic import JsonValue

from orchestration_project.connectors.base import ConnectorContext, Health
from orchestration_project.connectors.form_source.inbox_files import InboxFile, cannot_move, look, move
from orchestration_project.errors import SetupError
from orchestration_project.model import Clock, Delivery, Page
from orchestration_project.playbook.model import Connection

MOST_DELIVERIES = 500  # a page
MOST_BYTES = 20_000_000  # a file, and about what a page holds
_SETTLED = timedelta(seconds=1)  # a file touched within it may still be growing
_LONGEST_ID = 200
_BODIES = (".form", ".urlencoded", ".multipart")
_TAKEN = (".json", ".jsonl", *_BODIES)

_log = logging.getLogger(__name__)


class InboxPage(Page):
    files: tuple[InboxFile, ...]  # read to their end, so that nothing of them is left to deliver


@dataclass(frozen=True)
class Inbox:
    """*.json (an object or a list of objects), *.jsonl (one a line), and the body of a form as it was posted
    (*.form, *.urlencoded, *.multipart). What is neither is delivered as it is, so that it waits in quarantine
    with a reason. Files of other kinds are put aside, where `check`
    finds them. Delivering twice is the ledger's to notice."""

    folder: Path
    clock: Clock

    embedded = True
    every_seconds = 0.5

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:  # noqa: ARG003 - there is nothing to set
        return cls(folder=context.home / "inbox", clock=context.clock)

    async def check(self) -> Health:
        return await anyio.to_thread.run_sync(self._check)

    def anything(self) -> bool:
        try:
            with os.scandir(self.folder) as there:
                return any(entry.is_file() for entry in there)
        except OSError:
            return True  # reading it tells what is wrong

    async def fetch(self, cursor: str | None) -> Page:
        return await anyio.to_thread.run_sync(self._fetch, cursor)

    async def stored(self, page: Page) -> None:
        if isinstance(page, InboxPage):
            await anyio.to_thread.run_sync(self._tidy, page.files)

    def cursor_since(self, moment: datetime) -> None:  # noqa: ARG002 - see `delivered_since`
        return None

    def delivered_since(self, moment: datetime) -> Iterator[Delivery]:
        """What was read and put into `done` on that day or later, once more."""
        for folder in sorted(self.folder.glob("done/*")):
            if folder.name >= moment.date().isoformat() and folder.is_dir():
                for path in sorted(folder.iterdir()):
                    file = look(path)
                    if file is not None and path.suffix.lower() in _TAKEN:
                        yield from _deliveries(file)

    def _check(self) -> Health:
        if any(self._too_large.glob("*")):
            return Health(
                ok=False,
                says=f"There are files of more than {MOST_BYTES // 1_000_000} MB in {self._too_large}.",
                mend="Split them, drop the parts into the inbox, and remove them there.",
            )
        if unknown := sorted(path.name for path in self._other_kinds.glob("[!.]*")):
            return Health(
                ok=False,
                says=f"{len(unknown)} file(s) in {self._other_kinds} are no .json, .jsonl or .form, "
                f"and were not read, such as {unknown[0]!r}.",
                mend="Drop their content into the inbox as JSON, or import it (`leads import` takes CSV); "
                "then remove them there.",
            )
        for folder in (self._other_kinds, self._too_large, self.folder / "done"):
            if folder.exists() and not folder.is_dir():
                return Health(
                    ok=False,
                    says=f"{folder} is no folder, so files of the inbox cannot be moved there.",
                    mend="Move it away, or give it another name.",
                )
        nearest = next(folder for folder in (self.folder, *self.folder.parents) if folder.exists())
        if not os.access(nearest, os.R_OK | os.W_OK | os.X_OK):
            return Health(
                ok=False,
                says=f"The inbox {self.folder} cannot be read and written.",
                mend="Give the user who runs this project those rights.",
            )
        return Health(ok=True, says=f"Takes JSON files from {self.folder}.")

    def _fetch(self, cursor: str | None) -> InboxPage:
        self.folder.mkdir(parents=True, exist_ok=True)
        deliveries: list[Delivery] = []
        finished: list[InboxFile] = []
        unreadable = False
        size = 0
        complete, stuck = self._complete_files()
        for file in complete:
            try:
                found = _deliveries(file)
            except FileNotFoundError:
                continue  # somebody took it back
            except PermissionError:
                unreadable = True
                continue
            already = _delivered(file, cursor)
            room = MOST_DELIVERIES - len(deliveries)
            deliveries += found[already : already + room]
            if len(found) - already > room:
                cursor = f"{already + room} {file.mark}"
                return InboxPage(deliveries=tuple(deliveries), cursor=cursor, files=tuple(finished))
            finished.append(file)
            size += file.size
            if len(deliveries) == MOST_DELIVERIES or size >= MOST_BYTES:
                break
        if unreadable and not deliveries:
            # after the others, which it must not hold up
            raise SetupError(
                "Inbox", "has a file that may not be read.", "Give the user who runs this project the right."
            )
        if stuck and not deliveries:
            raise cannot_move(stuck)
        if not deliveries:
            self._tidy(finished)  # empty lists: nobody would store, and so tidy, a page without deliveries
        return InboxPage(deliveries=tuple(deliveries), cursor=None, files=tuple(finished))

    def _complete_files(self) -> tuple[Sequence[InboxFile], Sequence[Path]]:
        """Oldest first. Too large ones are put aside, where `check` finds them; and the ones that could not
        be."""
        files: list[InboxFile] = []
        stuck: list[Path] = []
        for path in self.folder.iterdir():
            file = look(path) if path != self._other_kinds else None
            if file is None or not self._is_settled(file):
                continue
            if path.suffix.lower() not in _TAKEN:
                aside, what = self._other_kinds, "no JSON"
            elif file.size > MOST_BYTES:
                aside, what = self._too_large, "too large"
            else:
                files.append(file)
                continue
            if move(file, aside):
                _log.warning("A file in the inbox is %s and was put aside; `leads doctor` says where.", what)
            else:
                stuck.append(aside / path.name)
        return sorted(files, key=lambda file: (file.modified, file.path.name)), sorted(stuck)

    def _tidy(self, files: Sequence[InboxFile]) -> None:
        folder = self.folder / "done" / self.clock().date().isoformat()
        # what was written to since, is read again
        stuck = [
            folder / file.path.name for file in files if look(file.path) == file and not move(file, folder)
        ]
        if stuck:
            raise cannot_move(stuck)

    def _is_settled(self, file: InboxFile) -> bool:
        return abs(self.clock().timestamp() - file.modified / 1e9) >= _SETTLED.total_seconds()

    @property
    def _other_kinds(self) -> Path:
        return self.folder / "other_kinds"

    @property
    def _too_large(self) -> Path:
        return self.folder / "too_large"


def _delivered(file: InboxFile, cursor: str | None) -> int:
    """How many submissions of this file an earlier page carried."""
    count, _, mark = (cursor or "").partition(" ")
    return int(count) if mark == file.mark else 0


def _deliveries(file: InboxFile) -> Sequence[Delivery]:
    raw = file.path.read_bytes()
    if file.path.suffix.lower() == ".jsonl":
        return [_delivery(line, _parse(line)) for line in raw.splitlines() if line.strip()]
    if file.path.suffix.lower() in _BODIES:
        return [Delivery(external_id=None, raw=raw)]
    try:
        body = json.loads(raw)
        if isinstance(body, list):
            # an element has no bytes of its own: it is written again, in ASCII so that any text survives
            return [_delivery(json.dumps(item).encode("ascii"), item) for item in body]
    except (ValueError, RecursionError):
        body = None
    return [_delivery(raw, body)]


def _parse(raw: bytes) -> JsonValue:
    try:
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


def _delivery(raw: bytes, body: JsonValue) -> Delivery:
    given = body.get("id") if isinstance(body, dict) else None
    if isinstance(given, bool) or not isinstance(given, str | int):
        return Delivery(external_id=None, raw=raw)
    text = str(given).strip()
    usable = text and text.isprintable() and len(text) <= _LONGEST_ID
    return Delivery(external_id=text if usable else None, raw=raw)
