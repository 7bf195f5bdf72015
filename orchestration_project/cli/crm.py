"""Commands about the embedded CRM, for those who have no other: enter a contact, see contacts and tasks."""

from decimal import Decimal
from functools import partial
from typing import Annotated

import anyio
import typer

from orchestration_project.cli.session import Session, read_playbook, session
from orchestration_project.cli.view import out, print_json, rows_table
from orchestration_project.connecting import connector_context
from orchestration_project.connectors.crm.local import LocalCrm
from orchestration_project.data.emails import read_email
from orchestration_project.errors import LeadsError
from orchestration_project.model import OutcomeKind

app = typer.Typer(help="The embedded CRM.", no_args_is_help=True, add_completion=False)


@app.command()
def add(
    email: Annotated[str, typer.Option()],
    name: Annotated[str, typer.Option()] = "",
    phone: Annotated[str, typer.Option()] = "",
    company: Annotated[str, typer.Option()] = "",
    website: Annotated[str, typer.Option()] = "",
    message: Annotated[str, typer.Option(help="What the person wants, in words.")] = "",
) -> None:
    """Enter a contact by hand. It goes through the same pipeline as a form."""
    fields = {
        "email": email,
        "name": name,
        "phone": phone,
        "company": company,
        "website": website,
        "message": message,
    }
    with session() as desk:
        contact = anyio.run(_local_crm(desk).enter_contact, fields)
    out.print(f"Contact {contact.id} entered. With `make dev` running it becomes a lead by itself.")


@app.command("change")
def change(
    contact: Annotated[str, typer.Argument(help="The contact's id, as `leads crm contacts` shows it.")],
    name: Annotated[str | None, typer.Option()] = None,
    phone: Annotated[str | None, typer.Option()] = None,
    company: Annotated[str | None, typer.Option()] = None,
    email: Annotated[str | None, typer.Option()] = None,
    opted_out: Annotated[
        bool | None, typer.Option("--opted-out/--not-opted-out", help="Wants no marketing mail.")
    ] = None,
) -> None:
    """Change a contact. What we made of it elsewhere follows (docs/records.md)."""
    given = {"name": name, "phone": phone, "company": company, "email": email}
    fields = {field: value for field, value in given.items() if value is not None}
    if not fields and opted_out is None:
        raise LeadsError("Say what is to be changed, such as --company 'Acme Ltd'.")
    if email and read_email(email)[0] is None:
        raise LeadsError(f"{email!r} is no e-mail address, and nothing was changed.")
    with session() as desk:
        crm = _local_crm(desk)
        anyio.run(partial(crm.change_contact, contact, fields, opted_out=opted_out))
    out.print(f"Contact {contact} is changed.")


@app.command("contacts")
def contacts(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """All contacts."""
    with session() as desk:
        found = anyio.run(_local_crm(desk).list_contacts)
    if as_json:
        print_json(found)
        return
    out.print(
        rows_table(["id", "name", "email", "company"], ([c.id, c.name, c.email, c.company] for c in found))
    )


@app.command("tasks")
def tasks(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """All tasks."""
    with session() as desk:
        found = anyio.run(_local_crm(desk).list_tasks)
    if as_json:
        print_json(found)
        return
    out.print(rows_table(["due", "title", "for"], ([t.due, t.title, t.assignee] for t in found)))


@app.command("deal")
def deal(
    contact: Annotated[str, typer.Argument(help="The contact's id, as `leads crm contacts` shows it.")],
    won: Annotated[bool, typer.Option("--won")] = False,
    lost: Annotated[bool, typer.Option("--lost")] = False,
    value: Annotated[float | None, typer.Option(min=0, help="What it is worth.")] = None,
    currency: Annotated[str | None, typer.Option(help="Else the business' own.")] = None,
    deal: Annotated[
        str | None, typer.Option(help="The id of an earlier one: this is a newer word on it.")
    ] = None,
) -> None:
    """Say that a deal with a contact was won or lost. The lead that it came of learns from it."""
    if won == lost:
        raise LeadsError("Say either --won or --lost.")
    with session() as desk:
        kind = OutcomeKind.WON if won else OutcomeKind.LOST
        worth = None if value is None else Decimal(str(value))
        money = None if value is None else currency or read_playbook(desk.installation).business.currency
        made = anyio.run(_local_crm(desk).close_deal, contact, kind, worth, money, deal)
    out.print(
        f"Deal {made} with contact {contact} is {kind.value}. `leads outcomes` reads it.",
        markup=False,
    )


def _local_crm(desk: Session) -> LocalCrm:
    playbook = read_playbook(desk.installation)
    if playbook.connections.crm.connector != "local":
        raise LeadsError(
            f"connections.yaml says that the CRM is {playbook.connections.crm.connector}; work there."
        )
    return LocalCrm.open(
        playbook.connections.crm, connector_context(playbook, desk.installation.home, desk.ledger)
    )
