"""`leads prove`: does it add up? What is counted and looked for is `watch/prove/`."""

from typing import Annotated

import anyio
import typer

from orchestration_project.cli.options import Since, moment
from orchestration_project.cli.session import Session, owners_zone, read_playbook, session
from orchestration_project.cli.view import out, print_json, rows_table
from orchestration_project.connecting import connector_context
from orchestration_project.connectors.opened import open_connections
from orchestration_project.errors import LeadsError
from orchestration_project.watch.prove.model import SHOWN, Proof
from orchestration_project.watch.prove.prove import USUAL, Prover, report


def prove(
    since: Since = None,
    everything: Annotated[
        bool, typer.Option("--all", help="Look everything up outside, not a sample of it.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """Count what came against what is there, and look up outside what receipts speak of.

    What a source has and the ledger lacks is taken in. Ends with 1 where something does not add up.
    """
    with session() as desk:
        proof = anyio.run(_prove, desk, since, everything)
        report(desk.ledger, proof)
    if as_json:
        print_json(proof)
    else:
        _show(proof)
    if not proof.adds_up:
        raise LeadsError(f"{len(proof.mismatches)} thing(s) do not add up.")


async def _prove(desk: Session, since: str | None, everything: bool) -> Proof:
    playbook = read_playbook(desk.installation)
    context = connector_context(playbook, desk.installation.home, desk.ledger)
    prover = Prover(desk.ledger, playbook, open_connections(playbook.connections, context))
    now = desk.ledger.clock()
    begin = moment(since, now, owners_zone(desk.installation)) if since else now - USUAL
    try:
        return await prover.prove(begin, everything=everything)
    finally:
        await context.aclose()


def _show(proof: Proof) -> None:
    out.print(f"Since {proof.since:%Y-%m-%d %H:%M} UTC.")
    out.print(
        rows_table(
            ("source", "came", "at the source", "stand"),
            [
                (
                    each.source,
                    each.taken_in,
                    "–" if each.at_source is None else each.at_source,
                    _told(each.standing),
                )
                for each in proof.sources
            ],
        )
    )
    if proof.tracks:
        rows = [(each.track, each.leads, each.owed, _told(each.standing)) for each in proof.tracks]
        out.print(rows_table(("track", "leads", "receipts owed", "stand"), rows))
    if proof.by_other_rules:
        told = f"{proof.other_rules_words}: the table of tracks leaves them out."
        out.print(told, soft_wrap=True, style="yellow")
    if proof.looked:
        looked = [(each.service, each.action, each.looked, each.there) for each in proof.looked]
        out.print(rows_table(("service", "action", "looked for", "there, once"), looked))
    for line in proof.not_asked:
        out.print(f"Not asked: {line}", markup=False, soft_wrap=True, style="yellow")
    for mismatch in proof.mismatches[:SHOWN]:
        out.print(str(mismatch), markup=False, soft_wrap=True, style="" if mismatch.mended else "red")
    if len(proof.mismatches) > SHOWN:
        out.print(f"and {len(proof.mismatches) - SHOWN} more; --json has all")
    if proof.adds_up:
        out.print("It adds up.", style="green")


def _told(standing: dict[str, int]) -> str:
    return ", ".join(f"{number} {state.replace('_', ' ')}" for state, number in sorted(standing.items()))
