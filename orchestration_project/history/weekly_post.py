"""The weekly report, told to whom `weekly_report:` in playbook.yaml names: by chat, e-mail or Apprise.

What stands on it is `weekly_text.py`; how each way delivers a letter is `connectors/alert/`.
"""

import os
import pkgutil
import re
from collections.abc import Sequence
from contextlib import aclosing
from datetime import date, timedelta
from typing import TYPE_CHECKING, cast

import anyio

from orchestration_project.connecting import connector_context
from orchestration_project.connectors.alert import SENDERS
from orchestration_project.connectors.alert.interface import Destination, Sender
from orchestration_project.errors import LeadsError
from orchestration_project.history.days import day_of
from orchestration_project.history.resources import History
from orchestration_project.model.alerts import Letter
from orchestration_project.playbook.alerts import Told

if TYPE_CHECKING:
    from orchestration_project.history.weekly_text import Part

FRESH = timedelta(days=14)
"""A week is told in the week after it: what is made again later, or backfilled, is no news."""
IN_SHORT = ("What changed", "What broke")
"""Beside the headline; the rest is on the page."""


def letter_of(monday: date, parts: "Sequence[Part]", link: str) -> Letter:
    """In plain text, without the tables and the pictures."""
    head = parts[0]
    lines = [*head.lines]
    for part in parts[1:]:
        if part.title in IN_SHORT:
            lines += ["", part.title, *part.lines]
    return Letter(
        key=f"weekly report {monday.isoformat()}",
        severity="note",
        title=head.title,
        body="\n".join(_plain(line) for line in lines),
        link=link,
    )


def post(history: History, monday: date, parts: "Sequence[Part]") -> list[str]:
    """Tells each that has not been told of that week; answers by which ways, and who could not be told."""
    told_to, today = history.playbook.weekly_report, day_of(history.clock(), history.reader.zone)
    if not told_to or today >= monday + FRESH:
        return []
    marks, said = history.ledger.marks, list[str]()
    known = marks.read()
    ui = os.environ.get("LEADS_UI_URL", "").strip().rstrip("/")
    link = f"{ui}/assets/weekly_report?partition={monday.isoformat()}" if ui else ""
    letter = letter_of(monday, parts, link)
    for told in told_to:
        mark = f"{letter.key} {told.name}"
        if mark in known:
            continue
        try:
            anyio.run(_send, history, told, letter)
        except LeadsError as error:
            said.append(f"not by {told.name}: {error}")
            continue
        marks.set(mark)
        said.append(f"by {told.name}")
    return said


async def _send(history: History, told: Told, letter: Letter) -> None:
    playbook = history.playbook
    given = connector_context(playbook, history.home, history.ledger)
    async with aclosing(given):
        kind = cast("type[Sender]", pkgutil.resolve_name(SENDERS[told.through]))
        where = Destination(to=told.to, chat=playbook.connections.chat, owner=playbook.business.owner.email)
        await kind.open(where, given).send(letter)


def _plain(line: str) -> str:
    """Markdown without its marks."""
    return re.sub(r"\*\*|`", "", line)
