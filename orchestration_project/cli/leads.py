"""Commands about leads: submit, run, list, show, seen, replay. What they do is in the ledger and the job."""

from typing import Annotated

import typer

from orchestration_project.cli.files import deliveries_in, read_input
from orchestration_project.cli.session import read_playbook, session
from orchestration_project.cli.view import coloured, leads_table, out, print_json, print_story
from orchestration_project.errors import LeadsError
from orchestration_project.intake import take_in
from orchestration_project.ledger.submissions import Stored
from orchestration_project.model import STATES, ScoreStatus
from orchestration_project.timezones import zone

INBOX = "inbox"
Json = Annotated[bool, typer.Option("--json", help="Machine-readable; the keys stay as they are.")]


def submit(
    file: Annotated[str, typer.Argument(help="JSON lines, one submission a line; - for standard input.")],
    as_json: Json = False,
) -> None:
    """Put submissions into the inbox. `make dev` picks them up at once, `leads run` when you say so."""
    deliveries = deliveries_in(read_input(file), file)
    with session() as desk:
        playbook = read_playbook(desk.installation)
        stored = take_in(desk.ledger, playbook, INBOX, deliveries)
    if as_json:
        print_json(stored)
        return
    for item in stored:
        out.print(f"{item.ref}  {_became(item)}")


def _became(item: Stored) -> str:
    if item.new:
        return "received"
    if item.revised:
        return "was here with other content; this is kept too. `leads list` shows what came of it"
    return "was here already; kept once"


def run() -> None:
    """Process what is there now, then exit: 0 if all went well, 1 if a lead needs a person."""
    from orchestration_project.cli.processing import process  # noqa: PLC0415 - dagster is slow to import

    with session() as desk:
        waited = [lead.ref for lead in desk.ledger.stories.list_leads(status="waiting")]
        taken = process(desk)
        # one that has waited too long needs a person without a run
        given_up = {lead.ref for lead in desk.ledger.stories.list_leads(refs=waited, status="needs_person")}
        refs = [*taken, *(ref for ref in waited if ref in given_up - set(taken))]
        leads = desk.ledger.stories.list_leads(refs=refs)
        if not leads:
            out.print("Nothing was there to do.")
            return
        out.print(leads_table(leads))
        waiting = [lead.ref for lead in leads if lead.status == "waiting"]
        if waiting:
            out.print(
                f"{len(waiting)} wait for something that passes: `make dev` goes on, or the next `leads run`."
            )
        failed = [lead.ref for lead in leads if lead.status == "needs_person"]
    if failed:
        raise LeadsError(f"{len(failed)} need a person: {', '.join(failed)}. `leads show REF` says why.")


def list_leads(
    status: Annotated[str | None, typer.Option(help=f"Only leads that are {', '.join(STATES)}.")] = None,
    score_status: Annotated[
        ScoreStatus | None,
        typer.Option(help="Only leads whose newest score is that: over_budget, say, to replay them."),
    ] = None,
    look: Annotated[
        bool, typer.Option("--look", help="Only leads with something to look at; `leads seen` ends it.")
    ] = False,
    last: Annotated[int | None, typer.Option(min=1, help="Only the newest so many.")] = None,
    as_json: Json = False,
) -> None:
    """All leads, oldest first."""
    if status is not None and status not in STATES:
        raise LeadsError(f"There is no status {status!r}; there are {', '.join(STATES)}.")
    with session() as desk:
        leads = desk.ledger.stories.list_leads(
            status=status, score_status=score_status, to_look_at=look, limit=last
        )
    if as_json:
        print_json(leads)
    elif leads:
        out.print(leads_table(leads))
    elif status or score_status or look:
        out.print("There are none of that kind.")
    else:
        out.print("No leads here yet. `leads submit FILE` takes some in; `make demo` shows how it looks.")


def show(
    ref: Annotated[str, typer.Argument(help="As `leads list` shows it; its beginning will do.")],
    as_json: Json = False,
) -> None:
    """The whole story of one lead in order of time, raw payload included."""
    with session() as desk:
        story = desk.ledger.stories.tell(desk.ledger.stories.resolve(ref))
        if as_json:
            print_json(story)
            return
        print_story(story, zone(read_playbook(desk.installation).business.time_zone))


def seen(
    refs: Annotated[list[str], typer.Argument(help="As `leads list --look` shows them.")],
) -> None:
    """You have looked at what a lead has to look at: it is told no more."""
    with session() as desk:
        known_as = [desk.ledger.stories.resolve(ref) for ref in refs]
        had_something = desk.ledger.outcomes.seen(known_as)
    for ref in dict.fromkeys(known_as):
        out.print(f"{ref}  {'seen' if ref in had_something else 'had nothing to look at'}")


def replay(
    ref: Annotated[str, typer.Argument(help="As `leads list` shows it; its beginning will do.")],
    genuine: Annotated[
        bool, typer.Option("--genuine", help="Let it pass validation: a person has looked.")
    ] = False,
) -> None:
    """Go through a lead again, from the start. What was done already is not done twice."""
    with session() as desk:
        known_as = desk.ledger.stories.resolve(ref)
        desk.ledger.outcomes.replay([known_as], genuine=genuine)
        desk.ledger.connections.ask_now()
    out.print(f"{known_as} is {coloured('received')} again. `make dev` takes it at once; else `leads run`.")
