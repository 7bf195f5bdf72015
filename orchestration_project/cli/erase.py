"""`leads erase` and `leads export-person`: what a person may ask of us who wrote to us once.

How it is done, and in which order, is `watch/erase/`.
"""

import sys
import time
from collections.abc import Mapping
from contextlib import aclosing
from pathlib import Path
from typing import Annotated

import anyio
import typer

from orchestration_project.cli.session import Session, read_playbook, session
from orchestration_project.cli.view import err, leads_table, out, print_json
from orchestration_project.connecting import connector_context
from orchestration_project.connectors.opened import open_connections
from orchestration_project.connectors.whole_files import write_whole
from orchestration_project.errors import LeadsError
from orchestration_project.installation import CERTIFICATES
from orchestration_project.ledger.erasing import Erasure
from orchestration_project.ledger.lead_filter import LeadFilter
from orchestration_project.playbook.model import Playbook
from orchestration_project.text import so_many
from orchestration_project.watch.erase.again import erase_again
from orchestration_project.watch.erase.certificates import certificates, keep_certificates
from orchestration_project.watch.erase.erase import Eraser
from orchestration_project.watch.erase.export import Known, in_words, known_about
from orchestration_project.watch.erase.outside import Outside
from orchestration_project.watch.erase.who import Someone, find_person, of_refs, with_what_was_begun

SHOWN = 20
_CALLED: Mapping[str, tuple[str, ...]] = {
    "outside": ("thing in services", "things in services"),
    "files": ("file",),
    "runs": ("run",),
    "submissions": ("submission",),
    "decisions": ("decision",),
    "receipts": ("receipt",),
    "revisions": ("correction",),
    "facts": ("fact",),
    "journal": ("line of the story", "lines of the story"),
    "first_touches": ("first touch", "first touches"),
    "lead_keys": ("key of a lead", "keys of leads"),
    "copies": ("copy outside", "copies outside"),
    "copy_values": ("value of a copy", "values of copies"),
}
"""What a certificate counts, in words; of the rest the table's name will do."""


