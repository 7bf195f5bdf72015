"""`leads import`: old leads from a CSV file into the ledger, where they wait until a person wants more.

How the file is read is in `connectors/form_source/csv_file.py`; storing its rows is `import_rows.py`.
"""

from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from orchestration_project.cli.import_check import refuse_no_list, refuse_unknown
from orchestration_project.cli.import_report import report, tell_mistakes
from orchestration_project.cli.import_rows import CHUNK, columns_by_field, import_rows
from orchestration_project.cli.labels_csv import (
    OUTCOME_FIELDS,
    OutcomeRow,
    outcome_rows,
    take_outcome_rows,
    tells_outcomes,
)
from orchestration_project.cli.session import Session, owners_zone, read_playbook, session
from orchestration_project.cli.view import err, out
from orchestration_project.connectors.form_source.csv_file import BadRow, CsvFile, open_csv
from orchestration_project.connectors.form_source.csv_mapping import NO_MAPPING, read_mapping
from orchestration_project.ledger.imports import Imports
from orchestration_project.model import Ref
from orchestration_project.text import so_many


def import_file(
    file: Annotated[
        Path, typer.Argument(help="CSV with a first line that names its columns; or .xlsx, .xls, .ods.")
    ],
    mapping: Annotated[
        list[str] | None,
        typer.Option("--map", help='Which column is which field: --map email="E-mail". May be repeated.'),
    ] = None,
    mapping_file: Annotated[
        Path | None,
        typer.Option(
            "--mapping",
            help="YAML file that says which column is which field, which the outcome, which known later.",
        ),
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="What to call where they come from; the file's name by default.")
    ] = None,
    date_format: Annotated[
        str | None, typer.Option(help="How submitted_at is written unless as 2026-11-24: %d/%m/%Y, say.")
    ] = None,
    encoding: Annotated[
        str | None, typer.Option(help="Of a text file, where it is not found out right: cp1252, say.")
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
    refuse_no_list(file)
    csv_file = open_csv(file, encoding)
    for remark in csv_file.remarks:
        out.print(remark, markup=False, soft_wrap=True)
    if not (mapping or mapping_file or process) and tells_outcomes(csv_file):
        out.print("It has a column `outcome` and tells whose: it is taken for what became of leads.")
        outcomes = True
    if outcomes:
        _import_outcomes(csv_file, columns_by_field(mapping or [], csv_file, OUTCOME_FIELDS))
        return
    mapped = read_mapping(mapping_file, csv_file) if mapping_file else NO_MAPPING
    columns_of = {**mapped.fields, **columns_by_field(mapping or [], csv_file)}
    name = source or mapped.source or f"csv {file.stem}"
    date_format = date_format or mapped.date_format
    mapped = mapped.model_copy(update={"date_format": date_format})
    with session() as desk:
        rows = csv_file.rows(columns_of, no_answer=mapped.no_answer, aside=mapped.aside)
        if not mapping_file:  # who writes one has said which column is which, and that there is no name
            refuse_unknown(csv_file, rows, read_playbook(desk.installation).field_names(name))
        with _progress(csv_file.size) as progress:
            done = import_rows(desk, csv_file, columns_of, name, date_format, progress, mapped)
        report(desk.installation.home, csv_file, name, done, mapped)
        if not process:
            if done.new:
                out.print("They wait as history; `leads replay REF` makes a lead of one.")
            return
        released = sum(
            Imports(desk.ledger.engine, desk.ledger.clock).release(part) for part in _chunks(done.refs, CHUNK)
        )
        out.print(f"{so_many(released, 'lead')} to be processed now.")
        _process(desk)


def _process(desk: Session) -> None:
    from orchestration_project.cli.processing import process  # noqa: PLC0415 - dagster, seconds

    process(desk)


def _import_outcomes(csv_file: CsvFile, columns_of: Mapping[str, str]) -> None:
    with session() as desk:
        rows = list(outcome_rows(csv_file, columns_of, desk.ledger.clock(), owners_zone(desk.installation)))
        good = [row for row in rows if isinstance(row, OutcomeRow)]
        taken = [take_outcome_rows(desk.ledger, good[at : at + CHUNK]) for at in range(0, len(good), CHUNK)]
    new, known = sum(part.new for part in taken), sum(part.known for part in taken)
    taken_in = f"{so_many(new, 'outcome')} taken in, {known} known already"
    out.print(f"{so_many(len(rows), 'row')} of {csv_file.path.name}: {taken_in}.")
    told = [(row.line, row.why) for row in rows if isinstance(row, BadRow)]
    told += [
        (line, "it speaks of no lead that we know, or of none that had come by then")
        for part in taken
        for line in part.unknown
    ]
    tell_mistakes(sorted(told))


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


def _chunks(refs: Sequence[Ref], size: int) -> Iterator[Sequence[Ref]]:
    for start in range(0, len(refs), size):
        yield refs[start : start + size]
