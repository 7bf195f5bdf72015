"""`leads drill`: a service fails, on stand-ins and with the owner's own rules; what they would be told.

The machinery is the live one, on a clock that is moved; nothing real is asked, and nobody real is told.
"""

import json
import os
import re
import shutil
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import stamina
import typer

from orchestration_project.cli.files import deliveries_in
from orchestration_project.cli.services_demo import INBOX, SAMPLES, fill, own_folder, surroundings
from orchestration_project.cli.session import here, read_playbook, session
from orchestration_project.cli.view import err, out
from orchestration_project.clock import utc_now
from orchestration_project.connecting import UNPACED
from orchestration_project.connectors.alert.chat import ChatSender
from orchestration_project.connectors.alert.interface import Destination, Sends
from orchestration_project.connectors.base import ConnectorContext
from orchestration_project.connectors.opened import KINDS
from orchestration_project.errors import LeadsError
from orchestration_project.fake_services.base import FakeService
from orchestration_project.fake_services.drilled import BREVO, LINES, DrilledOffice, line_of
from orchestration_project.fake_services.faults import Away
from orchestration_project.installation import Installation
from orchestration_project.intake import take_in
from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.ledger.alerts import SenderState
from orchestration_project.model import OPEN, Delivery
from orchestration_project.model.alerts import Letter
from orchestration_project.playbook.alerts import Told
from orchestration_project.playbook.audience import Audience
from orchestration_project.playbook.model import Playbook
from orchestration_project.text import so_many
from orchestration_project.watch.causes.base import Memory
from orchestration_project.watch.look import look
from orchestration_project.watch.opening import open_seen

TICK = timedelta(seconds=30)
"""So often the watch looks, and the dispatcher when there is nothing to do."""
FAILS_FOR = timedelta(minutes=20)
PATIENCE = timedelta(minutes=45)
"""So long after its end it is looked on, until all is well and told."""
EMBEDDED = {
    "crm": "local",
    "company": "none",
    "ai": "offline",
    "mail": "outbox",
    "chat": "file",
    "calendar": "ics",
    "folder": "disk",
    "sequence": "local",
}
_AUTONOMY = re.compile(r"^autonomy:.*$", re.MULTILINE)


class Kind(StrEnum):
    CREDENTIAL = "credential"
    SCHEMA = "schema"
    OUTAGE = "outage"


PLAYED: Mapping[Kind, tuple[Away, str, str]] = {
    Kind.CREDENTIAL: (Away.UNAUTHORIZED, "refuses the credential", "takes it again"),
    Kind.SCHEMA: (Away.OTHER_SHAPE, "names every field of its answers otherwise", "answers as it did"),
    Kind.OUTAGE: (Away.UNAVAILABLE, "answers 503 to everything", "is back"),
}


class Clock:
    """The real time, and what was let pass at once."""

    def __init__(self) -> None:
        self.passed = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.passed


def drill(
    kind: Annotated[Kind, typer.Argument(help="What happens to it.")],
    service: Annotated[str, typer.Argument(help="As connections.yaml calls it, such as hubspot.")],
) -> None:
    """Play with stand-ins and your own rules that a service fails: what you would be told, what the leads
    would do, and how it ends. Nothing real is asked, nobody real is told."""
    installation = here()
    lines, given = lines_of(read_playbook(installation), service)
    with own_folder(installation, "drill") as folder, DrilledOffice() as office:
        shutil.copytree(installation.playbook, folder / "playbook")
        rewrite(folder / "playbook", lines)
        os.environ.update(office.environment | surroundings(folder) | {UNPACED: "yes"})
        err.print("An installation of its own is made for this; it takes about half a minute.")
        with session() as desk, _no_pauses():
            playbook = read_playbook(desk.installation)
            fill(office, playbook)
            clock = Clock()
            for each in office.services.values():
                each.clock = clock
            ledger = open_ledger(desk.ledger.engine, clock)
            play = Play(kind, service, office.behind(given, service), clock)
            deliveries = deliveries_in((SAMPLES / "submissions.jsonl").read_bytes(), "the samples")
            run(desk.installation, ledger, playbook, play, deliveries)


def lines_of(playbook: Playbook, service: str) -> tuple[dict[str, dict[str, Any]], str]:
    """The owner's lines with the ids that stand-ins know, and the kind of the line that is played with."""
    lines: dict[str, dict[str, Any]] = {}
    for kind in KINDS:
        own = getattr(playbook.connections, kind)
        found = line_of(kind, own.connector, own.options)
        if kind == "website":
            found = {"connector": "none"}
        elif found is None and own.connector != EMBEDDED[kind]:
            err.print(f"For {own.connector} there is no stand-in; {EMBEDDED[kind]} takes its place here.")
        lines[kind] = found or {"connector": EMBEDDED[kind]}
    for kind, line in lines.items():
        if line["connector"] == service:
            return lines, kind
    for kind, connector in LINES:
        if connector == service:
            err.print(f"connections.yaml names no {service}; it is played as if its line `{kind}:` did.")
            lines[kind] = dict(LINES[kind, connector])
            return lines, kind
    known = ", ".join(sorted({connector for _, connector in (*LINES, BREVO)}))
    raise LeadsError(f"There is no stand-in for {service!r} to play with; there are {known}.")


