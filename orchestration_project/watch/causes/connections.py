"""Connections that are away, and what is known to end: credentials, models, versions of an interface."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

import anyio

from orchestration_project.connectors.base import Connector, Health
from orchestration_project.connectors.opened import Line, lines_of, open_line
from orchestration_project.errors import LeadsError, without_promise
from orchestration_project.healing.fate import PLAYBOOK
from orchestration_project.ledger.connections import ConnectionState, Why
from orchestration_project.model import Frozen
from orchestration_project.model.alerts import Severity, Trouble
from orchestration_project.playbook.audience import CRM_SOURCE
from orchestration_project.watch.causes.base import Seen

GRACE: dict[Why, timedelta] = {"down": timedelta(minutes=1), "limited": timedelta(minutes=10)}
"""A hiccup is nobody's news; a credential that is refused is at once."""
_WHY: dict[Why, str] = {
    "down": "does not answer as it should",
    "limited": "asks us to wait",
    "refused": "refuses our credential",
    "set_up": "is not set up as it must be",
}
CHECK_SECONDS = 20.0
WARN_BEFORE, SOON = timedelta(days=60), timedelta(days=14)


class Ending(Frozen):
    """Something of a service that its makers have said will end."""

    connector: str  # of connections.yaml
    what: str
    on: date
    mend: str


ENDINGS = (
    Ending(
        connector="hubspot",
        what="version 4 of HubSpot's associations interface",
        on=date(2027, 3, 30),
        mend="Update this program before: a version that uses HubSpot's dated interface is needed.",
    ),
    Ending(
        connector="hubspot",
        what="versions 1 to 3 of HubSpot's interfaces",
        on=date(2027, 9, 1),
        mend="Update this program before: a version that uses HubSpot's dated interfaces is needed.",
    ),
)
"""Our own list, of what no service tells when it is asked."""


def away(seen: Seen) -> Iterator[Trouble]:
    waiting = seen.ledger.connections.waiting()
    for state in seen.connections.values():
        if state.state != "closed" and state.since and seen.now - state.since >= _grace(state, seen):
            yield _away(state, waiting.get(state.name, 0), _connectors(seen))


def _grace(state: ConnectionState, seen: Seen) -> timedelta:
    grace = GRACE.get(state.why, timedelta())
    far = state.next_probe is not None and state.next_probe - seen.now > grace
    return timedelta() if state.why == "limited" and far else grace


def _connectors(seen: Seen) -> Mapping[str, str]:
    """The connector of each line, by the name of its connection."""
    if seen.playbook is None:
        return {}
    lines = lines_of(seen.playbook.connections)
    crm = {f"form_source {CRM_SOURCE}": seen.playbook.connections.crm.connector}
    return crm | {
        f"{line.kind} {line.name}" if line.kind == "form_source" else line.name: line.connection.connector
        for line in lines
    }


def _away(state: ConnectionState, waiting: int, connectors: Mapping[str, str]) -> Trouble:
    mends_itself = state.why in ("down", "limited")
    severity: Severity = "warning" if mends_itself else "urgent"
    connector = connectors.get(state.name, "")
    name = state.name.replace("form_source ", "the source ")
    name = f"{name} ({connector})" if connector else name
    if state.name == PLAYBOOK:
        what, mend = "The rules do not cover a lead.", "Mend the playbook; leads go on by themselves then."
    else:
        what = f"{_begun(name)} {_WHY.get(state.why, 'is away')}."
        goes_on = "Nothing, unless it lasts; leads go on by themselves once it is well."
        mend = goes_on if mends_itself else "Mend what it names; leads go on by themselves then."
    return Trouble(
        cause="connection",
        subject=state.name,
        severity=severity,
        what=what,
        since=state.since,
        leads=waiting,
        times=state.failures + state.probes,
        service=connector or state.name,
        said=without_promise(state.said),
        mend=mend,
        command="leads doctor",
    )


def ends(seen: Seen) -> Iterator[Trouble]:
    """What is known to end, by our own list and by the owner's."""
    today = seen.now.astimezone(seen.zone).date()
    used = set(_connectors(seen).values())
    for ending in ENDINGS:
        if ending.connector in used and ending.on - today <= WARN_BEFORE:
            yield ending_trouble(ending.what, ending.on, ending.mend, today)
    for what, on in seen.audience.rules.ends.items():
        if on - today <= WARN_BEFORE:
            mend = "Renew it, and write its new date under `alerts: ends:` in playbook.yaml."
            yield ending_trouble(what, on, mend, today)


def ending_trouble(what: str, on: date, mend: str, today: date, cause: str = "ends") -> Trouble:
    left = (on - today).days
    when = "has ended" if left < 0 else "ends today" if left == 0 else f"ends on {on}, in {left} days"
    severity: Severity = "note" if on - today > SOON else "warning" if left >= 0 else "urgent"
    return Trouble(cause=cause, subject=what, severity=severity, what=f"{_begun(what)} {when}.", mend=mend)


def asked(seen: Seen) -> Iterator[Trouble]:
    """What each service says of itself, asked a few times a day, before a lead meets it."""
    if seen.playbook is None:
        return
    lines = [
        line
        for line in lines_of(seen.playbook.connections)
        if not line.connector_class.embedded
        and not seen.is_away(line.name)
        and not seen.is_away(f"{line.kind} {line.name}")
    ]
    today = seen.now.astimezone(seen.zone).date()
    for line, health in anyio.run(_ask_all, seen, lines) if lines else ():
        yield from of_health(line, health, today)


def of_health(line: Line, health: Health, today: date) -> Iterator[Trouble]:
    connector = line.connection.connector
    name = f"{line.name} ({connector})"
    if health.ends is not None and health.ok:
        if health.ends - today <= WARN_BEFORE:
            yield ending_trouble(f"what {name} depends on", health.ends, health.mend, today, cause="asked")
        return
    if not health.ok or health.mend:
        yield Trouble(
            cause="asked",
            subject=f"{line.kind} {line.name}",
            severity="note" if health.ok else "warning",
            what=f"{_begun(name)} {'works, and needs something' if health.ok else 'does not work'}.",
            service=connector,
            said=health.says,
            mend=without_promise(health.mend),
            command="leads doctor",
        )


async def _ask_all(seen: Seen, lines: Sequence[Line]) -> list[tuple[Line, Health]]:
    given = seen.given()
    answers: list[tuple[Line, Health]] = []

    async def ask(line: Line, connector: Connector) -> None:
        with anyio.move_on_after(CHECK_SECONDS):  # that one does not answer, its connection tells
            answers.append((line, await connector.check()))

    try:
        async with anyio.create_task_group() as group:
            for line in lines:
                try:
                    group.start_soon(ask, line, open_line(line, given))
                except LeadsError as error:
                    answers.append((line, Health(ok=False, says=str(error))))
    finally:
        await given.http.aclose()
    return answers


def _begun(words: str) -> str:
    """As a sentence begins."""
    return f"{words[:1].upper()}{words[1:]}"
