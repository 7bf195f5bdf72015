"""Delivers what is due, by each sender by itself: of one that fails the others tell.

What is due is decided in `rules.py`. A letter is kept as delivered after it was: a crash in between tells
twice, and never not at all; a way that can look for what it has sent looks first.
"""

import pkgutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from typing import cast

import anyio
from sqlalchemy.exc import DBAPIError

from orchestration_project.clock import SKEW
from orchestration_project.connectors.alert import SENDERS
from orchestration_project.connectors.alert.interface import Destination, Sender, Sends
from orchestration_project.connectors.base import ConnectorContext
from orchestration_project.healing.fate import describe
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.alerts import Alert, SenderState, Telling
from orchestration_project.model.alerts import Letter, Trouble
from orchestration_project.playbook.alerts import Told
from orchestration_project.playbook.audience import Audience
from orchestration_project.timezones import zone
from orchestration_project.watch.alerts.rules import LONGEST_TRY_AGAIN, Due, due, told_now, try_again_at
from orchestration_project.watch.alerts.words import digest, letter, many
from orchestration_project.watch.opening import MARK

CAUSE = "sender"
MOST_AT_ONCE = 5
"""Messages of one tick to one sender; what is beyond them comes in one."""
NAMED = 5
"""Refs of leads that were set aside for one reason."""
SEND_SECONDS = 20.0
STILL_TOLD = timedelta(days=1)
"""What ended longer ago is nobody's news any more."""


@dataclass(frozen=True)
class Post:
    """One letter of one sender, and what is to be kept once it is delivered."""

    letter: Letter
    tellings: tuple[Telling, ...] = ()


@dataclass(frozen=True)
class Round:
    """What came of a round."""

    delivered: int = 0
    failing: tuple[str, ...] = ()
    all_fail: bool = False  # nobody can be told anything


def open_sender(told: Told, audience: Audience, given: ConnectorContext) -> Sends:
    """Raises SettingError where the environment lacks what it needs."""
    kind = cast("type[Sender]", pkgutil.resolve_name(SENDERS[told.through]))
    return kind.open(Destination(to=told.to, chat=audience.chat, owner=audience.owner), given)


OpenSender = Callable[[Told, Audience, ConnectorContext], Sends]


