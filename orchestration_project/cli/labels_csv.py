"""A CSV file that tells only what became of leads which are here already: its columns, and whose lead it is.

What a file of old leads says besides is in `import_outcomes.py`; keeping outcomes is the ledger's.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, tzinfo
from decimal import Decimal, InvalidOperation

from orchestration_project.connectors.form_source.csv_file import BadRow, CsvFile
from orchestration_project.connectors.form_source.csv_mapping import kind_of
from orchestration_project.data.emails import person_key
from orchestration_project.errors import LeadsError
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.imports import Imports
from orchestration_project.ledger.labels import Asked
from orchestration_project.model import Outcome, OutcomeKind

OUTCOME_FIELDS = ("ref", "id", "email", "outcome", "at", "value", "currency", "deal")
ORIGIN = "csv"


@dataclass(frozen=True)
class OutcomeRow:
    """A row of a file of outcomes: of whom it speaks, and what it says. `line` is the file's."""

    line: int
    asked: Asked
    at: datetime  # of a day without a time, when it began
    kind: OutcomeKind
    value: Decimal | None
    currency: str | None
    deal: str


def tells_outcomes(csv_file: CsvFile) -> bool:
    """Has the file the columns of one that tells what became of leads, and none that a form fills in?"""
    columns = {column.casefold() for column in csv_file.columns}
    return "outcome" in columns and bool({"ref", "id", "email"} & columns) and columns <= {*OUTCOME_FIELDS}


def outcome_rows(
    csv_file: CsvFile, columns_of: Mapping[str, str], now: datetime, clocks: tzinfo
) -> Iterator[OutcomeRow | BadRow]:
    """Raises LeadsError where a column is missing without which nothing can be read. A day without a time
    speaks of all leads that had come by its end, on these clocks."""
    columns = {name: name for name in OUTCOME_FIELDS if name in csv_file.columns} | dict(columns_of)
    if "outcome" not in columns or not {"ref", "id", "email"} & columns.keys():
        raise LeadsError(
            f"{csv_file.path.name}: a file of outcomes has a column `outcome`, and `ref`, `id` or `email` to "
            f'tell whose. Name them: --map outcome="Stage". Its columns are: {", ".join(csv_file.columns)}.'
        )
    for row, _ in csv_file.rows({}):
        if isinstance(row, BadRow):
            yield row
            continue
        cells: dict[str, str] = json.loads(row.delivery.raw)
        values = {name: cells.get(column, "").strip() for name, column in columns.items()}

        def bad(why: str, line: int = row.line, cells: Mapping[str, str] = cells) -> BadRow:
            return BadRow(line=line, why=why, cells=tuple(cells.values()))

        kind = kind_of(values["outcome"])
        at = _moment(values["at"]) if values.get("at") else now
        if kind is None:
            yield bad(f"its outcome {values['outcome']!r} is not won, lost or no answer")
        elif at is None:
            yield bad("its date is not like 2026-11-24")
        else:
            key = person_key(values["email"]) if values.get("email") else None
            yield OutcomeRow(
                line=row.line,
                asked=Asked(
                    ref=values.get("ref") or None,
                    external_id=values.get("id") or None,
                    person_key=key,
                    at=_end_of_day(values.get("at", ""), clocks) or at,
                ),
                at=at,
                kind=kind,
                value=_amount(values.get("value", "")),
                currency=values.get("currency", "").upper() or None,
                deal=values.get("deal", ""),
            )


@dataclass(frozen=True)
class OutcomesTaken:
    new: int
    known: int
    unknown: tuple[int, ...]  # lines that speak of nobody we know


def take_outcome_rows(ledger: Ledger, rows: Sequence[OutcomeRow]) -> OutcomesTaken:
    found = ledger.labels.find([row.asked for row in rows])
    came = Imports(ledger.engine, ledger.clock).submitted_at([ref for ref in found if ref is not None])
    outcomes = [
        Outcome(
            ref=ref,
            kind=row.kind,
            at=_not_before(came.get(ref), row),
            value=row.value,
            currency=row.currency,
            origin=ORIGIN,
            external_id=row.deal,
        )
        for row, ref in zip(rows, found, strict=True)
        if ref is not None
    ]
    new = ledger.labels.take_outcomes(outcomes).new
    unknown = tuple(row.line for row, ref in zip(rows, found, strict=True) if ref is None)
    return OutcomesTaken(new, len(outcomes) - new, unknown)


def _not_before(came: datetime | None, row: OutcomeRow) -> datetime:
    """What is told of a day is, of a lead of that day, from when it came."""
    return came if came is not None and row.at < came <= row.asked.at else row.at


def _end_of_day(text: str, clocks: tzinfo) -> datetime | None:
    """None: it is no day, or it has a time."""
    try:
        return datetime.combine(date.fromisoformat(text), time.max, clocks)
    except ValueError:
        return None


def _moment(text: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _amount(text: str) -> Decimal | None:
    try:
        amount = Decimal(text.replace(",", "").strip("£$€ "))
    except InvalidOperation:
        return None
    return amount if amount.is_finite() else None
