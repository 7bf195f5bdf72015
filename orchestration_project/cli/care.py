"""`leads doctor`: what works, what is missing, and what to do about it. It changes nothing.

What it asks, and in which words it tells, is in `findings.py`, `standing.py` and `alerts.py`.
"""

import platform
from importlib.metadata import version
from typing import Annotated

import typer
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from orchestration_project.cli.alerts import alert_findings, look_from_outside, sole_sender
from orchestration_project.cli.findings import (
    Finding,
    connection_findings,
    scope_findings,
)
from orchestration_project.cli.findings_view import print_findings
from orchestration_project.cli.session import Session, here, read_playbook, session
from orchestration_project.cli.standing import lead_findings
from orchestration_project.cli.view import print_json
from orchestration_project.errors import InstallationError, LeadsError
from orchestration_project.installation import Installation, make_home
from orchestration_project.ledger.pooling import keeps_dagsters_schema, keeps_sessions
from orchestration_project.playbook.model import Playbook
from orchestration_project.private_files import others_may_read

_LENDS = (
    "LEADS_DATABASE_URL leads to a pooler that lends its sessions for one transaction at a time, as "
    "PgBouncer does with pool_mode = transaction. No lock holds there: two runs would work on one lead."
)
_DROPS = (
    "LEADS_DATABASE_URL leads to a pooler that does not hand on `options`, by which Dagster's tables get a "
    "schema of their own."
)
_DIRECT = (
    "Give it the address of the server itself, whose port is 5432 as a rule; a pooler in session mode that "
    "hands on `options` will do, too. Then ask again: the connections have not been looked at."
)


def doctor(
    as_json: Annotated[bool, typer.Option("--json")] = False,
    watch: Annotated[
        bool,
        typer.Option(
            "--watch", help="Only whether the watch is there; tells people if not. For cron elsewhere."
        ),
    ] = False,
    scopes: Annotated[
        bool, typer.Option("--scopes", help="Only what each credential may do: too little, too much.")
    ] = False,
) -> None:
    """What works, what is missing, and what to do about it."""
    if watch:
        look_from_outside()
        return
    findings = _rights() if scopes else _examine()
    if as_json:
        print_json(findings)
    else:
        print_findings(findings)
    broken = [finding.what for finding in findings if finding.state == "broken"]
    if broken:
        raise LeadsError(f"To mend: {', '.join(broken)}.")


def _rights() -> tuple[Finding, ...]:
    with session() as desk:
        found = scope_findings(desk, read_playbook(desk.installation))
    none = Finding(what="scopes", state="ok", says="No line of connections.yaml has a credential.")
    return found or (none,)


def _examine() -> tuple[Finding, ...]:
    installation = here()
    barred = _barred_home(installation)
    findings = [
        Finding(what="python", state="ok", says=platform.python_version()),
        Finding(what="dagster", state="ok", says=f"{version('dagster')}, web {version('dagster-webserver')}"),
        barred or _home(installation),
    ]
    if installation.own_dagster is not None and barred is None:
        says = f"{installation.own_dagster}: Dagster's records are there, not in LEADS_HOME"
        findings.append(Finding(what="DAGSTER_HOME", state="ok", says=says))
    playbook: Playbook | None = None
    try:
        playbook = read_playbook(installation)
        findings.append(
            Finding(what="playbook", state="ok", says=f"{installation.playbook}, version {playbook.version}")
        )
    except LeadsError as error:
        says = " ".join(str(error).splitlines()[:2])
        findings.append(Finding(what="playbook", state="broken", says=says, mend="leads check-playbook"))
    if barred is not None:
        return tuple(findings)  # nothing can be opened there
    if (barred := _way_to_database(installation)) is not None:
        return (*findings, barred)
    try:
        with session() as desk:
            findings.append(_database(desk))
            findings.extend(lead_findings(desk))
            findings.extend(alert_findings(desk, playbook))
            if playbook is not None:
                findings.extend(sole_sender(playbook))
                findings.extend(connection_findings(desk, playbook))
    except LeadsError as error:
        findings.append(Finding(what="database", state="broken", says=str(error)))
    return tuple(findings)


def _barred_home(installation: Installation) -> Finding | None:
    try:
        make_home(installation)
    except InstallationError as error:
        return Finding(what=error.setting, state="broken", says=str(error))
    return None


def _home(installation: Installation) -> Finding:
    home = installation.home
    if others_may_read(home):
        return Finding(
            what="LEADS_HOME",
            state="broken",
            says=f"{home} can be read by other users of this machine, and its file system keeps it so.",
            mend="Set LEADS_HOME to a folder on a disk that knows rights.",
        )
    return Finding(what="LEADS_HOME", state="ok", says=f"{home}, readable by its owner only")


def _way_to_database(installation: Installation) -> Finding | None:
    """What stands between us and a server of one's own. It is looked at before the ledger is opened: what
    brings its tables up to date takes a lock, which would stay behind in a session of the pooler's."""
    url = installation.own_database
    if url is None:
        return None
    try:
        if not keeps_sessions(url):
            return Finding(what="database", state="broken", says=_LENDS, mend=_DIRECT)
        if not keeps_dagsters_schema(url):
            return Finding(what="database", state="broken", says=_DROPS, mend=_DIRECT)
    except (LeadsError, DBAPIError):
        pass  # is told where it is opened
    return None


def _database(desk: Session) -> Finding:
    with desk.ledger.engine.connect() as connection:
        server = connection.execute(text("SHOW server_version")).scalar_one()
    whose = "LEADS_DATABASE_URL" if desk.installation.own_database else "embedded"
    return Finding(what="database", state="ok", says=f"PostgreSQL {server}, {whose}")
