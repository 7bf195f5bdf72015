"""`leads list`: the leads in pages, what is to be said of all of them, and the same as CSV and JSON."""

import csv
import sys
from typing import Annotated

import typer

from orchestration_project.cli.chosen import ALL, Chosen, with_options
from orchestration_project.cli.options import Json
from orchestration_project.cli.session import session
from orchestration_project.cli.summary_line import summary_lines
from orchestration_project.cli.table_file import COLUMNS, cells
from orchestration_project.cli.view import leads_table, out, print_json_list
from orchestration_project.errors import LeadsError
from orchestration_project.ledger.lead_list import PAGE, Order

MOST = 100_000
"""On one page; who wants all says so."""


@with_options
def list_leads(
    chosen: Chosen = ALL,
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
        wanted = chosen.meant(desk)
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
        for what, asked, known in (
            ("track", chosen.track, known_tracks),
            ("source", chosen.source, known_sources),
        ):
            if asked and (unknown := sorted(set(asked) - set(known))):
                names = ", ".join(known) or "none yet"
                out.print(f"No lead has the {what} {', '.join(unknown)}; there are: {names}.", markup=False)
    else:
        out.print("No leads here yet. `leads submit FILE` takes some in; `make demo` shows how it looks.")