def erase(
    addresses: Annotated[
        list[str] | None,
        typer.Argument(help="All e-mail addresses of the person that you know.", metavar="EMAIL…"),
    ] = None,
    contact_too: Annotated[
        bool, typer.Option("--contact-too", help="Also a CRM contact that was there before we were.")
    ] = False,
    without: Annotated[
        bool,
        typer.Option("--without", help="Go on although a service did not answer; what is there is listed."),
    ] = False,
    go_on: Annotated[bool, typer.Option("--go-on", help="Go on with all that was broken off.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only show what is meant.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before it is done.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="The certificate, or with --dry-run who is meant, for a program.")
    ] = False,
) -> None:
    """Forget a person: in the ledger, in Dagster's records, in files, and in the services that we wrote to.

    What cannot be erased is listed. A certificate stays, which names nobody.
    """
    if bool(addresses) == go_on:
        raise LeadsError("Name the person's e-mail address(es); or --go-on, for what was broken off.")
    with session() as desk:
        playbook = read_playbook(desk.installation)
        again = _again(desk, playbook) if go_on else 0
        for person in _meant(desk, playbook, addresses or [], again):
            _show(desk, person)
            if dry_run:
                err.print("Nothing was done.")
                if as_json:
                    print_json(_meant_for_a_program(person))
            elif _sure(person, yes=yes):
                done = _eraser(desk, playbook, contact_too=contact_too).erase(person, without=without)
                _tell(desk, done, as_json=as_json)


def _again(desk: Session, playbook: Playbook) -> int:
    """What a restore that was killed had still to do."""
    home = desk.installation.home
    keep_certificates(home, desk.ledger)
    again = erase_again(desk.ledger, playbook, certificates(home), home)
    if again:
        out.print(f"Erased again, after a backup from before was brought back: {so_many(again, 'lead')}.")
    return again


def _meant(desk: Session, playbook: Playbook, addresses: list[str], again: int) -> list[Someone]:
    """Raises LeadsError where there is nobody."""
    for address in addresses:
        if "@" not in address.strip(" @"):
            raise LeadsError(f"{address!r} is no e-mail address, by which people are known here.")
    if not addresses:
        refs = [erasure.refs for erasure in desk.ledger.erasing.all(unfinished=True)]
        if not refs and not again:
            raise LeadsError("Nothing was broken off.")
        return [of_refs(desk.ledger, playbook, one) for one in refs]
    found = find_person(desk.ledger, playbook, addresses)
    person, before = with_what_was_begun(desk.ledger, found)
    for erasure in () if person.refs else before:
        err.print(f"They were erased on {erasure.finished_at:%Y-%m-%d} (certificate {erasure.id}).")
    if not person.refs and not before:
        err.print("No lead is theirs. What is in files and in the CRM is looked for all the same.")
    return [person]


def _show(desk: Session, person: Someone) -> None:
    lines = desk.ledger.lists.page(LeadFilter(refs=person.refs[:SHOWN]), order="oldest", limit=SHOWN)
    if lines:
        err.print(leads_table(lines))
    if len(person.refs) > SHOWN:
        err.print(f"and {len(person.refs) - SHOWN} more")
    err.print(f"Known under {', '.join(sorted(person.person_keys))}.", markup=False, soft_wrap=True)
    if person.mentions:
        err.print(f"Leads of others name them, and are left: {', '.join(person.mentions)}.", soft_wrap=True)


def _meant_for_a_program(person: Someone) -> dict[str, list[str]]:
    return {
        "refs": [*person.refs],
        "known_under": sorted(person.person_keys),
        "mentioned_in": [*person.mentions],
    }


def _sure(person: Someone, *, yes: bool) -> bool:
    if yes:
        return True
    what = f"{so_many(len(person.refs), 'lead')}, with what was written outside, would be erased for good"
    if not sys.stdin.isatty():
        raise LeadsError(f"{what}. Say --yes to do it, or --dry-run to look.")
    return typer.confirm(f"{what.replace('would', 'will')}. Go on?")


def _eraser(desk: Session, playbook: Playbook, *, contact_too: bool) -> Eraser:
    from orchestration_project.watch.erase.records import erase_records  # noqa: PLC0415 - dagster, seconds

    def records(runs: Mapping[str, bool], terms: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
        done = erase_records(desk.installation.dagster_home, desk.ledger.engine, runs, terms)
        return done.erased, done.under_way

    given = connector_context(playbook, desk.installation.home, desk.ledger)
    return Eraser(
        ledger=desk.ledger,
        outside=Outside(desk.ledger, playbook, given, contact_too),
        home=desk.installation.home,
        records=records,
        sleep=time.sleep,
        say=lambda words: err.print(words, markup=False, soft_wrap=True),
    )


def _tell(desk: Session, erasure: Erasure, *, as_json: bool) -> None:
    if as_json:
        print_json(erasure)
    if erasure.finished_at is None:
        waiting = [key for key, answer in erasure.outside.items() if answer.startswith("later")]
        raise LeadsError(
            f"Not finished: these could not be asked for: {', '.join(waiting)}. The leads "
            "are stopped, and the ledger still knows where those things are. Ask again with the same words "
            "once the service is well; or say --without, and they are listed as left."
        )
    if as_json:
        return
    of_each = [so_many(number, *_CALLED.get(name, (name,))) for name, number in erasure.counts.items()]
    out.print(f"Erased: {', '.join(of_each) or 'nothing'}.", soft_wrap=True)
    if erasure.left:
        out.print("Not erased, or not at once; look at it yourself:")
        for line in erasure.left:
            out.print(f"  {line}", markup=False, soft_wrap=True)
    sources = "the form services and files that they came through, and copies made before"
    out.print(f"Beyond our reach: {sources}. See docs/operate.md.", soft_wrap=True)
    out.print(
        f"Certificate {erasure.id}, in {desk.installation.home / CERTIFICATES}.", markup=False, soft_wrap=True
    )


def export_person(
    addresses: Annotated[
        list[str], typer.Argument(help="All e-mail addresses of the person.", metavar="EMAIL…")
    ],
    to: Annotated[
        Path | None, typer.Option(help="A file; .json for a program, any other to be read.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json")] = False,
) -> None:
    """All that is known about somebody: what they wrote, what was made of it, what was written where."""
    with session() as desk:
        playbook = read_playbook(desk.installation)
        person = find_person(desk.ledger, playbook, addresses)
        given = connector_context(playbook, desk.installation.home, desk.ledger)
        crm = open_connections(playbook.connections, given).crm

        async def ask() -> Known:
            async with aclosing(given):
                return await known_about(desk.ledger, playbook, crm, person)

        known = anyio.run(ask)
    if to is None:
        print_json(known) if as_json else out.print(in_words(known), markup=False, soft_wrap=True)
        return
    text = known.model_dump_json(indent=2) if as_json or to.suffix == ".json" else in_words(known)
    try:
        write_whole(to, text.encode())
    except OSError as error:
        raise LeadsError(f"{to} cannot be written: {error.strerror}.") from None
    out.print(
        f"{so_many(len(known.leads), 'inquiry', 'inquiries')}, in {to}. Only you can read it.",
        markup=False,
        soft_wrap=True,
    )
