"""Rules go live, and back: the files, the record, in one step.

Whether they may is judged in `gate.py`.
"""

from pathlib import Path

from orchestration_project.errors import LeadsError
from orchestration_project.ledger.playbooks import Playbooks
from orchestration_project.ledger.releases import Release, Releases
from orchestration_project.playbook.changes import changes
from orchestration_project.playbook.model import Playbook
from orchestration_project.playbook.publish import publish

BROKEN = "one with mistakes"
"""What a release calls the version before, where that was none."""


class Refused(LeadsError):  # noqa: N818 - the gate's answer, not a mistake
    """The gate has something against it."""


def promote(
    name: str,
    live: Playbook,
    candidate: Playbook,
    against: tuple[str, ...],
    *,
    folder: Path,
    kept: Playbooks,
    releases: Releases,
    who: str,
    anyway: str = "",
) -> Release:
    """The candidate's files become the live ones; new leads take them at once.

    `against`: what the gate says. Raises Refused where it says something and no reason is given to pass it
    by, LeadsError where there is nothing to change.
    """
    if candidate.version == live.version:
        raise LeadsError(f"{name} says the same as the live playbook: there is nothing to promote.")
    if against and not anyway.strip():
        listed = "".join(f"\n  · {objection}" for objection in against)
        raise Refused(
            f"{name} does not go live:{listed}\nMend it, or say why it goes live all the same: "
            f'`leads playbook promote {name} --anyway "why"`.'
        )
    return _go_live(
        Release(
            kind="promoted",
            name=name,
            before=live.version,
            after=candidate.version,
            changes=changes(live, candidate),
            objections=against,
            why=anyway.strip() if against else "",
            who=who,
        ),
        live,
        candidate,
        folder,
        kept,
        releases,
    )


def roll_back(
    live: Playbook | None, to: Playbook, *, folder: Path, kept: Playbooks, releases: Releases, who: str
) -> Release:
    """An older version is live again, without a gate: it was before. `live`: None while that has mistakes."""
    if live is not None and to.version == live.version:
        raise LeadsError(f"{to.version} is live already.")
    release = Release(
        kind="rolled back",
        name=to.version,
        before=live.version if live else BROKEN,
        after=to.version,
        changes=changes(live, to) if live else ("The playbook had mistakes, and is whole again.",),
        who=who,
    )
    return _go_live(release, live, to, folder, kept, releases)


def _go_live(
    release: Release, live: Playbook | None, to: Playbook, folder: Path, kept: Playbooks, releases: Releases
) -> Release:
    for playbook in (live, to):
        if playbook is not None:
            kept.keep(playbook.version, playbook.files)
    with releases.record(release):
        publish(folder, to.files)
    return release
