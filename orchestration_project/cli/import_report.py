"""What `leads import` says of a file when it is through, and the file of the rows that it could not take.

Taking them in is `import_rows.py`.
"""

import csv
from collections.abc import Sequence
from pathlib import Path

from orchestration_project.cli.import_rows import Imported
from orchestration_project.cli.view import out
from orchestration_project.connectors.form_source.csv_file import BadRow, CsvFile
from orchestration_project.connectors.form_source.csv_mapping import CsvMapping
from orchestration_project.errors import LeadsError

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


def report(file: Path, csv_file: CsvFile, done: Imported, mapping: CsvMapping) -> None:
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


def tell_mistakes(mistakes: Sequence[tuple[int, str]]) -> None:
    if mistakes:
        out.print(f"{len(mistakes)} rows were not taken:", style="yellow")
    for line, why in mistakes[:SHOWN]:
        out.print(f"  line {line}: {why}", markup=False)
    if len(mistakes) > SHOWN:
        out.print(f"  and {len(mistakes) - SHOWN} more")


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
