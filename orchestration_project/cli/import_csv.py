"""`leads import`: old leads from a CSV file into the ledger, where they wait until a person wants more.

How the file is read is in `connectors/form_source/csv_file.py`; storing is the intake's part.
"""

import csv
from collections import Counter
from collections.abc import Callable, Collection, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from orchestration_project.cli.import_outcomes import know_too_much, take_outcomes
from orchestration_project.cli.labels_csv import (
    OUTCOME_FIELDS,
    OutcomeRow,
    outcome_rows,
    take_outcome_rows,
    tells_outcomes,
)
from orchestration_project.cli.session import Session, read_playbook, session
from orchestration_project.cli.view import err, out
from orchestration_project.connectors.form_source.csv_file import BadRow, CsvFile, GoodRow, open_csv
from orchestration_project.connectors.form_source.csv_mapping import NO_MAPPING, CsvMapping, read_mapping
from orchestration_project.errors import LeadsError
from orchestration_project.intake import old_submissions
from orchestration_project.ledger.imports import Imports
from orchestration_project.ledger.submissions import external_id_of, make_ref
from orchestration_project.model import Frozen, Ref
from orchestration_project.model.fields import LEAD_FIELDS

CHUNK = 500
"""Rows of one transaction: after a break the import begins anew and skips what is stored."""
SHOWN = 10
_TELLS_OF_OUTCOMES = frozenset(
    {
        "outcome",
        "status",
        "stage",
        "deal stage",
        "lead status",
        "result",
        "won",
        "converted",
        "lifecycle stage",
    }
    | {"closed", "conversion"}
)


class Imported(Frozen):
    """What became of a file's rows."""

    rows: int
    new: int = 0
    corrected: int = 0  # of those that were here already: other content took the place of what was here
    kept_out: int = 0  # of people who were erased on request
    undated: int = 0  # have no date that can be read
    rejected: tuple[BadRow, ...]
    refs: tuple[Ref, ...]  # of all its rows, new or here already
    outcomes: int = 0  # that were new, or say something else than before
    elsewhere: tuple[str, ...] = ()  # other sources under which rows of it are here, too
    with_later: int = 0  # leads here already whose submission holds what is now set aside

    @property
    def known(self) -> int:
        return self.rows - self.new - self.kept_out


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
        with _progress(csv_file.size) as progress:
            done = import_rows(desk, csv_file, columns_of, name, date_format, progress, mapped)
        _report(file, csv_file, done, mapped)
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
    mapping: CsvMapping = NO_MAPPING,
) -> Imported:
    playbook = read_playbook(desk.installation)
    refs: dict[Ref, None] = {}
    rejected: list[BadRow] = []
    waiting: dict[Ref, GoodRow] = {}
    rows = 0
    counts = Counter[str]()
    elsewhere: set[str] = set()

    imports = Imports(desk.ledger.engine, desk.ledger.clock)

    def store() -> None:
        olds = old_submissions(desk.ledger, playbook, source, [row.delivery for row in waiting.values()])
        counts["kept_out"] += len(waiting) - len(olds)
        taken = set(imports.store(source, olds))
        counts["new"] += len(taken)
        if taken:
            elsewhere.update(imports.elsewhere(source, olds))
        counts["undated"] += sum(old.undated for old in olds)
        counts["corrected"] += len(imports.correct(source, olds))
        known = {ref: row for ref, row in waiting.items() if ref not in taken}
        counts["with_later"] += know_too_much(desk.ledger, known, mapping)
        counts["outcomes"] += take_outcomes(desk.ledger, playbook, waiting, mapping)
        waiting.clear()

    read_rows = csv_file.rows(
        columns_of,
        date_format,
        no_answer=mapping.no_answer,
        aside=mapping.aside,
        mistake=mapping.mistake,
    )
    for row, read in read_rows:
        if isinstance(row, GoodRow):
            rows += 1
            ref = make_ref(source, external_id_of(row.delivery))
            refs[ref] = None
            waiting[ref] = row
        else:
            rejected.append(row)
        if len(waiting) >= CHUNK:
            store()
            progress(read)
    store()
    progress(csv_file.size)
    return Imported(
        rows=rows, rejected=tuple(rejected), refs=tuple(refs), elsewhere=tuple(sorted(elsewhere)), **counts
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


def _report(file: Path, csv_file: CsvFile, done: Imported, mapping: CsvMapping) -> None:
    out.print(f"{done.rows} rows of {file.name}: {done.new} imported, {done.known} were here already.")
    _tell_of_elsewhere(done.elsewhere)
    if done.kept_out:
        out.print(f"{done.kept_out} are of people who were erased on request, and stay out.")
    _hint(csv_file, done, mapping)
    if mapping.outcome:
        out.print(f"{done.outcomes} outcomes are new, or other than before.")
    if mapping.later:
        out.print(
            f"Set aside, since it became known later: {', '.join(mapping.later)}.",
            markup=False,
            soft_wrap=True,
        )
    if done.with_later:
        out.print(
            f"{done.with_later} leads that were here already hold a column which is set aside now, from an "
            "import without this mapping: a scorer would read it. Import the file under another --source.",
            style="yellow",
        )
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
    total, lost = done.rows + len(done.rejected), len(done.rejected)
    out.print(f"{total} rows in all: {done.rows} of them read, and {lost} not.")
    out.print(f"{lost} rows were not taken; they are kept in {kept.name}:", style="yellow")
    for bad in done.rejected[:SHOWN]:
        out.print(f"  line {bad.line}: {bad.why}", markup=False)
    if len(done.rejected) > SHOWN:
        out.print(f"  and {len(done.rejected) - SHOWN} more")


def _tell_of_elsewhere(sources: Sequence[str]) -> None:
    if sources:
        out.print(
            f"Rows of it are here as {', '.join(sources)}, too, and so there are two leads of each. "
            "Who imports a file again gives it the same --source.",
            style="yellow",
            markup=False,
            soft_wrap=True,
        )


def _hint(csv_file: CsvFile, done: Imported, mapping: CsvMapping) -> None:
    """A file about leads that are here already most often tells what became of them."""
    if done.new or not done.rows or mapping.outcome:
        return
    told = [column for column in csv_file.columns if column.casefold().strip() in _TELLS_OF_OUTCOMES]
    if told:
        out.print(
            f"None of them is new. If `{told[0]}` tells what became of them, import the file with "
            f'--outcomes --map outcome="{told[0]}" (and --map id=… or --map email=…).',
            style="yellow",
            markup=False,
            soft_wrap=True,
        )


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
