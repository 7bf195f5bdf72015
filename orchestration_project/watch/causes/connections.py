"""Connections that are away, and what is known to end: credentials, models, versions of an interface."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta

import anyio

from orchestration_project.clock import has_passed
from orchestration_project.connectors.base import Connector, Health
from orchestration_project.connectors.credential_ends import WARN_BEFORE, known_ends
from orchestration_project.connectors.opened import FORM_SOURCE, Line, credentials_of, lines_of, open_line
from orchestration_project.errors import LeadsError, without_promise
from orchestration_project.healing.fate import PLAYBOOK
from orchestration_project.ledger.connections import ConnectionState, Why
from orchestration_project.model import Frozen
from orchestration_project.model.alerts import ASKED, Severity, Trouble
from orchestration_project.playbook.audience import CRM_SOURCE
from orchestration_project.watch.causes.base import Seen
from orchestration_project.watch.scopes import Rights, look_at_rights, troubles

GRACE: dict[Why, timedelta] = {
    "down": timedelta(minutes=1),
    "changed": timedelta(minutes=1),
    "limited": timedelta(minutes=10),
}
"""A hiccup is nobody's news; a credential that is refused is at once."""
_WHY: dict[Why, str] = {
    "down": "does not answer as it should",
    "limited": "asks us to wait",
    "refused": "refuses our credential",
    "set_up": "is not set up as it must be",
    "changed": "answers what this version cannot use",
}
_OF_MANY: dict[Why, str] = {
    "down": "do not answer as they should",
    "limited": "ask us to wait",
    "refused": "refuse our credential",
    "set_up": "are not set up as they must be",
    "changed": "answer what this version cannot use",
}
_MEANWHILE = {"ai": "leads are scored again by themselves", "company": "new leads have it again"}
"""What becomes of leads that did not wait for it."""
CHECK_SECONDS = 20.0
_SHORT = frozenset({"ai", "crm"})
SOON = timedelta(days=14)


class Ending(Frozen):
    """Something of a service that its makers have said will end."""

    connector: str  # of connections.yaml
    what: str
    on: date
    mend: str


ENDINGS = (
    # `VERSION`, `FORMS` and `SUBMISSIONS` of connectors/hubspot_api.py
    Ending(
        connector="hubspot_forms",
        what="versions 1 and 3 of HubSpot's forms interfaces",
        on=date(2027, 9, 1),
        mend="Update this program before: a version that uses HubSpot's dated interfaces is needed.",
    ),
    Ending(
        connector="hubspot",
        what="version 2026-09 of HubSpot's interface",
        on=date(2028, 3, 1),
        mend="Update this program before: a version that uses a newer one is needed.",
    ),
)
"""Our own list, of what no service tells when it is asked."""


_VENDORS = {"hubspot": "HubSpot", "hubspot_forms": "HubSpot", "typeform": "Typeform", "tally": "Tally"}
"""Of which there can be more than one line."""
_SIGN_INS: Mapping[str, str] = dict.fromkeys(["gmail", "google", "drive"], "Google sign-in")
"""What signs in with one credential, which is refused to all of them or to none."""
_GRAVEST: tuple[Why, ...] = ("refused", "set_up", "changed", "down", "limited", "")


def away(seen: Seen) -> Iterator[Trouble]:
    """One trouble a service, however many connections lead to it: HubSpot's forms and its CRM go together,
    and so does what signs in with one credential."""
    waiting, connectors = seen.ledger.connections.waiting(), _connectors(seen)
    together: dict[str, list[ConnectionState]] = defaultdict(list)
    for state in seen.connections.values():
        if state.state != "closed" and state.since and has_passed(_grace(state, seen), state.since, seen.now):
            together[_whose(state, connectors)].append(state)
    for subject, states in together.items():
        states.sort(key=lambda state: (_GRAVEST.index(state.why), state.since, state.name))
        leads = sum(waiting.get(state.name, 0) for state in states)
        yield _away(subject, states, leads, connectors, _to_renew(seen, states))


def _whose(state: ConnectionState, connectors: Mapping[str, str]) -> str:
    """What all connections have in common that are away for one reason."""
    connector = connectors.get(state.name, "")
    sign_in = _SIGN_INS.get(connector, "") if state.why == "refused" else ""
    return sign_in or vendor(connector) or state.name


def vendor(connector: str) -> str:
    """The same of two lines, where one service is behind both. Empty: it has one line, or there are more."""
    return _VENDORS.get(connector, "")


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


def _to_renew(seen: Seen, states: Sequence[ConnectionState]) -> tuple[str, ...]:
    """The variables of what is refused."""
    refused = {state.name for state in states if state.why == "refused"}
    if not refused or seen.playbook is None:
        return ()
    lines = [
        line
        for line in lines_of(seen.playbook.connections)
        if {line.name, f"{line.kind} {line.name}"} & refused
        or (line.kind == "crm" and f"{FORM_SOURCE} {CRM_SOURCE}" in refused)
    ]
    given = seen.given()
    try:
        return tuple(dict.fromkeys(name for line in lines for name in credentials_of(line, given)))
    finally:
        anyio.run(given.aclose)


