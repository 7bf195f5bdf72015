"""`leads alerts`: what is broken, and who was told of it; and what is broken, for `leads doctor`."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Annotated

import anyio
import typer

from orchestration_project.cli.findings import Finding
from orchestration_project.cli.options import Json
from orchestration_project.cli.session import Session, owners_zone, session
from orchestration_project.cli.view import out, print_json
from orchestration_project.clock import utc_now
from orchestration_project.connecting import connector_context
from orchestration_project.connectors.opened import credentials_of, lines_of
from orchestration_project.errors import LeadsError
from orchestration_project.ledger.alerts import Alert, SenderState, Telling
from orchestration_project.model.alerts import ASKED, Trouble
from orchestration_project.playbook.model import Playbook
from orchestration_project.watch.alerts.words import details, span
from orchestration_project.watch.causes.answers import CAUSE as ANSWERS
from orchestration_project.watch.causes.answers import unusable_of
from orchestration_project.watch.scopes import CAUSE as SCOPES

_STYLE = {"urgent": "bold red", "warning": "yellow", "note": "dim"}


def alerts(
    days: Annotated[int, typer.Option(min=0, max=3650, help="Also what ended in the last so many days.")] = 1,
    as_json: Json = False,
) -> None:
    """What is broken now, since when, what to do, and who was told; then what has ended."""
    with session() as desk:
        found = desk.ledger.alerts.recent(desk.ledger.clock() - timedelta(days=days))
        tellings = desk.ledger.alerts.tellings(found)
        if as_json:
            print_json([_told(alert, tellings) for alert in found])
            return
        _print(desk, found, tellings)


def _told(alert: Alert, tellings: dict[tuple[int, str], Telling]) -> dict[str, object]:
    told = [telling.model_dump(mode="json") for (id_, _), telling in tellings.items() if id_ == alert.id]
    return {**alert.model_dump(mode="json"), "told": told}


def _print(desk: Session, found: tuple[Alert, ...], tellings: dict[tuple[int, str], Telling]) -> None:
    now, zone = utc_now(), owners_zone(desk.installation)
    broken = [alert for alert in found if alert.ended_at is None]
    if not broken:
        out.print(_nothing(desk, now), soft_wrap=True)
    for alert in broken:
        out.print(f"[{_STYLE[alert.severity]}]{alert.severity}[/] ", end="")
        out.print(alert.trouble.what, markup=False, soft_wrap=True)
        for line in (*details(alert, now, zone), _who(alert, tellings), alert.trouble.link):
            if line:
                out.print(f"    {line}", markup=False, soft_wrap=True)
    over = [alert for alert in found if alert.ended_at is not None]
    if over:
        out.print("\n[bold]Over[/]")
    for alert in over:
        ended = alert.ended_at or now
        line = f"    {ended.astimezone(zone):%a %d %b %H:%M}  {alert.trouble.what}"
        out.print(f"{line} (for {span(ended - alert.opened_at)})", markup=False, soft_wrap=True)


def _nothing(desk: Session, now: datetime) -> str:
    """Where no watch looks, that it has noted nothing means nothing."""
    from orchestration_project.watch.opening import MARK  # noqa: PLC0415 - the playbook, and senders
    from orchestration_project.watch.silence import SILENT_AFTER  # noqa: PLC0415

    looks = "It looks while `make dev`, or in production Dagster's daemon, runs; `leads doctor` looks now."
    mark = desk.ledger.marks.read().get(MARK)
    if mark is None:
        return f"The watch has never looked, so nothing is known to be broken. {looks}"
    if now - mark.at > SILENT_AFTER:
        return f"Nothing was broken when the watch looked last, {span(now - mark.at)} ago. {looks}"
    return "Nothing is broken, as far as the watch sees."


def _who(alert: Alert, tellings: dict[tuple[int, str], Telling]) -> str:
    told = [
        f"{telling.sender} {span(utc_now() - telling.told_at)} ago"
        for (id_, _), telling in tellings.items()
        if id_ == alert.id and telling.told_at
    ]
    return f"Told: {', '.join(told)}." if told else "Nobody was told of it yet."


def alert_findings(desk: Session, playbook: Playbook | None) -> Iterator[Finding]:
    """What the watch knows and no other line of the doctor's says, and ways to tell that fail."""
    elsewhere, signs_in = {"connection", "needs_person", "to_check", "sender"}, set[str]()
    if playbook is not None:
        # looked at now, also where no watch runs: nothing else here tells of what leads go on without
        elsewhere |= {ANSWERS, ASKED}
        signs_in = set(_credentials(desk, playbook))
        yield from (_found(trouble) for trouble in unusable_of(playbook.connections, desk.ledger))
    for alert in desk.ledger.alerts.open():
        trouble = alert.trouble
        no_more = playbook is not None and trouble.cause == SCOPES and trouble.subject not in signs_in
        if trouble.cause not in elsewhere and not no_more:
            yield _found(trouble.model_copy(update={"severity": alert.severity}))
    yield from (_sender(state) for state in desk.ledger.alerts.senders().values() if state.failures)


def _credentials(desk: Session, playbook: Playbook) -> Iterator[str]:
    """The variables by which any line of connections.yaml signs in."""
    given = connector_context(playbook, desk.installation.home, desk.ledger)
    try:
        for line in lines_of(playbook.connections):
            yield from credentials_of(line, given)
    finally:
        anyio.run(given.aclose)


def _found(trouble: Trouble) -> Finding:
    return Finding(
        what="alert",
        service=" ".join(filter(None, (trouble.cause.replace("_", " "), trouble.subject))),
        state="broken" if trouble.severity == "urgent" else "remark",
        says=" ".join(filter(None, (trouble.what, trouble.said))),
        mend=trouble.mend,
    )


def sole_sender(playbook: Playbook) -> Iterator[Finding]:
    """One way to be told is none where it fails. Of stand-ins and trials nobody has to be told."""
    ways = {told.through for told in playbook.alerts.tell}
    real = any(not line.connector_class.embedded for line in lines_of(playbook.connections))
    if len(ways) == 1 and real:
        yield Finding(
            what="alerts",
            state="remark",
            says=f"Alerts go one way only, by {ways.pop()}: while that is broken, nobody is told.",
            mend="Name a second one under `alerts:` in playbook.yaml, such as email (docs/operate.md).",
        )


def _sender(state: SenderState) -> Finding:
    since = f" since {state.failing_since:%Y-%m-%d %H:%M} UTC" if state.failing_since else ""
    return Finding(
        what="alerts",
        service=state.name,
        state="broken",
        says=f"Alerts do not arrive{since}. {state.said}",
        mend="What was missed comes once it works.",
    )


def look_from_outside() -> None:
    """For a cron on another machine, with the same database and playbook: is the watch there? Told to the
    same people if not. Raises LeadsError then."""
    from orchestration_project.watch.opening import open_seen  # noqa: PLC0415 - the playbook, and senders
    from orchestration_project.watch.silence import look_for_silence  # noqa: PLC0415

    with session() as desk:
        found = look_for_silence(open_seen(desk.ledger, desk.installation.home, desk.installation.playbook))
    if found.trouble is not None:
        told = "" if found.told.all_fail else f" {found.told.delivered} message(s) were sent."
        raise LeadsError(f"{found.trouble.what}{told} {found.trouble.mend}")
    failing = (
        f" These ways to tell do not work: {', '.join(found.told.failing)}." if found.told.failing else ""
    )
    if failing:
        raise LeadsError(f"The watch is there.{failing}")
    out.print("The watch is there.")
