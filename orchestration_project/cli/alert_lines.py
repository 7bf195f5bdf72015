"""What is broken, in the terminal of `leads dev`: told there once, too, and when Dagster itself is silent.

What is found, and told elsewhere, is the watch's own.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

from sqlalchemy.exc import DBAPIError

from orchestration_project.cli.view import out
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.alerts import Telling
from orchestration_project.playbook.alerts import AlertRules, Told
from orchestration_project.timezones import zone
from orchestration_project.watch.alerts.rules import due, told_now
from orchestration_project.watch.alerts.words import letter
from orchestration_project.watch.causes.base import Seen
from orchestration_project.watch.silence import look_for_silence

LOOK_SECONDS = 5.0
GUARD_SECONDS = 30.0
BEGINS_WITHIN_SECONDS = 150.0
"""Dagster takes some time to start, and the watch to look for the first time."""
_TERMINAL = Told(through="terminal", least="note")


def _print(line: str) -> None:
    out.print(line, markup=False, soft_wrap=True)


class AlertLines:
    """To be asked again and again while Dagster runs."""

    def __init__(
        self,
        ledger: Ledger,
        opened: Callable[[], Seen],
        time_zone: str,
        write: Callable[[str], None] = _print,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger = ledger
        self._opened = opened
        self._zone = zone(time_zone)
        self._write = write
        self._monotonic = monotonic
        self._begun = monotonic()
        self._looked = self._guarded = self._begun
        self._told: dict[int, Telling] = {}

    def look(self) -> None:
        now = self._monotonic()
        # while the database is away there is nobody to ask; others say so
        with suppress(DBAPIError):
            if now - self._begun > BEGINS_WITHIN_SECONDS and now - self._guarded >= GUARD_SECONDS:
                self._guarded = now
                look_for_silence(self._opened())
            if now - self._looked >= LOOK_SECONDS:
                self._looked = now
                self._show()

    def _show(self) -> None:
        now, rules = self._ledger.clock(), AlertRules()
        for alert in self._ledger.alerts.recent(now - timedelta(hours=1)):
            one = due(
                alert, self._told.get(alert.id), None, _TERMINAL, rules, now, now.astimezone(self._zone)
            )
            if one is not None:
                told = letter(one, now, self._zone)
                lines = [
                    told.title,
                    *(f"    {line}" for line in (*told.body.splitlines(), told.link) if line),
                ]
                self._write("\n".join(lines))
                self._told[alert.id] = told_now(one, _TERMINAL.name, now)
