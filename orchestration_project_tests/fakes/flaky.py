"""Embedded connectors that misbehave on purpose, named in a test's connections.yaml like any other.

What they do is told by `Script`, since the connector itself is built inside the run.
"""

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from orchestration_project.connectors.base import Health
from orchestration_project.connectors.chat.file import ChatFile
from orchestration_project.connectors.chat.interface import Link
from orchestration_project.errors import CredentialError, PermanentServiceError, TransientServiceError
from orchestration_project.model import Written


@dataclass
class Script:
    """How many times to fail, and how, for messages that name a given ref (or any)."""

    failures: list[Exception] = field(default_factory=list)
    only_ref: str | None = None
    posted: list[str] = field(default_factory=list)
    away: Exception | None = None  # every message is answered so, until it is None again
    asked: int = 0  # how often somebody checked whether it is well


class FlakyChat(ChatFile):
    script: ClassVar[Script] = Script()

    async def post(self, key: str, text: str, links: Sequence[Link] = ()) -> Written:
        script = type(self).script
        if script.away is not None:
            raise script.away
        if script.failures and script.only_ref in (None, key):
            raise script.failures.pop(0)
        script.posted.append(key)
        return await super().post(key, text, links)

    async def check(self) -> Health:
        script = type(self).script
        script.asked += 1
        if script.away is not None:
            return Health(ok=False, says=str(script.away))
        return await super().check()


class DyingChat(ChatFile):
    """Writes its line, and then the process dies before anybody can record it."""

    async def post(self, key: str, text: str, links: Sequence[Link] = ()) -> Written:
        await super().post(key, text, links)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("unreachable")


def transient(retry_after: float | None = None) -> TransientServiceError:
    return TransientServiceError("Chat", "it is busy.", "Wait a moment.", retry_after=retry_after)


def refused() -> CredentialError:
    return CredentialError("Chat", "it does not accept the token.", "Make a new one.")


def permanent() -> PermanentServiceError:
    return PermanentServiceError("Chat", "the channel is gone.", "Choose another one in connections.yaml.")
