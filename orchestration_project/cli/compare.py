"""`leads compare` and `leads quality`: what other rules would change, and how good the scores were.

The figures are made in `history/`; pandas is slow to import, so only these commands do.
"""

from pathlib import Path
from typing import Annotated

import typer

from orchestration_project.cli.options import Json, Since, Until, span
from orchestration_project.cli.session import read_playbook, session
from orchestration_project.cli.view import out, print_json
from orchestration_project.errors import LeadsError
from orchestration_project.history.reader import reader_of
from orchestration_project.history.rescoring.rules import LIVE, rules_called
from orchestration_project.ledger.sides import Side
from orchestration_project.offer import capabilities
from orchestration_project.playbook.changes import changes
from orchestration_project.timezones import zone


def compare(
    candidate: Annotated[
        str, typer.Argument(help=f"A candidate, the beginning of an older version, or `{LIVE}`.")
    ],
    against: Annotated[
        str | None, typer.Option(help="Another version; by default what was decided live, by whatever rules.")
    ] = None,
    since: Since = None,
    until: Until = None,
    to: Annotated[
        Path | None, typer.Option("--html", help="Also write it as one HTML file, to send to somebody.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """What the candidate would change: who takes another track and why. And whether it is better.

    It compares what is scored already: `leads rescore` comes first.
    """
    from orchestration_project.history.comparing import compare as of_both  # noqa: PLC0415 - pandas
    from orchestration_project.history.evaluation.page import comparison_page  # noqa: PLC0415
    from orchestration_project.history.evaluation.terminal import comparison_view  # noqa: PLC0415

    with session() as desk:
        live = read_playbook(desk.installation)
        folder, kept, offered = desk.installation.playbook, desk.ledger.playbooks, capabilities()
        after = rules_called(candidate, live, folder, kept, offered)
        before = rules_called(against, live, folder, kept, offered) if against else live
        where = zone(live.business.time_zone)
        first, last = span(since, until, desk.ledger.clock(), where)
        found = of_both(
            desk.ledger.sides,
            Side(version=before.version) if against else Side(otherwise=live.version),
            Side(version=after.version),
            names=(against or "decided live", candidate),
            tracks=[track.name for track in live.tracks],
            since=first,
            until=last,
            now=desk.ledger.clock(),
        )
        made_at = desk.ledger.clock().astimezone(where)
    if as_json:
        print_json(found)
        return
    for sentence in changes(before, after):
        out.print(f"· {sentence}", markup=False)
    out.print()
    out.print(comparison_view(found))
    if to is not None:
        page = comparison_page(found, business=live.business.name, made_at=made_at)
        try:
            to.write_text(page, encoding="utf-8")
        except OSError as error:
            raise LeadsError(f"{to} cannot be written: {error.strerror}.") from error
        out.print(f"\nAs a page: {to}", markup=False)


def quality(
    version: Annotated[
        str | None,
        typer.Option(
            help="Only scores by these rules: a candidate, or the beginning of a version. By default the "
            "newest of each lead; of imported leads what `leads rescore live` found."
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """How good the scores were, by what became of the leads, and how much there was to find."""
    from orchestration_project.history.evaluation.terminal import quality_view  # noqa: PLC0415 - pandas
    from orchestration_project.history.measuring import quality as measured  # noqa: PLC0415

    with session() as desk:
        live = read_playbook(desk.installation)
        side = Side(otherwise=live.version)
        if version:
            folder, kept = desk.installation.playbook, desk.ledger.playbooks
            side = Side(version=rules_called(version, live, folder, kept, capabilities()).version)
        found = measured(reader_of(desk.ledger.engine, live), desk.ledger.sides, side, desk.ledger.clock())
        ready = desk.ledger.readiness.of()
    if as_json:
        told = {"headline": found.headline, "people": ready.model_dump(mode="json")}
        print_json({**found.model_dump(mode="json"), **told})
        return
    out.print(quality_view(found))
    out.print(f"\n{ready.words}", markup=False)
