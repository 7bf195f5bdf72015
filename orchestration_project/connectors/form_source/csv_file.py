"""A CSV file of old leads, read row by row, whatever program wrote it: encoding and delimiter are found out.

Storing the rows is the intake's part. A row is found again by its id column, or by its content where
there is none, so a file can be imported any number of times; `cli/import_again.py` finds what was changed.
"""

import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from pydantic import Field

from orchestration_project.connectors.form_source.records import Record, holds_address, layout, records
from orchestration_project.connectors.form_source.sheet_file import is_sheet, sheet_records
from orchestration_project.connectors.form_source.text_lines import Lines, checked_encoding
from orchestration_project.errors import LeadsError
from orchestration_project.model import Delivery, Frozen, JsonObject

TOLD = ("line", "what is wrong")
"""The first columns of a file with the rows that were not taken. Imported, it is read without them."""
BY_CONTENT = "row:"
"""So begin the ids of rows that have none of their own."""
_LONGEST_ID = 200
_LOOKED_AT = 20
_AS_TEXT = re.compile(r'\s*="([^=]*)"\s*')
_BLANK = " \t\r\n\x1a\ufeff"  # with what ended a file in the days of DOS


class GoodRow(Frozen):
    line: int  # of the file, where the row ends
    delivery: Delivery
    aside: dict[str, str] = Field(default_factory=dict)  # column: cell of what is no part of the submission


class BadRow(Frozen):
    line: int
    why: str
    cells: tuple[str, ...]


@dataclass(frozen=True)
class CsvFile:
    path: Path
    encoding: str | None  # as a person states it; None: found out line by line
    delimiter: str  # between two cells, also of the file with the rows that were not taken
    columns: tuple[str, ...]
    size: int  # bytes, for a progress bar
    header_line: int = 1  # where the line with the names of the columns ends
    remarks: tuple[str, ...] = ()  # for people: how it was read, and what is odd about it

    @property
    def is_of_rejected(self) -> bool:
        """Whether it holds the rows that an earlier import did not take."""
        return self.columns[: len(TOLD)] == TOLD

    def rows(
        self,
        columns_of: Mapping[str, str],
        date_format: str | None = None,
        *,
        no_answer: Collection[str] = (),
        aside: Collection[str] = (),
        mistake: Callable[[Mapping[str, str]], str | None] = lambda _aside: None,
    ) -> Iterator[tuple[GoodRow | BadRow, int]]:
        """Every row but blank ones, and how many bytes of the file were read by then.

        `columns_of` says for lead fields which column they stand in; other columns keep their names.
        `no_answer`: cells that mean an empty one. Columns of `aside` do not become part of the submission;
        what is wrong with them, `mistake` says.
        """
        keys = _keys(self.columns, columns_of)
        ours = len(TOLD) if self.is_of_rejected else 0
        kept = [number >= ours and column not in aside for number, column in enumerate(self.columns)]
        blank = frozenset(no_answer)
        id_column = self._position(columns_of.get("id"))
        date_column = self._position(columns_of.get("submitted_at"))
        told: dict[str, tuple[int, bytes]] = {}  # by id, the line it stood on and what it said
        for record, read in self._records():
            if not any(cell.strip(_BLANK) for cell in record.cells):
                continue
            cells = map(_without_formula, self._within(record.cells))
            values = ["" if cell.strip() in blank else cell for cell in cells]
            row = self._row(record.line, values, keys, kept, id_column, date_column, date_format)
            wrong = row.why if isinstance(row, BadRow) else mistake(row.aside)
            again = "it repeats the names of the columns" if self._names_columns(record.cells) else None
            why = record.why or again or wrong or _contradicted(row, told)
            yield BadRow(line=row.line, why=why, cells=record.cells) if why else row, read

    def _records(self) -> Iterator[tuple[Record, int]]:
        """Those below the header, and how much of the file was read by then."""
        if is_sheet(self.path):
            below = (record for record in sheet_records(self.path) if record.line > self.header_line)
            yield from ((record, self.size) for record in below)
            return
        lines = Lines(self.path, self.encoding)
        below = islice(lines, self.header_line, None)
        for record in records(below, self.delimiter, len(self.columns), self.header_line):
            yield record, lines.read

    def _names_columns(self, cells: Sequence[str]) -> bool:
        """As where several files were put one below the other."""
        names = [column.casefold() for column in self.columns]
        return len(names) > 1 and [cell.strip("\ufeff ").casefold() for cell in cells] == names

    def _within(self, cells: Sequence[str]) -> Sequence[str]:
        """Without delimiters that a spreadsheet puts behind the last cell, or behind that of the header."""
        most = len(self.columns)
        lacking = self.columns[len(cells) :]
        if lacking and all(name == _unnamed(number) for number, name in enumerate(lacking, len(cells) + 1)):
            return (*cells, *("" for _ in lacking))
        return cells[:most] if not any(cell.strip() for cell in cells[most:]) else cells

    def _row(
        self,
        line: int,
        cells: list[str],
        keys: Sequence[str],
        kept: Sequence[bool],
        id_column: int | None,
        date_column: int | None,
        date_format: str | None,
    ) -> GoodRow | BadRow:
        def bad(why: str) -> BadRow:
            return BadRow(line=line, why=why, cells=tuple(cells))

        if len(cells) != len(self.columns):
            return bad(f"it has {len(cells)} cells, and the header has {len(self.columns)}")
        aside = {name: cell for name, cell, keep in zip(self.columns, cells, kept, strict=True) if not keep}
        if id_column is not None:
            given = cells[id_column].strip()
            if not given or not given.isprintable() or len(given) > _LONGEST_ID:
                return bad(f"its id (column {self.columns[id_column]}) is empty or unusable")
            external_id = given
        else:
            # what is set aside may be other in a newer export, and it is the same lead
            telling = [cell for cell, keep in zip(cells, kept, strict=True) if keep]
            external_id = BY_CONTENT + hashlib.sha256(json.dumps(telling).encode()).hexdigest()[:32]
        if date_column is not None and date_format is not None and cells[date_column].strip():
            try:
                moment = datetime.strptime(cells[date_column].strip(), date_format)  # noqa: DTZ007 - see below
            except ValueError:
                return bad(f"its date (column {self.columns[date_column]}) is not like {date_format}")
            cells[date_column] = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()
        payload: JsonObject = {key: cell for key, cell, keep in zip(keys, cells, kept, strict=True) if keep}
        raw = json.dumps(payload, ensure_ascii=True).encode("ascii")
        return GoodRow(line=line, delivery=Delivery(external_id=external_id, raw=raw), aside=aside)

    def _position(self, column: str | None) -> int | None:
        return self.columns.index(column) if column is not None else None


