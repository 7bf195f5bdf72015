"""Before a file is imported: is it a list of leads at all, and is anything in it known to be a person's?

How a list is read is in `connectors/form_source/csv_file.py`; taking its rows in is `import_rows.py`.
"""

import json
from collections.abc import Iterable, Mapping
from itertools import islice
from pathlib import Path

from orchestration_project.connectors.form_source.csv_file import BadRow, CsvFile, GoodRow
from orchestration_project.connectors.form_source.sheet_file import is_sheet
from orchestration_project.data.fields import map_fields
from orchestration_project.data.payload import parse_payload
from orchestration_project.errors import LeadsError

_KINDS = {
    b"%PDF": "a PDF",
    b"PK\x03\x04": "a zip file, or a document of an office program",
    b"\xd0\xcf\x11\xe0": "a document of an old office program",
    b"\x1f\x8b": "a compressed file",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"{\\rtf": "an RTF document",
    b"SQLite format 3": "a database",
}
"""By the bytes that they begin with."""
_MARKUP = ("<!doctype", "<html", "<?xml")
_BEGINNING = 1_000_000
_LOOKED_AT = 50
_TELLING = frozenset({"name", "first_name", "last_name", "email", "phone", "company", "message"})
_EXPORT = "Export the leads as CSV or .xlsx from where they are kept, and import that."


def refuse_no_list(path: Path) -> None:
    """Raises LeadsError for what is no list of rows, and says what it is."""
    try:
        with path.open("rb") as file:
            begins = file.read(_BEGINNING)
        if is_sheet(path):
            return
    except OSError:
        return  # who opens it next says why
    if not begins.strip():
        raise LeadsError(f"{path} is empty. {_EXPORT}")
    for magic, what in _KINDS.items():
        if begins.startswith(magic):
            raise LeadsError(f"{path} is {what}, and no list of rows. {_EXPORT}")
    text = begins.decode("utf-8", errors="replace").lstrip("\ufeff \t\r\n")
    if text[:20].casefold().startswith(_MARKUP):
        raise LeadsError(f"{path} is a page or XML, and no list of rows. {_EXPORT}")
    if text.startswith(("{", "[")) and _is_json(text):
        raise LeadsError(
            f"{path} is JSON. `leads submit {path.name}` takes it, and runs process its leads as new ones; "
            f"what is history comes from a list. {_EXPORT}"
        )


def _is_json(text: str) -> bool:
    """All of it, or its first line; of a longer one than was read, how it begins."""
    for part in (text, text.partition("\n")[0]):
        try:
            json.loads(part)
        except (ValueError, RecursionError):
            continue
        return True
    return "".join(text[:200].split()).startswith(('{"', '[{"'))


def refuse_unknown(
    csv_file: CsvFile, rows: Iterable[tuple[GoodRow | BadRow, int]], names: Mapping[str, tuple[str, ...]]
) -> None:
    """Looks at the first rows. Raises LeadsError where there is none, or no column is known to say who wrote,
    or what: each row would be a lead of nobody."""
    looked_at = [row for row, _ in islice(rows, _LOOKED_AT)]
    columns = ", ".join(csv_file.columns)
    if not looked_at:
        raise LeadsError(
            f"{csv_file.path} names its columns ({columns}) and has no row below. Nothing was imported: "
            "export it again with its rows."
        )
    good = [row for row in looked_at if isinstance(row, GoodRow)]
    if good and not any(
        _TELLING & map_fields(parse_payload(row.delivery.raw), names).values.keys() for row in good
    ):
        raise LeadsError(
            f"No column of {csv_file.path} is known to say who wrote, or what. Its columns are: {columns}. "
            'Say which is which: --map email="Column" --map name="Column" --map message="Column".'
        )
