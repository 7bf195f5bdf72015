"""Alerts, and a whole world to look at, for the tests of the watch."""

from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Self

import anyio
import pytest

from orchestration_project.connectors import alert
from orchestration_project.connectors.alert.interface import Destination
from orchestration_project.connectors.base import ConnectorContext
from orchestration_project.errors import LeadsError, RefusedForNow
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.alerts import Alert
from orchestration_project.ledger.connections import ConnectionState
from orchestration_project.model.alerts import Letter, Trouble
from orchestration_project.playbook.alerts import AlertRules, Told
from orchestration_project.watch.causes.base import Seen


def a_trouble(cause: str = "connection", subject: str = "crm", **more: Any) -> Trouble:
    trouble = Trouble(cause=cause, subject=subject, severity="warning", what=f"The {subject} is away.")
    return Trouble.model_validate(trouble.model_dump() | more)


def an_alert(opened: datetime, **more: Any) -> Alert:
    alert = Alert(id=7, severity="warning", opened_at=opened, seen_at=opened, trouble=a_trouble())
    return Alert.model_validate(alert.model_dump() | more)


@dataclass
class Recorder:
    """A way to tell that writes down what it was given, and fails when it is told to."""

    name: str = "recorder"
    letters: list[Letter] = field(default_factory=list[Letter])
    fails: LeadsError | None = None
    after: Callable[[], object] = lambda: None  # called when one was delivered
    hangs: bool = False

    @property
    def titles(self) -> list[str]:
        return [letter.title for letter in self.letters]

    async def send(self, letter: Letter) -> None:
        if self.hangs:
            await anyio.sleep_forever()
        if self.fails is not None:
            raise self.fails
        self.letters.append(letter)
        self.after()


class One:
    """What the table of senders names; a test says what it opens."""

    opened: ClassVar[dict[str, Recorder]] = {}

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    @classmethod
    def open(cls, destination: Destination, given: ConnectorContext) -> Self:
        return cls(cls.opened[destination.to[0]])

    async def send(self, letter: Letter) -> None:
        await self._recorder.send(letter)


def refuses() -> RefusedForNow:
    return RefusedForNow("the messenger", "is down.")


@contextmanager
def recorders(*names: str) -> Generator[dict[str, Recorder]]:
    """Ways to tell by these names, for `through="recorder"`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(alert.SENDERS, "recorder", f"{__name__}:One")
        patch.setattr(One, "opened", {name: Recorder(name) for name in names})
        yield One.opened


def told_to(*names: str, **rules: Any) -> AlertRules:
    return AlertRules(
        tell=tuple(Told(through="recorder", to=(name,), least="note") for name in names), digest=None
    ).model_copy(update=rules)


def write_alerts(folder: Path, text: str) -> None:
    """Adds `alerts:` to a playbook."""
    path = folder / "playbook.yaml"
    path.write_text(f"{path.read_text(encoding='utf-8')}\n{text}\n", encoding="utf-8")


def of(cause: Callable[[Seen], Iterable[Trouble]], seen: Seen) -> list[Trouble]:
    return list(cause(seen))


def open_connection(ledger: Ledger, name: str = "crm", **more: Any) -> None:
    state = {"state": "open", "why": "down", "since": ledger.clock(), "said": "HubSpot: 503."} | more
    ledger.connections.change(name, lambda _: ConnectionState.model_validate({"name": name} | state))
