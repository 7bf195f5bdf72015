"""`leads import`: old leads from a CSV file into the ledger, where they wait until a person wants more.

How the file is read is in `connectors/form_source/csv_file.py`; storing is the intake's part.
"""

import csv
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from orchestration_project.cli.labels_csv import (
    OUTCOME_FIELDS,
    ImportMapping,
    OutcomeRow,
    Row,
    outcome_of,
    outcome_rows,
    read_mapping,
    split_row,
    take_outcome_rows,
)
from orchestration_project.cli.session import Session, read_playbook, session
from orchestration_project.cli.view import err, out
from orchestration_project.connectors.form_source.csv_file import BadRow, CsvFile, GoodRow, open_csv
from orchestration_project.errors import LeadsError
from orchestration_project.intake import old_submissions
from orchestration_project.ledger.imports import Imports
from orchestration_project.ledger.submissions import external_id_of, make_ref
from orchestration_project.model import Delivery, Frozen, Outcome, Ref
from orchestration_project.model.fields import LEAD_FIELDS

CHUNK = 500
"""Rows of one transaction: after a break the import begins anew and skips what is stored."""
SHOWN = 10


class Imported(Frozen):
    """What became of a file's rows."""

    rows: int
    new: int
    corrected: int  # of those that were here already: other content took the place of what was here
    undated: int  # have no date that can be read
    outcomes: int  # new ones, of leads whose row tells what became of them
    rejected: tuple[BadRow, ...]
    refs: tuple[Ref, ...]  # of all its rows, new or here already

    @property
    def known(self) -> int:
        return self.rows - self.new


def import_file(
    file: Annotated[Path, typer.Argument(help="CSV with a first line that names its columns.")],
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", help='Which column is which field: --map email="E-mail". May be repeated.'),
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="What to call where they come from; the file's name by default.")
    ] = None,
    date_format: Annotated[
        str | None, typer.Option(help="How submitted_at is written unless as 2026-11-24: %d/%m/%Y, say.")
    ] = None,
    mapping_file: Annotated[
        Path | None,
        typer.Option(
            "--mapping", help="YAML that says the same, and what became of each; see docs/history.md."
        ),
    ] = None,
    outcomes: Annotated[
        bool, typer.Option("--outcomes", help="The file tells what became of leads that are here already.")
    ] = False,
    process: Annotated[
        bool, typer.Option("--process", help="Let runs take them at once, actions included, like new leads.")
    ] = False,
) -> None:
    """Take in old leads from a CSV file. They are stored and nothing is done, unless you say --process.

    Import the same file again at any time: the same rows are the same leads. With --outcomes its columns are
    outcome, at, value, currency, deal, and one of ref, id and email.
    """
    csv_file = open_csv(file)
    if outcomes:
        _import_outcomes(csv_file, columns_by_field(mapping or [], csv_file, OUTCOME_FIELDS))
        return
    rules = read_mapping(mapping_file, csv_file) if mapping_file else ImportMapping()
    written = [*(f"{field}={column}" for field, column in rules.fields.items()), *(mapping or [])]
    columns_of = columns_by_field(written, csv_file)
    name = source or rules.source or f"csv {file.stem}"
    with session() as desk:
        with _progress(csv_file.size) as progress:
            done = import_rows(
                desk, csv_file, columns_of, name, date_format or rules.date_format, progress, rules
            )
        _report(file, csv_file, done)
        if not process:
            if done.new:
                out.print("They wait as history; `leads replay REF` makes a lead of one.")
            return
        released = sum(
            Imports(desk.ledger.engine, desk.ledger.clock).release(part) for part in _chunks(done.refs, CHUNK)
        )
        out.print(f"{released} are processed now.")
        _process(desk)


def _process(desk: Session) -> None:
    from orchestration_project.cli.processing import process  # noqa: PLC0415 - dagster, seconds

    process(desk)


def _import_outcomes(csv_file: CsvFile, columns_of: Mapping[str, str]) -> None:
    with session() as desk:
        rows = list(outcome_rows(csv_file, columns_of, desk.ledger.clock()))
        good = [row for row in rows if isinstance(row, OutcomeRow)]
        taken = [take_outcome_rows(desk.ledger, good[at : at + CHUNK]) for at in range(0, len(good), CHUNK)]
    new, known = sum(part.new for part in taken), sum(part.known for part in taken)
    out.print(f"{len(rows)} rows of {csv_file.path.name}: {new} outcomes taken in, {known} known already.")
    told = [(row.line, row.why) for row in rows if isinstance(row, BadRow)]
    told += [(line, "it speaks of no lead that we know") for part in taken for line in part.unknown]
    _tell(sorted(told))


def _tell(mistakes: Sequence[tuple[int, str]]) -> None:
    if mistakes:
        out.print(f"{len(mistakes)} rows were not taken:", style="yellow")
    for line, why in mistakes[:SHOWN]:
        out.print(f"  line {line}: {why}", markup=False)
    if len(mistakes) > SHOWN:
        out.print(f"  and {len(mistakes) - SHOWN} more")


