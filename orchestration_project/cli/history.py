"""`leads verdict` and `leads export`: what a person says of a decision, and history as a file.

What is exported is made by `history/`; pandas is imported only then.
"""

import getpass
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from orchestration_project.cli.options import moment
from orchestration_project.cli.session import Session, read_playbook, session
from orchestration_project.cli.view import out
from orchestration_project.errors import LeadsError
from orchestration_project.history.days import beginning, day_of, days_between
from orchestration_project.history.reader import reader_of
from orchestration_project.history.tables import TABLES
from orchestration_project.model import Correction, CorrectionKind, Ref
from orchestration_project.text import so_many
from orchestration_project.timezones import zone


def verdict(
    ref: Annotated[str, typer.Argument(help="As `leads list` shows it; its beginning will do.")],
    track: Annotated[str | None, typer.Option(help="The track it should have taken.")] = None,
    score: Annotated[int | None, typer.Option(min=0, max=10, help="The score it should have.")] = None,
    genuine: Annotated[bool, typer.Option("--genuine", help="It should not have been set aside.")] = False,
    spam: Annotated[bool, typer.Option("--spam", help="It should have been set aside.")] = False,
    take_back: Annotated[
        bool,
        typer.Option("--take-back", help="What was said of it no longer counts: nothing is learned from it."),
    ] = False,
    note: Annotated[str, typer.Option(help="Why, in your words.")] = "",
) -> None:
    """Say what a decision should have been. It is kept to learn from.

    A lead that is to be checked goes on with --genuine, and is set aside with --spam; any other is left as it
    is. With --take-back nothing that was said of it counts any more; where the lead stands stays as it is.
    """
    said = [
        *([CorrectionKind.TRACK] if track is not None else []),
        *([CorrectionKind.SCORE] if score is not None else []),
        *([CorrectionKind.GENUINE] if genuine else []),
        *([CorrectionKind.SPAM] if spam else []),
    ]
    if take_back:
        said = [CorrectionKind.TAKEN_BACK] if not said else []
    if not said or (genuine and spam):
        raise LeadsError(
            "Say one thing at least: --track T, --score N, and either --genuine or --spam; or --take-back."
        )
    with session() as desk:
        if track is not None:
            read_playbook(desk.installation).track(track)  # raises for one that there is not
        known_as = desk.ledger.stories.resolve(ref)
        for kind in said:
            desk.ledger.labels.correct(_correction(known_as, kind, track, score, note))
        moved = _checked(desk, known_as, genuine=genuine, spam=spam)
    if take_back:
        out.print(
            f"What was said of {known_as} no longer counts; what was learned from it goes in the night."
        )
        return
    out.print(f"Kept: {known_as} should have been {', '.join(_words(kind, track, score) for kind in said)}.")
    if moved:
        out.print(moved)


def _checked(desk: Session, ref: Ref, *, genuine: bool, spam: bool) -> str | None:
    """Moves a lead that waits for just this word; answers what it has done."""
    if genuine and desk.ledger.by_hand.let_go_on([ref]):
        return "It goes on: `make dev` takes it at once; else `leads run`."
    (lead,) = desk.ledger.stories.list_leads(refs=[ref])
    if spam and lead.status == "to_check":
        desk.ledger.by_hand.set_aside_as_spam([ref])
        return "It is set aside as spam."
    if genuine and lead.status == "quarantined":
        return f"It stays in quarantine; `leads replay {ref} --genuine` lets it go on."
    return None


def _correction(
    ref: Ref, kind: CorrectionKind, track: str | None, score: int | None, note: str
) -> Correction:
    return Correction(
        ref=ref,
        kind=kind,
        track=track if kind is CorrectionKind.TRACK else None,
        score=score if kind is CorrectionKind.SCORE else None,
        note=note,
        said_by=getpass.getuser(),
    )


def _words(kind: CorrectionKind, track: str | None, score: int | None) -> str:
    return {CorrectionKind.TRACK: f"track {track}", CorrectionKind.SCORE: f"score {score}"}.get(
        kind, kind.value
    )


def export(
    table: Annotated[str, typer.Argument(help=f"One of {', '.join(TABLES)}.")],
    to: Annotated[Path, typer.Option(help="A file that ends in .parquet or .csv.")],
    since: Annotated[
        str | None, typer.Option(help="The first day: today, yesterday, 7d or 2026-11-24.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(help="The last day, which belongs to it; written alike.")
    ] = None,
    with_texts: Annotated[
        bool,
        typer.Option("--with-texts", help="Also what people wrote: then the file holds people's data."),
    ] = False,
) -> None:
    """Write a table of history to a file, as the ledger has it now. No person is in it."""
    if table not in TABLES:
        raise LeadsError(f"History has no table {table!r}; it has {', '.join(TABLES)}.")
    if to.suffix not in (".parquet", ".csv"):
        raise LeadsError(f"{to.name}: end it in .parquet or .csv.")
    if with_texts and table != "leads":
        raise LeadsError("--with-texts goes with the table leads: only there stands what people wrote.")
    with session() as desk:
        rows = _write(desk, table, to, since, until, with_texts=with_texts)
    out.print(f"{so_many(rows, 'row')} of {table} in {to}.", soft_wrap=True)


def _write(
    desk: Session, table: str, to: Path, since: str | None, until: str | None, *, with_texts: bool
) -> int:
    from orchestration_project.history.exporting import export_table  # noqa: PLC0415 - pandas

    playbook = read_playbook(desk.installation)
    now, time_zone = desk.ledger.clock(), playbook.business.time_zone
    today = day_of(now, time_zone)

    def day(written: str) -> date:
        return day_of(moment(written, now, zone(time_zone)), time_zone)

    reader = reader_of(desk.ledger.engine, playbook)
    first = day(since) if since else beginning(playbook.history_from, reader.first_day(), today)
    last = day(until) if until else today
    try:
        return export_table(reader, table, list(days_between(first, last)), to, with_texts=with_texts)
    except OSError as error:
        raise LeadsError(f"{to} cannot be written: {error.strerror}.") from error