def rewrite(folder: Path, lines: Mapping[str, Mapping[str, Any]]) -> None:
    """In the copy: the stand-ins, and autonomy enough that something is written at all."""
    told = {"form_sources": {INBOX: {"connector": INBOX}}}
    told |= {kind: {**line, "autonomy": "draft"} for kind, line in lines.items()}
    # JSON is YAML, one line a kind
    text = "".join(f"{kind}: {json.dumps(line)}\n" for kind, line in told.items())
    (folder / "connections.yaml").write_text(text, encoding="utf-8")
    rules = folder / "playbook.yaml"
    rules.write_text(_AUTONOMY.sub("autonomy: draft", rules.read_text(encoding="utf-8")), encoding="utf-8")


@contextmanager
def _no_pauses() -> Generator[None]:
    """What is asked again within one call is asked at once: the clock is not the real one."""
    with stamina.set_testing(True, attempts=2, cap=True):
        yield


@dataclass
class Play:
    kind: Kind
    service: str
    stand_in: FakeService
    clock: Clock
    heard: list[Letter] = field(default_factory=list[Letter])

    def at(self) -> str:
        minutes, seconds = divmod(round(self.clock.passed.total_seconds()), 60)
        return f"{minutes:3d}:{seconds:02d}"

    def says(self, words: str, *more: str) -> None:
        out.print(f"{self.at()}  {words}", markup=False, soft_wrap=True)
        for line in more:
            out.print(f"          {line}", markup=False, soft_wrap=True)

    def open_sender(self, told: Told, audience: Audience, given: ConnectorContext) -> Sends:
        """Chat goes to the stand-in, or into the file; of the other ways nobody real is told."""
        chat = Destination(to=told.to, chat=audience.chat, owner=audience.owner)
        return _Heard(self, told, ChatSender.open(chat, given) if told.through == "chat" else None)


@dataclass(frozen=True)
class _Heard:
    play: Play
    told: Told
    chat: ChatSender | None

    async def send(self, letter: Letter) -> None:
        if self.chat is not None:
            await self.chat.send(letter)
        self.play.heard.append(letter)
        lines = [line for line in letter.body.splitlines() if line]
        self.play.says(f"you are told by {self.told.name}: {letter.title}", *lines)


def run(
    installation: Installation,
    ledger: Ledger,
    playbook: Playbook,
    play: Play,
    deliveries: Sequence[Delivery],
) -> None:
    """Half of the deliveries come when it has just begun to fail, the others while it does."""
    from orchestration_project.cli.processing import played  # noqa: PLC0415 - dagster is slow to import

    away, begins, ends = PLAYED[play.kind]
    first, second = deliveries[: len(deliveries) // 2], deliveries[len(deliveries) // 2 :]
    memory = Memory()
    with played(ledger, playbook, installation) as go_on:

        def tick() -> None:
            nonlocal memory
            while go_on():
                pass
            seen = open_seen(ledger, installation.home, installation.playbook)
            seen.memory = memory  # without Dagster's daemon, of which there is none here
            memory = look(seen, play.open_sender).memory
            play.clock.passed += TICK

        tick()
        play.says(f"{play.service} {begins}; {len(first)} sample submissions come, and later {len(second)}")
        play.stand_in.go_away(away)
        take_in(ledger, playbook, INBOX, first)
        ended = play.clock.passed + FAILS_FOR
        while play.clock.passed < ended:
            tick()
            if second and play.clock.passed >= ended - FAILS_FOR / 2:
                take_in(ledger, playbook, INBOX, second)
                second = []
        play.says(f"meanwhile: {_stand(ledger)}")
        if all(state.failures for state in _senders(ledger, installation)):
            play.says("nobody could be told: all ways of `alerts: tell:` go through it")
        play.stand_in.come_back()
        play.says(f"{play.service} {ends}")
        if needy := [each.ref for each in ledger.stories.list_leads() if each.status == "needs_person"]:
            play.says("you do what you were told: leads retry --status needs_person")
            ledger.by_hand.retry(needy)
        until = play.clock.passed + PATIENCE
        while play.clock.passed < until and not _is_over(ledger, _senders(ledger, installation)):
            tick()
        for _ in range(4):  # an end is told when it has been well for a minute
            tick()
    play.says(f"at the end: {_stand(ledger)}")
    _sum_up(ledger, play)


def _senders(ledger: Ledger, installation: Installation) -> list[SenderState]:
    """How each way to tell is at this moment."""
    rules = open_seen(ledger, installation.home, installation.playbook).audience.rules
    known = ledger.alerts.senders()
    return [known.get(told.name, SenderState(name=told.name)) for told in rules.tell]


def _is_over(ledger: Ledger, senders: Sequence[SenderState]) -> bool:
    counts, connections = ledger.stories.count(), ledger.connections.read().values()
    return (
        not any(counts.get(state, 0) for state in OPEN)
        and all(connection.state == "closed" for connection in connections)
        and not any(sender.failures for sender in senders)
    )


def _stand(ledger: Ledger) -> str:
    counts = {state.replace("_", " "): number for state, number in sorted(ledger.stories.count().items())}
    told = ", ".join(f"{number} {state}" for state, number in counts.items()) or "no lead"
    waits = ", ".join(f"{number} for {name}" for name, number in ledger.connections.waiting().items())
    return f"{told}{f' (waiting: {waits})' if waits else ''}"


def _sum_up(ledger: Ledger, play: Play) -> None:
    still = ledger.alerts.open()
    out.print(f"\nYou would have had {so_many(len(play.heard), 'message')}.")
    if not play.heard:
        out.print("Nothing was told: the leads got on without it, and no cause for an alert was seen.")
    for alert in still:
        out.print(f"Still open: {alert.trouble.what}", markup=False, soft_wrap=True)
        out.print(f"  {alert.trouble.mend}  {alert.trouble.command}", markup=False, soft_wrap=True)
    out.print("All of it was made up, in a folder of its own; the next drill begins anew.")
