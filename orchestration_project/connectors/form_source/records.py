"""From the lines of a CSV file to its records, whatever is wrong with some of them: none is swallowed.

What a record means is in `csv_file.py`.
"""

import csv
import re
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any

DELIMITERS = ",;\t|"
LONGEST_CELL = 1_000_000
_LONGEST_RECORD = (
    500  # lines: nobody writes more into one cell, and whatever follows an open quote is not lost
)
_LOOKED_AT = 20
_ADDRESS = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_DAY = re.compile(r"\d{1,4}[./-]\d{1,2}[./-]\d{1,4}")
_NEVER_CLOSED = "a quote in it is never closed"


@dataclass(frozen=True)
class Record:
    line: int  # of the file, where it ends
    cells: tuple[str, ...]
    why: str = ""  # what is wrong with it


@dataclass(frozen=True)
class Layout:
    """How a file is laid out: what stands between two cells, which line names the columns, what stands above
    it."""

    delimiter: str
    header: tuple[str, ...]
    line: int  # of the header, where it ends
    above: tuple[str, ...] = ()  # lines before it, such as a title


def layout(lines: Iterable[str]) -> Layout | None:
    """Looks at the beginning of a file. None: there is nothing in it."""
    numbered = enumerate(islice(lines, _LOOKED_AT * 5), 1)
    sample = list(numbered)
    stated = next((line for _, line in sample if line.strip()), "")
    delimiter, skipped = "", 0
    if stated.strip().casefold().startswith("sep=") and len(stated.strip("\r\n")) == len("sep=") + 1:
        delimiter, skipped = stated.strip("\r\n")[-1], 1
    lines_of = [line for _, line in sample]
    first = next((number for number, line in sample if line.strip()), 1) - 1 if skipped else 0
    rest = lines_of[first + skipped :]
    delimiter = delimiter or _delimiter(rest)
    found = list(islice(records(rest, delimiter, None, first + skipped), _LOOKED_AT))
    filled = [record for record in found if any(cell.strip() for cell in record.cells)]
    if not filled:
        return None
    widths = Counter(len(record.cells) for record in filled)
    usual = max(widths, key=lambda width: (widths[width], width))
    header = next((record for record in filled if _names_columns(record, usual)), filled[0])
    above = tuple(
        delimiter.join(record.cells).strip(f"{delimiter} ") for record in filled[: filled.index(header)]
    )
    return Layout(delimiter, header.cells, header.line, above)


def _names_columns(record: Record, usual: int) -> bool:
    """A title above the header fills one cell, however many delimiters a spreadsheet puts behind it, or two:
    `Export date,2026-11-24`."""
    filled = sum(bool(cell.strip()) for cell in record.cells)
    told = filled < usual and any(_DAY.match(cell.strip()) for cell in record.cells)
    return (filled > 1 and not told) or usual == 1


def holds_address(cells: Sequence[str]) -> bool:
    return any(_ADDRESS.fullmatch(cell.strip(' "\r\n')) for cell in cells)


def _delimiter(lines: Sequence[str]) -> str:
    """The one that makes the most lines alike."""

    def fits(delimiter: str) -> tuple[int, bool, int]:
        found = [record.cells for record in islice(records(lines, delimiter, None), _LOOKED_AT)]
        # a quote at the edge of a cell is one that belonged around more than this cell
        whole = [
            cells
            for cells in found
            if len(cells) > 1 and not any(cell.startswith('"') or cell.endswith('"') for cell in cells)
        ]
        times, width = max(((n, width) for width, n in Counter(map(len, whole)).items()), default=(0, 0))
        first = next((cells for cells in found if any(cell.strip() for cell in cells)), ())
        return times, first in whole, width

    return max(DELIMITERS, key=fits)


def records(lines: Iterable[str], delimiter: str, width: int | None, before: int = 0) -> Iterator[Record]:
    """`width` cells a record are to be expected (None: nobody knows yet); `before` lines have gone before.

    A quote that is not closed where its record should end costs that line and no other.
    """
    csv.field_size_limit(LONGEST_CELL)
    waiting: deque[str] = deque()
    coming = iter(lines)
    number = before
    while True:
        line = waiting.popleft() if waiting else next(coming, None)
        if line is None:
            return
        number += 1
        if '"' not in line:
            yield Record(number, tuple(line.rstrip("\r\n").split(delimiter)))
            continue
        taken = [line]
        cells = _parsed(taken, delimiter)
        while cells is None and len(taken) < _LONGEST_RECORD:
            further = waiting.popleft() if waiting else next(coming, None)
            if further is None:
                break
            taken.append(further)
            if '"' in further:
                cells = _parsed(taken, delimiter)
        fits = len(taken) == 1 or width is None or len(cells or ()) == width
        if cells is not None and fits and not _swallows(taken[1:], delimiter, width):
            number += len(taken) - 1
            yield Record(number, cells)
            continue
        # what was taken for the inside of a cell is read again, line by line
        waiting.extendleft(reversed(taken[1:]))
        yield Record(number, tuple(line.rstrip("\r\n").split(delimiter)), _NEVER_CLOSED)


def _swallows(inside: Sequence[str], delimiter: str, width: int | None) -> bool:
    """A line within a cell that is a row of its own, by its cells and an address in one of them."""
    return width is not None and any(
        len(cells) == width and holds_address(cells) for cells in (line.split(delimiter) for line in inside)
    )


def _parsed(lines: Sequence[str], delimiter: str) -> tuple[str, ...] | None:
    """None: a quote is still open, or was closed by one that opens a cell of a later line."""
    try:
        return _read(lines, delimiter, strict=True)
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            return None
    if len(lines) > 1:
        return None
    try:
        if '\\"' in lines[0]:  # as programs write a quote that do not double it
            return _read(lines, delimiter, strict=True, doublequote=False, escapechar="\\")
    except csv.Error:
        pass
    try:
        return _read(lines, delimiter)
    except csv.Error:
        return tuple("".join(lines).rstrip("\r\n").split(delimiter))


def _read(lines: Sequence[str], delimiter: str, **how: Any) -> tuple[str, ...]:
    reader = csv.reader(chain(lines), delimiter=delimiter, skipinitialspace=True, **how)
    return tuple(next(reader, ()))
