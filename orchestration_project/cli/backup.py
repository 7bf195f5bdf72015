"""`leads backup` and `leads restore`. What a backup holds is `watch/backup/`."""

from pathlib import Path
from typing import Annotated

import typer

from orchestration_project.cli.session import read_playbook, session
from orchestration_project.cli.view import err, out
from orchestration_project.clock import utc_now
from orchestration_project.errors import LeadsError
from orchestration_project.installation import here, ready
from orchestration_project.text import so_many
from orchestration_project.watch.backup.make import make_backup
from orchestration_project.watch.backup.restore import in_use, restore
from orchestration_project.watch.erase.again import erase_again
from orchestration_project.watch.erase.certificates import certificates, keep_certificates


def backup(
    file: Annotated[Path, typer.Argument(help="Where to; `before-the-fair.tar`, say.")],
    runs: Annotated[bool, typer.Option("--runs", help="With Dagster's records of runs.")] = False,
) -> None:
    """A copy of the installation, made while it works: the ledger, the embedded CRM, and files.

    It is tried out in a database of its own before it counts.
    """
    installation = here()
    with ready(installation) as place:
        made = make_backup(place.url, installation.home, file.expanduser().resolve(), utc_now, runs=runs)
    rows = made.rows
    out.print(
        f"{file}: {rows['submissions']:,} leads, {rows['decisions']:,} decisions, {rows['receipts']:,} "
        "receipts; restored once to see that it can be. Names and messages stand in it: keep it safe.",
        markup=False,
        soft_wrap=True,
    )


def restore_backup(
    file: Annotated[Path, typer.Argument(help="Of `leads backup`.")],
    replace: Annotated[
        bool, typer.Option("--replace", help="Although there are leads, which are gone then.")
    ] = False,
) -> None:
    """Bring an installation back as a backup has it. Stop `leads dev` first.

    Who was erased on request since is erased again, by the certificates.
    """
    with session() as desk:
        home, ledger = desk.installation.home, desk.ledger
        url = ledger.engine.url.render_as_string(hide_password=False)
        there = sum(ledger.stories.count().values())
        if there and not replace:
            raise LeadsError(
                f"There are {there:,} leads here. Say --replace to have those of the backup in their place, "
                "or set LEADS_HOME (or LEADS_DATABASE_URL) to an installation without leads."
            )
        keep_certificates(home, ledger)
        ledger.engine.dispose()
        if in_use(url):
            raise LeadsError("Somebody works with this database: stop `leads dev` and all runs first.")
        given_out = certificates(home)
        made = restore(url, home, file.expanduser().resolve())
        again = erase_again(ledger, read_playbook(desk.installation), given_out, home)
    out.print(f"As of {made.made_at:%Y-%m-%d %H:%M} UTC: {made.rows['submissions']:,} leads.")
    if again:
        out.print(f"Erased again, as was asked for since the backup: {so_many(again, 'lead')}.")
    err.print("Now `leads prove --all` says whether what the leads speak of is there.")
