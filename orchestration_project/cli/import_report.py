"""What `leads import` says of a file when it is through, and the file of the rows that it could not take.

Taking them in is `import_rows.py`.
"""

import csv
from collections.abc import Sequence
from pathlib import Path

from pathvalidate import sanitize_filename

from orchestration_project.cli.import_rows import Imported
from orchestration_project.cli.view import out
from orchestration_project.connectors.form_source.csv_file import TOLD, BadRow, CsvFile
from orchestration_project.connectors.form_source.csv_mapping import CsvMapping
from orchestration_project.errors import LeadsError
from orchestration_project.text import so_many

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


def report(home: Path, csv_file: CsvFile, source: str, done: Imported, mapping: CsvMapping) -> None:
    """`home` is the installation's, where the rows go that were not taken."""
    out.print(_sum(csv_file.path.name, done), soft_wrap=True, markup=False)
    _tell_of_elsewhere(done.elsewhere)
    _hint(csv_file, done, mapping)
    if mapping.outcome:
        out.print(f"{so_many(done.outcomes, 'outcome')} new, or other than before.")
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
    if done.changed:
        out.print(
            f"{so_many(done.changed, 'row')} of those changed since, known again by the address and by what "
            "was written, or when. Is one another inquiry of that person? Import it under another --source.",
            soft_wrap=True,
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
    kept = rejected_file(home, source)
    if not done.rejected:
        kept.unlink(missing_ok=True)  # of an earlier try
        return
    write_rejected(kept, csv_file, done.rejected)
    for bad in done.rejected[:SHOWN]:
        out.print(f"  line {bad.line}: {bad.why}", markup=False)
    if len(done.rejected) > SHOWN:
        out.print(f"  and {len(done.rejected) - SHOWN} more")
    out.print(
        f'They are kept in {kept}. Put them right there, and import that file with --source "{source}" and '
        "the same options as this time.",
        style="yellow",
        markup=False,
        soft_wrap=True,
    )


def _sum(name: str, done: Imported) -> str:
    """Each row of the file is in one of these numbers."""
    parts = (
        f"{done.new} imported",
        f"{done.known} were here already",
        f"{done.twice} stand in it twice" if done.twice else "",
        f"{done.kept_out} of people who were erased on request stay out" if done.kept_out else "",
        f"{len(done.rejected)} not taken" if done.rejected else "",
    )
    return f"{so_many(done.in_all, 'row')} of {name}: {', '.join(filter(None, parts))}."


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


def tell_mistakes(mistakes: Sequence[tuple[int, str]]) -> None:
    if mistakes:
        out.print(f"Not taken: {so_many(len(mistakes), 'row')}.", style="yellow")
    for line, why in mistakes[:SHOWN]:
        out.print(f"  line {line}: {why}", markup=False)
    if len(mistakes) > SHOWN:
        out.print(f"  and {len(mistakes) - SHOWN} more")


def rejected_file(home: Path, source: str) -> Path:
    """Where the rows go that could not be taken in: people stand in them, so they are where all that an
    installation writes is, readable by its owner alone, and not in the folder that the file came from."""
    return home / "rejected" / f"{sanitize_filename(source, replacement_text='_') or 'file'}.csv"


def write_rejected(path: Path, csv_file: CsvFile, rejected: Sequence[BadRow]) -> None:
    """The rows as they were, after the line they stood on and what is wrong with them."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=csv_file.delimiter)
            again = len(TOLD) if csv_file.columns[: len(TOLD)] == TOLD else 0  # it is such a file itself
            writer.writerow((*TOLD, *csv_file.columns[again:]))
            writer.writerows((bad.line, bad.why, *bad.cells[again:]) for bad in rejected)
    except OSError as error:
        raise LeadsError(
            f"{path} cannot be written: {error.strerror}. The good rows are stored; make room there or give "
            "this user the right to write, and import the file again."
        ) from error