def _without_formula(cell: str) -> str:
    """`="0740"`: so programs keep a spreadsheet from taking a text for a number."""
    found = _AS_TEXT.fullmatch(cell)
    return found[1].replace('""', '"') if found else cell


def _contradicted(row: GoodRow | BadRow, told: dict[str, tuple[int, bytes]]) -> str | None:
    """Two rows of one id that differ are two leads, or two states of one: a person knows which."""
    if isinstance(row, BadRow):
        return None
    content = hashlib.sha256(row.delivery.raw).digest()
    line, said = told.setdefault(row.delivery.external_id or "", (row.line, content))
    return None if said == content else f"its id is that of line {line}, which says something else"


def open_csv(path: Path, encoding: str | None = None) -> CsvFile:
    """Finds out how the file is written: a spreadsheet's, or text, in `encoding` if somebody says so. Raises
    LeadsError when it cannot be read or has no header."""
    stated = checked_encoding(encoding) if encoding is not None else None
    try:
        size = path.stat().st_size
        if is_sheet(path):
            return _open_sheet(path, size)
        told = Lines(path, stated)
        laid_out = layout(told)
        for _ in (whole := Lines(path, stated)):
            pass  # how it is written is known at its end
    except OSError as error:
        raise LeadsError(f"{path} cannot be read: {error.strerror}.") from error
    if laid_out is None or not any(map(str.isalpha, "".join(laid_out.header))):
        raise LeadsError(f"{path} has no first line with the names of its columns. Add one.")
    _refuse_lead(path, laid_out.header)
    remarks = (whole.says, *_remarks(laid_out.header, laid_out.above))
    columns = _distinct([column.strip() for column in laid_out.header])
    return CsvFile(path, stated, laid_out.delimiter, columns, size, laid_out.line, remarks)


def _open_sheet(path: Path, size: int) -> CsvFile:
    filled = [
        record
        for record in islice(sheet_records(path), _LOOKED_AT)
        if any(cell.strip() for cell in record.cells)
    ]
    several = (record for record in filled if sum(bool(cell.strip()) for cell in record.cells) > 1)
    header = next(several, next(iter(filled), None))
    if header is None:
        raise LeadsError(f"{path} has no first line with the names of its columns. Add one.")
    _refuse_lead(path, header.cells)
    above = tuple(" ".join(record.cells).strip() for record in filled[: filled.index(header)])
    last = max(number for number, cell in enumerate(header.cells, 1) if cell.strip())
    columns = _distinct([column.strip() for column in header.cells[:last]])
    return CsvFile(path, None, ",", columns, size, header.line, tuple(_remarks(header.cells, above)))


def _refuse_lead(path: Path, header: Sequence[str]) -> None:
    """A first lead that was taken for names of columns would be lost. Raises LeadsError."""
    if holds_address(header):
        raise LeadsError(
            f"The first line of {path} holds an e-mail address: it is a lead and names no columns. "
            "Add a line above it that names them."
        )


def _remarks(header: Sequence[str], above: Sequence[str]) -> Iterator[str]:
    if above:
        yield f"{len(above)} line(s) above the names of the columns are left out: {'; '.join(above)[:200]}"
    times = Counter(column.strip() for column in header if column.strip())
    if doubled := [column for column, count in times.items() if count > 1]:
        yield f"Several columns are called {', '.join(doubled)}: they are told apart by their numbers."


def _distinct(columns: Sequence[str]) -> tuple[str, ...]:
    """Columns of one name, or of none, are told apart by their number."""
    counts = Counter(columns)
    return tuple(
        column if column and counts[column] == 1 else f"{column} ({number})" if column else _unnamed(number)
        for number, column in enumerate(columns, 1)
    )


def _unnamed(number: int) -> str:
    return f"column ({number})"


def _keys(columns: Sequence[str], columns_of: Mapping[str, str]) -> list[str]:
    """What each column is called in the submission. One that bears a lead field's name which another
    column was given does not take it."""
    field_of = {column: field for field, column in columns_of.items()}
    return [
        field_of.get(column) or (f"column {column}" if column in columns_of else column) for column in columns
    ]