def _away(
    subject: str,
    states: Sequence[ConnectionState],
    waiting: int,
    connectors: Mapping[str, str],
    to_renew: Sequence[str],
) -> Trouble:
    """`states`, the gravest first, are away for one reason."""
    state, many = states[0], len(states) > 1
    mends_itself = state.why in ("down", "limited")
    severity: Severity = "warning" if mends_itself else "urgent"
    name = " and ".join(_named(each.name, connectors) for each in states)
    meanwhile = _MEANWHILE.get(state.name, "leads go on by themselves")
    if state.name == PLAYBOOK:
        what, mend = "The rules do not cover a lead.", "Mend the playbook; leads go on by themselves then."
    else:
        what = f"{_begun(name)} {(_OF_MANY if many else _WHY).get(state.why, 'is away')}."
        goes_on = f"Nothing, unless it lasts; {meanwhile} once it is well."
        renew = f"Renew {' or '.join(to_renew)}" if to_renew else "Mend what it names"
        mend = goes_on if mends_itself else f"{renew}; {meanwhile} then."
    return Trouble(
        cause="connection",
        subject=subject,
        severity=severity,
        what=what,
        since=min((each.since for each in states if each.since), default=None),
        leads=waiting,
        times=sum(each.failures + each.probes for each in states),
        service=subject if many else connectors.get(state.name) or state.name,
        said=without_promise(state.said),
        mend=mend,
        command="leads doctor",
    )


def _named(name: str, connectors: Mapping[str, str]) -> str:
    connector, told = connectors.get(name, ""), name.replace("form_source ", "the source ")
    return f"{told} ({connector})" if connector else told


def ends(seen: Seen) -> Iterator[Trouble]:
    """What is known to end, by our own list and by the owner's."""
    today = seen.now.astimezone(seen.zone).date()
    used = set(_connectors(seen).values())
    for ending in ENDINGS:
        if ending.connector in used and ending.on - today <= WARN_BEFORE:
            yield ending_trouble(ending.what, ending.on, ending.mend, today)
    for name, on in _told_by_themselves(seen):
        if on - today <= WARN_BEFORE and name not in seen.audience.rules.ends:
            yield ending_trouble(name, on, f"Renew {name}; leads wait from that day on.", today)
    for what, on in seen.audience.rules.ends.items():
        if on - today <= WARN_BEFORE:
            mend = "Renew it, and write its new date under `alerts: ends:` in playbook.yaml."
            yield ending_trouble(what, on, mend, today)


def _told_by_themselves(seen: Seen) -> Iterator[tuple[str, date]]:
    """The credentials that say when they end."""
    if seen.playbook is None:
        return
    given = seen.given()
    try:
        lines = lines_of(seen.playbook.connections)
        yield from {name: on for line in lines for name, on in known_ends(line, given).items()}.items()
    finally:
        anyio.run(given.aclose)


def ending_trouble(what: str, on: date, mend: str, today: date, cause: str = "ends") -> Trouble:
    left = (on - today).days
    when = "has ended" if left < 0 else "ends today" if left == 0 else f"ends on {on}, in {left} days"
    severity: Severity = "note" if on - today > SOON else "warning" if left >= 0 else "urgent"
    return Trouble(cause=cause, subject=what, severity=severity, what=f"{_begun(what)} {when}.", mend=mend)


def asked(seen: Seen) -> Iterator[Trouble]:
    """What each service says of itself, asked a few times a day, before a lead meets it."""
    if seen.playbook is None:
        return
    connectors = _connectors(seen)
    told = {vendor(connectors.get(name, "")) for name in seen.connections if seen.is_away(name)} - {""}
    lines = [
        line
        for line in lines_of(seen.playbook.connections)
        if not line.connector_class.embedded
        and not seen.is_away(line.name)
        and not seen.is_away(f"{line.kind} {line.name}")
        and vendor(line.connection.connector) not in told
    ]
    today = seen.now.astimezone(seen.zone).date()
    for line, health in anyio.run(_ask_all, seen, lines) if lines else ():
        yield from of_health(line, health, today)


def rights(seen: Seen) -> Iterator[Trouble]:
    """What credentials may do, too little or too much."""
    if seen.playbook is None:
        return
    lines = lines_of(seen.playbook.connections)
    if all(line.connector_class.embedded for line in lines):
        return
    given = seen.given()

    async def ask() -> tuple[Rights, ...]:
        try:
            return await look_at_rights(lines, given)
        finally:
            await given.aclose()

    yield from troubles(anyio.run(ask))


def of_health(line: Line, health: Health, today: date) -> Iterator[Trouble]:
    connector = line.connection.connector
    name = f"{line.name} ({connector})"
    if health.ends is not None and health.ok:
        if health.ends - today <= WARN_BEFORE:
            yield ending_trouble(f"what {name} depends on", health.ends, health.mend, today, cause=ASKED)
        return
    if not health.ok or health.mend:
        yield Trouble(
            cause=ASKED,
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
        await given.aclose()
    return answers


def _begun(words: str) -> str:
    """As a sentence begins."""
    first, space, rest = words.partition(" ")
    return f"{first.upper() if first in _SHORT else first[:1].upper() + first[1:]}{space}{rest}"
