"""Embedded connectors that wait for one another: each, until the other has been asked as well."""

from collections.abc import Mapping
from email.message import EmailMessage
from typing import ClassVar

import anyio

from orchestration_project.connectors.folder.disk import DiskFolders
from orchestration_project.connectors.mail.outbox import Outbox
from orchestration_project.model import Written

PATIENCE = 10.0


class Meeting:
    """Where they meet. Made anew for each test; what it holds belongs to the event loop of one run."""

    def __init__(self) -> None:
        self.missed: list[str] = []
        """Those that waited in vain."""
        self._asked: dict[str, anyio.Event] = {"mail": anyio.Event(), "folder": anyio.Event()}

    async def of(self, one: str, other: str) -> None:
        self._asked[one].set()
        with anyio.move_on_after(PATIENCE) as waiting:
            await self._asked[other].wait()
        if waiting.cancelled_caught:
            self.missed.append(one)


class MeetingDrafts(Outbox):
    meeting: ClassVar[Meeting]

    async def save_draft(self, key: str, message: EmailMessage) -> Written:
        await type(self).meeting.of("mail", "folder")
        return await super().save_draft(key, message)


class MeetingFolders(DiskFolders):
    meeting: ClassVar[Meeting]

    async def make_folder(self, key: str, name: str, files: Mapping[str, bytes]) -> Written:
        await type(self).meeting.of("folder", "mail")
        return await super().make_folder(key, name, files)