def columns_by_field(
    mapping: Sequence[str], csv_file: CsvFile, fields: Collection[str] = LEAD_FIELDS
) -> dict[str, str]:
    """The column of each lead field that was named. Raises LeadsError for one that does not exist."""
    columns: dict[str, str] = {}
    for entry in mapping:
        field, equals, column = entry.partition("=")
        field, column = field.strip(), column.strip()
        if not equals or field not in fields:
            close = get_close_matches(field, fields, n=1)
            hint = f"Did you mean {close[0]}?" if close else f"Fields are: {', '.join(sorted(fields))}."
            raise LeadsError(f'--map {entry}: write --map FIELD="Column". {hint}')
        if column not in csv_file.columns:
            raise LeadsError(
                f"--map {entry}: {csv_file.path.name} has no column {column!r}. "
                f"Its columns are: {', '.join(csv_file.columns)}."
            )
        if field in columns or column in columns.values():
            raise LeadsError(f"--map {entry}: each field and each column can be named once.")
        columns[field] = column
    return columns


def import_rows(
    desk: Session,
    csv_file: CsvFile,
    columns_of: Mapping[str, str],
    source: str,
    date_format: str | None,
    progress: Callable[[int], None],
    rules: ImportMapping | None = None,
) -> Imported:
    playbook, now = read_playbook(desk.installation), desk.ledger.clock()
    refs: dict[Ref, None] = {}
    rejected: list[BadRow] = []
    waiting: list[Delivery] = []
    told: list[Outcome] = []
    rows = new = outcomes = 0

    imports = Imports(desk.ledger.engine, desk.ledger.clock)
    corrected = undated = 0

    def store() -> int:
        nonlocal corrected, undated, outcomes
        olds = old_submissions(desk.ledger, playbook, source, waiting)
        waiting.clear()
        undated += sum(old.undated for old in olds)
        taken = imports.store(source, olds)
        corrected += len(imports.correct(source, olds))
        outcomes += desk.ledger.labels.take_outcomes(told).new if told else 0
        told.clear()
        return len(taken)

    for row, read in csv_file.rows(columns_of, date_format):
        split = split_row(row, rules or ImportMapping(), now) if isinstance(row, GoodRow) else None
        if isinstance(row, BadRow):
            rejected.append(row)
        elif isinstance(split, Row):
            rows += 1
            ref = make_ref(source, external_id_of(split.delivery))
            refs[ref] = None
            waiting.append(split.delivery)
            if split.outcome is not None:
                told.append(outcome_of(ref, split.outcome))
        else:
            rejected.append(BadRow(line=row.line, why=str(split), cells=()))
        if len(waiting) >= CHUNK:
            new += store()
            progress(read)
    new += store()
    progress(csv_file.size)
    return Imported(
        rows=rows,
        new=new,
        corrected=corrected,
        undated=undated,
        outcomes=outcomes,
        rejected=tuple(rejected),
        refs=tuple(refs),
    )


class _Told:
    """Tells the progress bar how far the file is read."""

    def __init__(self, bar: Progress, size: int) -> None:
        self._bar = bar
        self._task = bar.add_task("importing", total=max(size, 1))

    def __call__(self, read: int) -> None:
        self._bar.update(self._task, completed=read)


@contextmanager
def _progress(size: int) -> Generator[_Told]:
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        yield _Told(bar, size)


def _report(file: Path, csv_file: CsvFile, done: Imported) -> None:
    out.print(f"{done.rows} rows of {file.name}: {done.new} imported, {done.known} were here already.")
    if done.outcomes:
        out.print(f"{done.outcomes} of them say what became of the lead.")
    if done.corrected:
        out.print(f"{done.corrected} of those are read the new way from now on.")
    if done.undated:
        out.print(
            f"{done.undated} have no date that can be read, and count as submitted at their import. Name the "
            'column with --map submitted_at="Column", and how it is written with --date-format, such as '
            f"%d/%m/%Y; then import the file again. Its columns are: {', '.join(csv_file.columns)}.",
            style="yellow",
            markup=False,
            soft_wrap=True,
        )
    kept = rejected_file(file)
    if not done.rejected:
        kept.unlink(missing_ok=True)  # of an earlier try
        return
    write_rejected(kept, csv_file, done.rejected)
    out.print(f"{len(done.rejected)} rows were not taken; they are kept in {kept.name}:", style="yellow")
    for bad in done.rejected[:SHOWN]:
        out.print(f"  line {bad.line}: {bad.why}", markup=False)
    if len(done.rejected) > SHOWN:
        out.print(f"  and {len(done.rejected) - SHOWN} more")


def rejected_file(file: Path) -> Path:
    """Where the rows go that could not be taken in: beside the file."""
    return file.with_name(f"{file.stem}.rejected.csv")


def write_rejected(path: Path, csv_file: CsvFile, rejected: Sequence[BadRow]) -> None:
    """The rows as they were, after the line they stood on and what is wrong with them."""
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=csv_file.delimiter)
            writer.writerow(("line", "what is wrong", *csv_file.columns))
            writer.writerows((bad.line, bad.why, *bad.cells) for bad in rejected)
    except OSError as error:
        raise LeadsError(
            f"{path} cannot be written: {error.strerror}. The good rows are stored; "
            "copy the file to a folder that you may write to, and import it from there."
        ) from error


def _chunks(refs: Sequence[Ref], size: int) -> Iterator[Sequence[Ref]]:
    for start in range(0, len(refs), size):
        yield refs[start : start + size]
