"""`leads playbook diff | log | promote | rollback`: which rules went live when, and the way there and back.

The gate and the files are `history/releasing/`; comparing takes pandas, so only `promote` imports it.
"""

import getpass
from functools import partial
from typing import Annotated

import anyio
import typer

from orchestration_project.cli.session import Session, read_playbook, session
from orchestration_project.cli.view import out, print_json
from orchestration_project.errors import LeadsError, PlaybookError
from orchestration_project.ledger.releases import before_live
from orchestration_project.offer import capabilities
from orchestration_project.playbook.candidates import candidate_names
from orchestration_project.playbook.changes import changes
from orchestration_project.playbook.model import Playbook
from orchestration_project.timezones import zone

Json = Annotated[bool, typer.Option("--json", help="Machine-readable; the keys stay as they are.")]
_RULES = "A candidate, the beginning of an older version, or `live`."


def diff(
    after: Annotated[str, typer.Argument(help=_RULES)],
    against: Annotated[str, typer.Option(help=f"{_RULES} By default the live ones.")] = "live",
) -> None:
    """What these rules say otherwise than the live ones, or than others, in words."""
    with session() as desk:
        live = read_playbook(desk.installation)
        told = changes(_called(against, live, desk), _called(after, live, desk))
    for sentence in told:
        out.print(f"· {sentence}", markup=False)
    if not told:
        out.print("They say the same.")


def log(as_json: Json = False) -> None:
    """Which rules went live when, by whom, and what that changed."""
    with session() as desk:
        live = read_playbook(desk.installation)
        releases = desk.ledger.releases.all()
        kept = desk.ledger.playbooks.versions()
    if as_json:
        print_json(releases)
        return
    where = zone(live.business.time_zone)
    for release in releases:
        out.print(
            f"{release.at.astimezone(where):%Y-%m-%d %H:%M}  {release.kind}  {release.name}  "
            f"{release.before} → {release.after}  by {release.who}",
            style="bold",
            markup=False,
        )
        for sentence in release.changes:
            out.print(f"    · {sentence}", markup=False)
        for objection in release.objections:
            out.print(f"    against it: {objection}", style="yellow", markup=False)
        if release.why:
            out.print(f"    all the same: {release.why}", markup=False)
    out.print("Versions that have decided something or are kept:")
    for version in kept:
        is_live = "  (live)" if version.version == live.version else ""
        since = f"{version.kept_at.astimezone(where):%Y-%m-%d %H:%M}"
        out.print(f"  {version.version}  since {since}  {version.decisions} decisions{is_live}", markup=False)


def promote(
    candidate: Annotated[str, typer.Argument(help="A folder under playbook/candidates.")],
    anyway: Annotated[
        str, typer.Option(help="Why it goes live although the gate has something against it.")
    ] = "",
) -> None:
    """Make a candidate live, if it passes the gate: the eval cases, and what it would have decided of the
    newest leads. `leads rescore` comes first."""
    from orchestration_project.history.releasing.judging import judge  # noqa: PLC0415 - pandas
    from orchestration_project.history.releasing.release import promote as go_live  # noqa: PLC0415

    with session() as desk:
        live = read_playbook(desk.installation)
        playbook = _called(candidate, live, desk)
        now = desk.ledger.clock()
        against = anyio.run(
            partial(
                judge,
                desk.ledger.sides,
                candidate,
                live,
                playbook,
                folder=desk.installation.playbook,
                now=now,
            )
        )
        release = go_live(
            candidate,
            live,
            playbook,
            against,
            folder=desk.installation.playbook,
            kept=desk.ledger.playbooks,
            releases=desk.ledger.releases,
            who=getpass.getuser(),
            anyway=anyway,
        )
    for sentence in release.changes:
        out.print(f"· {sentence}", markup=False)
    out.print(f"{candidate} is live ({release.after}). Back: `leads playbook rollback`.", markup=False)


def rollback(
    version: Annotated[
        str, typer.Argument(help="The beginning of a version; by default the one before the last change.")
    ] = "",
) -> None:
    """Make an older version live again."""
    from orchestration_project.history.releasing.release import roll_back  # noqa: PLC0415 - as above

    with session() as desk:
        live = _whole(desk)
        releases = desk.ledger.releases.all()
        if not version and live is not None:
            version = before_live(releases, live.version) or ""
        elif not version:
            # what was live last, as far as anybody knows
            decided = [kept.version for kept in desk.ledger.playbooks.versions() if kept.decisions]
            version = next((release.after for release in releases), "") or (decided[-1] if decided else "")
        if not version:
            raise LeadsError(
                "The live playbook was not promoted, so nothing says what was before it. Name a version: "
                "`leads playbook log` lists them."
            )
        release = roll_back(
            live,
            _called(version, live, desk),
            folder=desk.installation.playbook,
            kept=desk.ledger.playbooks,
            releases=desk.ledger.releases,
            who=getpass.getuser(),
        )
    for sentence in release.changes:
        out.print(f"· {sentence}", markup=False)
    out.print(f"{release.after} is live again.", markup=False)


def shadow(
    candidate: Annotated[str, typer.Argument(help="A folder under playbook/candidates.")] = "",
    off: Annotated[bool, typer.Option("--off", help="No candidate runs in shadow any more.")] = False,
) -> None:
    """Have a candidate score each live lead, too, after the live decision and from a purse of its own.

    Nothing acts on it; `leads compare CANDIDATE` tells what it would change. Without a name: which one does.
    """
    with session() as desk:
        if off:
            desk.ledger.shadows.end()
        elif candidate:
            playbook = _called(candidate, read_playbook(desk.installation), desk)
            if candidate not in candidate_names(desk.installation.playbook):
                raise LeadsError(
                    f"{candidate} is version {playbook.version}: only a candidate runs in shadow."
                )
            desk.ledger.shadows.begin(candidate, getpass.getuser())
        now = desk.ledger.shadows.now()
    if now is None:
        out.print("No candidate runs in shadow.")
        return
    said = f"{now.name} scores every live lead since {now.since:%Y-%m-%d %H:%M} UTC, and nothing acts on it."
    out.print(f"{said} `leads compare {now.name}` tells what it would change.", markup=False)


def _whole(desk: Session) -> Playbook | None:
    """The live playbook; None while it has a mistake, which is when one wants to go back most."""
    try:
        return read_playbook(desk.installation)
    except PlaybookError:
        return None


def _called(name: str, live: Playbook | None, desk: Session) -> Playbook:
    from orchestration_project.history.rescoring.rules import rules_called  # noqa: PLC0415 - with its room

    return rules_called(name, live, desk.installation.playbook, desk.ledger.playbooks, capabilities())
