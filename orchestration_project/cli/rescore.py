"""`leads rescore`: what other rules would have decided of leads that are here already. Nothing is acted on.

How it is done is `history/rescoring/`; comparing the answers is another command's.
"""

from decimal import Decimal
from functools import partial
from typing import Annotated

import anyio
import typer
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from orchestration_project.cli.options import Since, Until, span
from orchestration_project.cli.session import Session, read_playbook, session
from orchestration_project.cli.view import err, out, print_json
from orchestration_project.decision.purse import dollars
from orchestration_project.errors import LeadsError
from orchestration_project.history.rescoring.batch import HALF
from orchestration_project.history.rescoring.rescore import SIDE_BY_SIDE, Tally
from orchestration_project.history.rescoring.rules import LIVE, rules_called
from orchestration_project.history.rescoring.work import Work, work
from orchestration_project.ledger.rescored import Wanted
from orchestration_project.offer import capabilities
from orchestration_project.playbook.model import Playbook
from orchestration_project.text import so_many
from orchestration_project.timezones import zone


def rescore(
    candidate: Annotated[
        str,
        typer.Argument(
            help=f"A folder under playbook/candidates, the beginning of an older version, or `{LIVE}`."
        ),
    ],
    since: Since = None,
    until: Until = None,
    sample: Annotated[
        int | None, typer.Option(min=1, max=10**9, help="Only so many leads, spread over all.")
    ] = None,
    attempts: Annotated[int, typer.Option(min=1, max=20, help="Score each so often, to see how steady.")] = 1,
    limit_usd: Annotated[
        float | None, typer.Option(min=0, help="Stop before it costs more. The daily limit is not touched.")
    ] = None,
    side_by_side: Annotated[int, typer.Option(min=1, max=256, help="Questions under way.")] = SIDE_BY_SIDE,
    offline: Annotated[
        bool, typer.Option("--offline", help="By the scorecard, whatever AI is set up.")
    ] = False,
    batch: Annotated[
        bool, typer.Option("--batch", help="By OpenAI's Batch API: within a day, at half the price.")
    ] = False,
    estimate_only: Annotated[bool, typer.Option("--estimate", help="Only say what it would take.")] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Score leads that are here already under other rules. What is scored stays; nothing is acted on.

    Run it again to go on where it was interrupted: what has an answer is not asked again.
    """
    with session() as desk:
        live = read_playbook(desk.installation)
        playbook = rules_called(
            candidate, live, desk.installation.playbook, desk.ledger.playbooks, capabilities()
        )
        where = zone(playbook.business.time_zone)
        first, last = span(since, until, desk.ledger.clock(), where)
        wanted = Wanted(
            playbook_version=playbook.version,
            scorer="",
            since=first,
            until=last,
            sample=sample,
            attempts=attempts,
        )
        limit = Decimal(str(limit_usd)) if limit_usd is not None else None
        done = anyio.run(
            partial(
                _rescore,
                desk,
                playbook,
                wanted,
                limit,
                side_by_side,
                offline=offline,
                only=estimate_only,
                batch=batch,
            )
        )
        if done is None:
            return
        tally, wanted = done
        if tally.scored:
            from orchestration_project.cli.processing import tell_rescored  # noqa: PLC0415 - dagster is slow

            tell_rescored(desk, candidate, wanted)
    if as_json:
        print_json(tally)
    elif tally.scored or not (tally.left or tally.stopped):
        out.print(f"{so_many(tally.scored, 'lead')} scored under {candidate} ({playbook.version}).")
    if tally.left or tally.stopped:
        rest = f"Not answered: {tally.left:,}; the same command asks again. " if tally.left else ""
        raise LeadsError(f"{rest}{tally.stopped}".strip())


async def _rescore(
    desk: Session,
    playbook: Playbook,
    wanted: Wanted,
    limit: Decimal | None,
    side_by_side: int,
    *,
    offline: bool,
    only: bool,
    batch: bool,
) -> tuple[Tally, Wanted] | None:
    home = desk.installation.home
    async with work(
        desk.ledger, home, playbook, wanted, side_by_side=side_by_side, offline=offline
    ) as planned:
        batches = planned.in_batches if batch else None
        _tell(planned, limit, batch=batch)
        if only:
            return None
        with _progress() as bar:
            task = bar.add_task("scored", total=len(planned.todo))
            if batches is not None:
                tally = await planned.do_by_batch(batches, limit, lambda more: bar.advance(task, more))
            else:
                tally = await planned.do(limit, lambda more: bar.advance(task, more))
            return tally, planned.wanted


def _tell(planned: Work, limit: Decimal | None, *, batch: bool) -> None:
    meant, todo = planned.meant, len(planned.todo)
    if not meant:
        raise LeadsError(
            "No lead of that time has what a score is made from. Leads that come in have it; `leads import` "
            "takes older ones from a file."
        )
    there = f", of which {meant - todo:,} there already" if meant > todo else ""
    rules = f"the rules {planned.playbook.version} by {planned.wanted.scorer}"
    err.print(f"{so_many(meant, 'score')} under {rules}{there}.")
    if planned.model is None or not todo:
        return
    foreseen, model = planned.foreseen, planned.playbook.ai.model
    usd = foreseen.usd * HALF if batch and foreseen.usd is not None else foreseen.usd
    cost = f"about {dollars(usd)}" if usd is not None else "an unknown sum: no price is known"
    takes = "up to a day" if batch else f"about {_duration(foreseen.seconds)}"
    err.print(f"Asking {model} costs {cost} and takes {takes}.")
    if batch:
        err.print(
            "Stop it whenever you like: the service goes on, and the same command collects the answers."
        )
    if limit is not None:
        err.print(f"It stops before {dollars(limit)} are passed.")


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} seconds" if seconds < 120 else f"{seconds / 60:.0f} minutes"  # noqa: PLR2004


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
    )
