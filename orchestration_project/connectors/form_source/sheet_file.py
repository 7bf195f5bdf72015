"""The rows of an Excel file (.xlsx, .xls, .ods) as text, of the first sheet that has any.

What a row means is in `csv_file.py`.
"""

import io
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from pathlib import Path

from orchestration_project.connectors.form_source.records import Record
from orchestration_project.errors import LeadsError

_OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # an old Office document
_NEVER_TEXT = (".xlsx", ".xlsm", ".ods")


def is_sheet(path: Path) -> bool:
    """By what is in it: many programs export text as `.xls`, and people call a spreadsheet `.csv`."""
    suffix = path.suffix.lower()
    with path.open("rb") as file:
        begins = file.read(len(_OLD))
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            return suffix in _NEVER_TEXT or any(name.startswith("xl/") for name in packed.namelist())
    return suffix in _NEVER_TEXT or (suffix == ".xls" and begins == _OLD)


def sheet_records(path: Path) -> Iterator[Record]:
    """Raises LeadsError where it is no such file."""
    from python_calamine import CalamineError, CalamineWorkbook  # noqa: PLC0415 - only for files of this kind

    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(path.read_bytes()))
        sheets = (book.get_sheet_by_name(name) for name in book.sheet_names)
        rows = next((found for sheet in sheets if (found := sheet.to_python(skip_empty_area=False))), [])
    except CalamineError as error:
        raise LeadsError(
            f"{path} cannot be read as a spreadsheet: {error}. Save it as .xlsx or CSV."
        ) from error
    for number, row in enumerate(rows, 1):
        yield Record(number, tuple(map(_text, row)))


def _text(cell: object) -> str:
    """As people see it: 12 and not 12.0, dates as 2026-11-24."""
    match cell:
        case bool():
            return "true" if cell else "false"
        case float() if cell.is_integer():
            return str(int(cell))
        case datetime() if cell.time() == time(0):
            return cell.date().isoformat()
        case datetime() | date() | time():
            return cell.isoformat()
        case timedelta():
            return str(cell)
        case _:
            return str(cell)
