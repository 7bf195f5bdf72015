"""The embedded mail drafts: .eml files in LEADS_HOME/outbox that any mail program opens.

What stands in a draft is decided in `action/draft.py`; nothing is ever sent from here.
"""

import email
import email.policy
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Self

import anyio.to_thread

from orchestration_project.connectors.base import ConnectorContext, Health
from orchestration_project.connectors.local_files import disk_errors, health_of
from orchestration_project.connectors.mail.interface import SENT as WAS_SENT
from orchestration_project.connectors.mail.interface import DraftNow, SentMail
from orchestration_project.connectors.mail.mailbox_format import draft_in
from orchestration_project.connectors.whole_files import file_stem, write_whole
from orchestration_project.model import Erased, Written
from orchestration_project.playbook.model import Connection

SERVICE = "outbox"
WAITING = "to review and send"
SENT = "sent"


class Outbox:
    """A draft keeps its key in the file name: a person may edit it, rename it, or move it to a folder
    such as `outbox/sent`, and it is still the draft of that lead."""

    embedded = True

    def __init__(self, root: Path) -> None:
        self._root = root

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:  # noqa: ARG003 - has no options
        return cls(context.home / "outbox")

    async def check(self) -> Health:
        return await anyio.to_thread.run_sync(health_of, self._root / WAITING)

    async def find_draft(self, key: str, message_id: str) -> Written | None:
        return await anyio.to_thread.run_sync(self._find, key, message_id)

    async def save_draft(self, key: str, message: EmailMessage) -> Written:
        return await anyio.to_thread.run_sync(self._save, key, message)

    async def find_sent(self, key: str, draft_id: str) -> SentMail | None:  # noqa: ARG002 - the key is in the name
        return await anyio.to_thread.run_sync(self._find_sent, key)

    async def erase_draft(self, key: str, draft_id: str) -> Erased:  # noqa: ARG002 - the key is in the name
        return await anyio.to_thread.run_sync(self._erase, key)

    async def draft_now(self, key: str, draft_id: str) -> DraftNow | None:  # noqa: ARG002 - as above
        return await anyio.to_thread.run_sync(self._draft_now, key)

    async def rewrite_draft(self, key: str, draft_id: str, message: EmailMessage) -> Written | None:  # noqa: ARG002 - as above
        return await anyio.to_thread.run_sync(self._rewrite, key, message)

    def _draft_now(self, key: str) -> DraftNow | None:
        with disk_errors(SERVICE):
            path = self._unsent(key)
            return draft_in(path.read_bytes()) if path is not None else None

    def _rewrite(self, key: str, message: EmailMessage) -> Written | None:
        """Under the name that the file has: a person may have given it one."""
        with disk_errors(SERVICE):
            path = self._unsent(key)
            if path is None:
                return None
            write_whole(path, message.as_bytes())
        return self._written(path, str(message["Message-ID"]))

    def _unsent(self, key: str) -> Path | None:
        found = _drafts(key, self._root)
        return next((path for path in found if self._root / SENT not in path.parents), None)

    def _erase(self, key: str) -> Erased:
        with disk_errors(SERVICE):
            found = list(_drafts(key, self._root))
            drafts = [path for path in found if self._root / SENT not in path.parents]
            for path in drafts:
                path.unlink(missing_ok=True)
        if len(drafts) < len(found):
            return WAS_SENT
        return Erased(answer="erased" if found else "not_there")

    def _find(self, key: str, message_id: str) -> Written | None:
        with disk_errors(SERVICE):
            path = self._path_of(key, self._root)
        return self._written(path, message_id) if path else None

    def _find_sent(self, key: str) -> SentMail | None:
        """A person who has sent a draft moves its file to `outbox/sent`."""
        with disk_errors(SERVICE):
            path = self._path_of(key, self._root / SENT)
            if path is None:
                return None
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            moved_at = datetime.fromtimestamp(path.stat().st_ctime, tz=UTC)
        body = message.get_body(("plain",))
        return SentMail(
            sent_at=moved_at,
            subject=str(message["Subject"] or ""),
            text=body.get_content() if body else "",
            url=path.absolute().as_uri(),
        )

    @staticmethod
    def _path_of(key: str, folder: Path) -> Path | None:
        return next(_drafts(key, folder), None)

    def _save(self, key: str, message: EmailMessage) -> Written:
        message_id = str(message["Message-ID"])
        if existing := self._find(key, message_id):
            return existing
        path = self._root / WAITING / f"{file_stem(key, _recipient(message))}.eml"
        with disk_errors(SERVICE):
            write_whole(path, message.as_bytes())
            (self._root / SENT).mkdir(exist_ok=True)  # it shows a person where a sent one belongs
        return self._written(path, message_id)

    def _written(self, path: Path, message_id: str) -> Written:
        folder = path.parent.relative_to(self._root.parent).as_posix()
        return Written(external_id=message_id, url=path.absolute().as_uri(), note=f"Waits in {folder}.")


def _drafts(key: str, folder: Path) -> Iterator[Path]:
    """Wherever in the folder a person may have put them. By their names: there may be thousands."""

    def unreadable(error: OSError) -> None:
        # what cannot be looked into may hold it: it must not be taken for not there
        if not isinstance(error, FileNotFoundError):
            raise error

    for place, _, names in os.walk(folder, onerror=unreadable):
        yield from (Path(place, name) for name in names if key in name and name.endswith(".eml"))


def _recipient(message: EmailMessage) -> str:
    """The name by which a person recognises the draft among others."""
    return message["To"].addresses[0].display_name
