"""A CSV file of old leads, read row by row, whatever program wrote it: encoding and delimiter are found out.

Storing the rows is the intake's part. A row is found again by its id column, or by its content where
there is none, so a file can be imported any number of times.
"""

import codecs
import csv
import hashlib
import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import Field

from orchestration_project.errors import LeadsError
from orchestration_project.model import Delivery, Frozen, JsonObject

DELIMITERS = ",;\t|"
_SAMPLE = 1_000_000
_LONGEST_CELL = 1_000_000
_LONGEST_ID = 200


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
    encoding: str
    delimiter: str
    columns: tuple[str, ...]
    size: int  # bytes, for a progress bar

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
        kept = [column not in aside for column in self.columns]
        blank = frozenset(no_answer)
        id_column = self._position(columns_of.get("id"))
        date_column = self._position(columns_of.get("submitted_at"))
        csv.field_size_limit(_LONGEST_CELL)
        with self.path.open("rb") as raw:
            lines = _Lines(raw, self.encoding)
            reader = csv.reader(lines, delimiter=self.delimiter)
            next(reader)
            while True:
                try:
                    cells = next(reader, None)
                except csv.Error as error:
                    yield BadRow(line=reader.line_num, why=str(error), cells=()), raw.tell()
                    continue
                if cells is None:
                    return
                if not any(cell.strip() for cell in cells):
                    continue
                values = ["" if cell.strip() in blank else cell for cell in cells]
                row = self._row(reader.line_num, values, keys, kept, id_column, date_column, date_format)
                why = row.why if isinstance(row, BadRow) else mistake(row.aside)
                yield BadRow(line=row.line, why=why, cells=tuple(cells)) if why else row, raw.tell()

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
            external_id = "row:" + hashlib.sha256(json.dumps(telling).encode()).hexdigest()[:32]
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


class _Lines:
    """The lines of an open file as text. A file object of Python's own cannot tell how far it has read
    while it is iterated over, and a progress bar asks."""

    def __init__(self, raw: Iterable[bytes], encoding: str) -> None:
        self._decoded = codecs.iterdecode(raw, encoding, errors="replace")
        self._waiting = ""
        self._over = False

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        # a line of bytes ends within a character of UTF-16, and with it the decoded piece
        while "\n" not in self._waiting and not self._over:
            piece = next(self._decoded, None)
            if piece is None:
                self._over = True
            else:
                self._waiting += piece
        if not self._waiting:
            raise StopIteration
        end = self._waiting.find("\n") + 1 or len(self._waiting)
        line, self._waiting = self._waiting[:end], self._waiting[end:]
        return line


def open_csv(path: Path) -> CsvFile:
    """Finds out how the file is written. Raises LeadsError when it cannot be read or has no header."""
    try:
        size = path.stat().st_size
        encoding = _encoding(path)
        with path.open("rb") as raw:
            # what stands in quotes is a name, whatever marks it has
            first = re.sub(r'"[^"]*("|$)', "", next(_Lines(raw, encoding), ""))
        delimiter = max(DELIMITERS, key=first.count)
        with path.open("rb") as raw:
            header = next(csv.reader(_Lines(raw, encoding), delimiter=delimiter), [])
    except OSError as error:
        raise LeadsError(f"{path} cannot be read: {error.strerror}.") from error
    except csv.Error as error:
        raise LeadsError(f"{path} cannot be read as CSV: {error}. Export it again as CSV.") from error
    columns = tuple(column.strip() for column in header)
    if not any(columns):
        raise LeadsError(f"{path} has no first line with the names of its columns. Add one.")
    return CsvFile(path, encoding, delimiter, _distinct(columns), size)


def _encoding(path: Path) -> str:
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as raw:
        sample = raw.read(_SAMPLE)
        for mark, encoding in (
            (codecs.BOM_UTF8, "utf-8-sig"),
            (b"\xff\xfe", "utf-16"),
            (b"\xfe\xff", "utf-16"),
        ):
            if sample.startswith(mark):
                return encoding
        piece = sample
        try:
            while piece:
                decoder.decode(piece)
                piece = raw.read(_SAMPLE)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return _guess(sample)
    return "utf-8"


def _guess(sample: bytes) -> str:
    import charset_normalizer  # noqa: PLC0415 - only for files that are not UTF-8

    best = charset_normalizer.from_bytes(sample).best()
    # without a better idea, what Western spreadsheets write
    return best.encoding if best and best.encoding != "utf_8" else "cp1252"


def _distinct(columns: Sequence[str]) -> tuple[str, ...]:
    """Columns of one name, or of none, are told apart by their number."""
    counts = Counter(columns)
    return tuple(
        column if column and counts[column] == 1 else f"{column or 'column'} ({number})"
        for number, column in enumerate(columns, 1)
    )


def _keys(columns: Sequence[str], columns_of: Mapping[str, str]) -> list[str]:
    """What each column is called in the submission. One that bears a lead field's name which another
    column was given does not take it."""
    field_of = {column: field for field, column in columns_of.items()}
    return [
        field_of.get(column) or (f"column {column}" if column in columns_of else column) for column in columns
    ]