@dataclass(frozen=True)
class Teller:
    ledger: Ledger
    audience: Audience
    given: Callable[[], ConnectorContext]
    """Only asked when there is something to send."""
    open: OpenSender = open_sender
    """A drill's tells nobody who is not there."""

    @property
    def zone(self) -> tzinfo:
        return zone(self.audience.time_zone)

    def tell(self) -> Round:
        """All that is due now. Does nothing while another process tells."""
        with self.ledger.alerts.only_teller() as mine:
            if not mine:
                return Round()
            return self._tell()

    def _tell(self) -> Round:
        now, alerts = self.ledger.clock(), self.ledger.alerts
        recent = alerts.recent(now - STILL_TOLD)
        tellings, states = alerts.tellings(recent), alerts.senders()
        posts = {
            told.name: found
            for told in self.audience.rules.tell
            if _may_try(states.get(told.name), now)
            and (found := self._posts(told, recent, tellings, states, now))
        }
        delivered = anyio.run(self._send_all, posts, states) if posts else {}
        failing = self._say_who_fails()
        return Round(
            delivered=sum(delivered.values()),
            failing=failing,
            all_fail=len(failing) == len(self.audience.rules.tell) and bool(failing),
        )

    def _posts(
        self,
        told: Told,
        recent: Sequence[Alert],
        tellings: Mapping[tuple[int, str], Telling],
        states: Mapping[str, SenderState],
        now: datetime,
    ) -> list[Post]:
        local = now.astimezone(self.zone)
        found = [
            one
            for alert in recent
            # that a sender fails, itself cannot tell
            if not (alert.trouble.cause == CAUSE and alert.trouble.subject == told.name)
            if (
                one := due(
                    alert,
                    tellings.get((alert.id, told.name)),
                    states.get(told.name),
                    told,
                    self.audience.rules,
                    now,
                    local,
                )
            )
        ]
        posts = [self._post([one], told.name, now) for one in found[:MOST_AT_ONCE]]
        if rest := found[MOST_AT_ONCE:]:
            posts.append(self._post(rest, told.name, now))
        return posts

    def _post(self, news: list[Due], sender: str, now: datetime) -> Post:
        text = letter(news[0], now, self.zone) if len(news) == 1 else many(news, now, self.zone)
        return Post(text, tuple(told_now(one, sender, now) for one in news))

    async def _send_all(
        self, posts: Mapping[str, Sequence[Post]], states: Mapping[str, SenderState]
    ) -> dict[str, int]:
        """How many letters each has delivered. Raises DBAPIError once all have tried, where the ledger is
        away: what was delivered is told again then."""
        given = self.given()
        delivered: dict[str, int] = {}
        away: list[DBAPIError] = []
        try:
            async with anyio.create_task_group() as group:
                for told in self.audience.rules.tell:
                    if told.name in posts:
                        group.start_soon(self._send, told, posts[told.name], states, given, delivered, away)
        finally:
            await given.aclose()
        if away:  # outside of the group, which would wrap it
            raise away[0]
        return delivered

    async def _send(
        self,
        told: Told,
        posts: Sequence[Post],
        states: Mapping[str, SenderState],
        given: ConnectorContext,
        delivered: dict[str, int],
        away: list[DBAPIError],
    ) -> None:
        state = states.get(told.name) or SenderState(name=told.name)
        try:
            sender = self.open(told, self.audience, given)
            for post in posts:
                with anyio.fail_after(SEND_SECONDS):
                    await sender.send(post.letter)
                self.ledger.alerts.delivered(told.name, post.tellings)
                delivered[told.name] = delivered.get(told.name, 0) + 1
        except DBAPIError as error:
            away.append(error)
        except Exception as error:  # noqa: BLE001 - told of as a way that fails, and the others go on
            took_none = f"{told.through} took no message within {SEND_SECONDS:g} seconds."
            said = took_none if isinstance(error, TimeoutError) else describe(error)
            self.ledger.alerts.failed(told.name, said, try_again_at(state.failures, self.ledger.clock()))

    def _say_who_fails(self) -> tuple[str, ...]:
        """A sender that fails is a trouble like others, told by the others from the next round on."""
        names = {told.name for told in self.audience.rules.tell}
        failing = [
            state for state in self.ledger.alerts.senders().values() if state.failures and state.name in names
        ]
        self.ledger.alerts.observe(CAUSE, [_trouble(state) for state in failing])
        return tuple(state.name for state in failing)

    def tell_digest(self) -> bool:
        """The daily inventory, where its time has come: to each sender once a day. Answers whether it was."""
        at, now = self.audience.rules.digest, self.ledger.clock()
        local = now.astimezone(self.zone)
        if at is None or local.time() < at:
            return False
        marks = self.ledger.marks.read()
        if MARK not in marks:
            # an installation that begins at ten has missed no inventory of eight
            for told in self.audience.rules.tell:
                self.ledger.marks.set(f"digest {told.name}")
            return False
        lacking = [
            told
            for told in self.audience.rules.tell
            if (last := marks.get(f"digest {told.name}")) is None
            or last.at.astimezone(self.zone).date() != local.date()
        ]
        states = self.ledger.alerts.senders()
        lacking = [told for told in lacking if _may_try(states.get(told.name), now)]
        if not lacking:
            return False
        with self.ledger.alerts.only_teller() as mine:
            if not mine:
                return False
            alerts = self.ledger.alerts.recent(now - STILL_TOLD)
            held = self.ledger.watching.set_aside(now - STILL_TOLD, NAMED)
            text = digest(alerts, marks, self.ledger.stories.count(), held, now, self.zone)
            delivered = anyio.run(self._send_all, {told.name: [Post(text)] for told in lacking}, states)
            for name in delivered:
                self.ledger.marks.set(f"digest {name}")
        return bool(delivered)


def _may_try(state: SenderState | None, now: datetime) -> bool:
    if state is None or state.try_at is None:
        return True
    # so far off it was noted by a clock that ran ahead
    return state.try_at <= now or state.try_at - now > LONGEST_TRY_AGAIN + SKEW


def _trouble(state: SenderState) -> Trouble:
    return Trouble(
        cause=CAUSE,
        subject=state.name,
        severity="warning",
        what=f"Alerts by {state.name.partition(' ')[0]} do not arrive.",
        since=state.failing_since,
        times=state.failures,
        said=state.said,
        mend="Until it is mended the other ways of `alerts: tell:` are used; what was missed comes later.",
        command="leads alerts",
    )
