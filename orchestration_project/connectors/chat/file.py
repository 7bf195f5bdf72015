"""The embedded chat: a log file in LEADS_HOME, one line a message.

What a message says is decided in `action/summary.py`.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import anyio.to_thread

from orchestration_project.connectors.base import ConnectorContext, Health
from orchestration_project.connectors.chat.interface import Link
from orchestration_project.connectors.local_files import append_line, disk_errors, health_of, sole_writer
from orchestration_project.connectors.whole_files import write_whole
from orchestration_project.model import Clock, Erased, Written
from orchestration_project.playbook.model import Connection

SERVICE = "chat.log"


class ChatFile:
    embedded = True

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:  # noqa: ARG003 - has no options
        return cls(context.home / "chat.log", context.clock)

    async def check(self) -> Health:
        return await anyio.to_thread.run_sync(health_of, self._path.parent)

    async def find_message(self, key: str) -> Written | None:
        return await anyio.to_thread.run_sync(self._find, key)

    async def post(self, key: str, text: str, links: Sequence[Link] = ()) -> Written:
        opens = "".join(f" {link.label}: {link.url}" for link in links)
        return await anyio.to_thread.run_sync(self._post, key, text + opens)

    async def erase_message(self, key: str, message_id: str) -> Erased:  # noqa: ARG002 - the key is in the line
        return await anyio.to_thread.run_sync(self._erase, key)

    def _erase(self, key: str) -> Erased:
        with disk_errors(SERVICE), sole_writer(self._path):
            lines = self._path.read_bytes().splitlines(keepends=True) if self._path.exists() else []
            kept = [line for line in lines if line.split(b" ", 2)[1:2] != [f"[{key}]".encode()]]
            if len(kept) < len(lines):
                write_whole(self._path, b"".join(kept))
        return Erased(answer="erased" if len(kept) < len(lines) else "not_there")

    def _find(self, key: str) -> Written | None:
        with disk_errors(SERVICE):
            if not self._path.exists():
                return None
            with self._path.open(encoding="utf-8", errors="replace", newline="\n") as lines:
                # a last line without its end is a message that a crash cut off
                found = any(line.endswith("\n") and line.split(" ", 2)[1:2] == [f"[{key}]"] for line in lines)
        return self._written(key) if found else None

    def _post(self, key: str, text: str) -> Written:
        one_line = " ".join(text.encode(errors="ignore").decode().split())
        with disk_errors(SERVICE), sole_writer(self._path):
            append_line(self._path, f"{self._clock().isoformat(timespec='seconds')} [{key}] {one_line}")
        return self._written(key)

    def _written(self, key: str) -> Written:
        return Written(external_id=key, url=self._path.absolute().as_uri())
