"""A drill as it is played: the live machinery on a clock that is moved, and what is said of it meanwhile.

Nothing real is asked, and nobody real is told. What is put in place for it is `drill.py`.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from orchestration_project.cli.services_demo import INBOX
from orchestration_project.cli.view import out
from orchestration_project.clock import utc_now
from orchestration_project.connectors.alert.chat import ChatSender
from orchestration_project.connectors.alert.interface import Destination, Sends
from orchestration_project.connectors.base import ConnectorContext
from orchestration_project.fake_services.base import FakeService
from orchestration_project.fake_services.faults import Away
from orchestration_project.fake_services.forms import Form
from orchestration_project.installation import Installation
from orchestration_project.intake import take_in
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.alerts import SenderState
from orchestration_project.model import OPEN, Delivery
from orchestration_project.model.alerts import Letter
from orchestration_project.playbook.alerts import Told
from orchestration_project.playbook.audience import Audience
from orchestration_project.playbook.model import Playbook
from orchestration_project.text import so_many
from orchestration_project.watch.causes.base import Memory
from orchestration_project.watch.causes.table import CAUSES
from orchestration_project.watch.look import look
from orchestration_project.watch.opening import open_seen

TICK = timedelta(seconds=30)
"""So often the watch looks, and the dispatcher when there is nothing to do."""
FAILS_FOR = timedelta(minutes=20)
PATIENCE = timedelta(minutes=45)
"""So long after its end it is looked on, until all is well and told."""
_OF_A_SERVICE = ("needs_person", "connection", "answers", "late", "backlog")
"""What a service that fails can lead to. The samples are made up, and so would be what others say of them."""
ASKED_OF = tuple(cause for cause in CAUSES if cause.name in _OF_A_SERVICE)


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


@dataclass
class Play:
    kind: Kind
    service: str
    stand_in: FakeService
    clock: Clock
    form: Form | None = None
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
    """A third of the deliveries come when it has just begun to fail, as many while it does, the rest once it
    is well again."""
    from orchestration_project.cli.processing import played  # noqa: PLC0415 - dagster is slow to import

    third = -(-len(deliveries) // 3)
    first, second, last = deliveries[:third], deliveries[third : 2 * third], deliveries[2 * third :]
    with played(ledger, playbook, installation) as go_on:
        course = _Course(installation, ledger, playbook, play, go_on)
        course.tick()
        course.fail(first, second)
        course.heal(last)
    play.says(f"at the end: {_stand(ledger)}")
    _sum_up(ledger, play)


@dataclass
class _Course:
    """What happens, tick by tick."""

    installation: Installation
    ledger: Ledger
    playbook: Playbook
    play: Play
    go_on: Callable[[], int]
    memory: Memory = field(default_factory=Memory)

    def tick(self) -> None:
        while self.go_on():
            pass
        seen = open_seen(self.ledger, self.installation.home, self.installation.playbook)
        seen.memory = self.memory  # without Dagster's daemon, of which there is none here
        self.memory = look(seen, self.play.open_sender, ASKED_OF).memory
        self.play.clock.passed += TICK

    def come(self, deliveries: Sequence[Delivery]) -> None:
        if self.play.form is None:
            take_in(self.ledger, self.playbook, INBOX, deliveries)
        else:
            fill_in(self.play.form, deliveries, self.play.clock())

    def fail(self, first: Sequence[Delivery], second: Sequence[Delivery]) -> None:
        play = self.play
        away, begins, _ = PLAYED[play.kind]
        play.says(f"{play.service} {begins}; {len(first)} sample submissions come, and later {len(second)}")
        play.stand_in.go_away(away)
        self.come(first)
        begun = play.clock.passed
        for moment in (begun + FAILS_FOR / 2, begun + FAILS_FOR):
            self._until(moment)
            self.come(second)
            second = ()
        play.says(f"meanwhile: {_stand(self.ledger)}")
        if all(state.failures for state in self._senders()):
            play.says("nobody could be told: all ways of `alerts: tell:` go through it")

    def _until(self, passed: timedelta) -> None:
        while self.play.clock.passed < passed:
            self.tick()

    def heal(self, last: Sequence[Delivery]) -> None:
        play = self.play
        play.stand_in.come_back()
        play.says(f"{play.service} {PLAYED[play.kind][2]}; {len(last)} more come")
        self.come(last)
        needy = [each.ref for each in self.ledger.stories.list_leads() if each.status == "needs_person"]
        if needy:
            play.says(f"you do what you were told, for {len(needy)}: leads retry --status needs_person")
            self.ledger.by_hand.retry(needy)
        until = play.clock.passed + PATIENCE
        while play.clock.passed < until and not self._is_over():
            self.tick()
        for _ in range(4):  # an end is told when it has been well for a minute
            self.tick()

    def _senders(self) -> list[SenderState]:
        """How each way to tell is at this moment."""
        rules = open_seen(self.ledger, self.installation.home, self.installation.playbook).audience.rules
        known = self.ledger.alerts.senders()
        return [known.get(told.name, SenderState(name=told.name)) for told in rules.tell]

    def _is_over(self) -> bool:
        counts, connections = self.ledger.stories.count(), self.ledger.connections.read().values()
        return (
            not any(counts.get(state, 0) for state in OPEN)
            and all(connection.state == "closed" for connection in connections)
            and not any(sender.failures for sender in self._senders())
        )


def fill_in(form: Form, deliveries: Sequence[Delivery], at: datetime) -> None:
    """What a form can ask: submissions that are no flat JSON object come by another way."""
    for number, delivery in enumerate(deliveries):
        try:
            given = json.loads(delivery.raw)
        except ValueError:
            continue
        if isinstance(given, dict):
            form.fill_in(delivery.external_id or f"{at.timestamp():.0f}-{number}", at, given)


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
    elif not still:
        out.print("All of it has ended, and that was told, too.")
    for alert in still:
        out.print(f"Still open: {alert.trouble.what}", markup=False, soft_wrap=True)
        out.print(f"  {alert.trouble.mend}  {alert.trouble.command}", markup=False, soft_wrap=True)
    out.print("All of it was made up, in a folder of its own; the next drill begins anew.")
