"""`leads list`: the leads in pages, what is to be said of all of them, and the same as CSV and JSON."""

import csv
import sys
from typing import Annotated

import typer

from orchestration_project.cli.options import (
    Json,
    Look,
    Planned,
    Score,
    ScoredAs,
    Since,
    Source,
    Status,
    Text,
    Track,
    Until,
    lead_filter,
)
from orchestration_project.cli.session import session
from orchestration_project.cli.summary_line import summary_lines
from orchestration_project.cli.table_file import COLUMNS, cells
from orchestration_project.cli.view import leads_table, out, print_json_list
from orchestration_project.errors import LeadsError
from orchestration_project.ledger.lead_list import PAGE, Order

MOST = 100_000
"""On one page; who wants all says so."""


def list_leads(
    status: Status = None,
    track: Track = None,
    source: Source = None,
    score: Score = None,
    score_status: ScoredAs = None,
    since: Since = None,
    until: Until = None,
    planned: Planned = False,
    look: Look = False,
    text: Text = None,
    sort: Annotated[Order, typer.Option(help="What comes first.")] = "newest",
    limit: Annotated[
        int,
        typer.Option("--limit", "--last", min=1, max=MOST, help="So many a page, or --all."),
    ] = PAGE,
    after: Annotated[
        str | None, typer.Option(help="The page after that lead, the last of the page before.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of them, on one page.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="For a spreadsheet.")] = False,
    as_json: Json = False,
) -> None:
    """The leads, the newest first, and what waits for whom."""
    if as_csv and as_json:
        raise LeadsError("Choose one of --csv and --json.")
    with session() as desk:
        wanted = lead_filter(
            desk,
            status=status,
            track=track,
            source=source,
            score=score,
            score_status=score_status,
            since=since,
            until=until,
            planned=planned,
            look=look,
            text=text,
        )
        behind = desk.ledger.stories.resolve(after) if after else None
        lists = desk.ledger.lists
        leads = (
            lists.all(wanted, order=sort)
            if everything
            else iter(lists.page(wanted, order=sort, limit=limit, after=behind))
        )
        if as_json:
            print_json_list(leads)
            return
        if as_csv:
            writer = csv.writer(sys.stdout)
            writer.writerow(COLUMNS)
            writer.writerows(cells(lead) for lead in leads)
            return
        shown = tuple(leads)
        summary = lists.summary(wanted)
        known_tracks, known_sources = ((), ()) if shown else lists.tracks_and_sources()
    if shown:
        out.print(leads_table(shown))
        last = shown[-1].ref if not everything and len(shown) == limit else None
        for line in summary_lines(summary, len(shown), last, narrowed=not wanted.is_empty):
            out.print(line)
    elif behind is not None:
        out.print("There are no more.")
    elif not wanted.is_empty:
        out.print("There are none of that kind.")
        for what, asked, known in (("track", track, known_tracks), ("source", source, known_sources)):
            if asked and (unknown := sorted(set(asked) - set(known))):
                names = ", ".join(known) or "none yet"
                out.print(f"No lead has the {what} {', '.join(unknown)}; there are: {names}.", markup=False)
    else:
        out.print("No leads here yet. `leads submit FILE` takes some in; `make demo` shows how it looks.")
