"""What became of leads, read from a CSV file: its columns, its words for won and lost, whose lead it is.

Opening the file is `connectors/form_source/csv_file.py`; keeping outcomes is the ledger's.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path

from pydantic import Field, ValidationError

from orchestration_project.connectors.form_source.csv_file import BadRow, CsvFile, GoodRow
from orchestration_project.data.emails import person_key
from orchestration_project.errors import LeadsError
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.labels import Asked
from orchestration_project.model import Delivery, Frozen, Outcome, OutcomeKind, Ref
from orchestration_project.playbook.yaml_file import read_yaml

OUTCOME_FIELDS = ("ref", "id", "email", "outcome", "at", "value", "currency", "deal")
WORDS: Mapping[OutcomeKind, frozenset[str]] = {
    OutcomeKind.WON: frozenset({"won", "closed won", "closedwon", "converted", "yes", "true", "1"}),
    OutcomeKind.LOST: frozenset({"lost", "closed lost", "closedlost", "no", "false", "0"}),
    OutcomeKind.NO_ANSWER: frozenset({"no answer", "no_answer", "no response", "unreachable"}),
}
ORIGIN = "csv"


class OutcomeColumns(Frozen):
    """`outcome:` of a mapping file: which columns say what became of a lead, and by which words."""

    column: str
    won: tuple[str, ...] = ()
    lost: tuple[str, ...] = ()
    no_answer: tuple[str, ...] = ()
    at: str | None = None
    value: str | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(name for name in (self.column, self.at, self.value) if name)

    def kind(self, word: str) -> OutcomeKind | None:
        given = {
            OutcomeKind.WON: self.won,
            OutcomeKind.LOST: self.lost,
            OutcomeKind.NO_ANSWER: self.no_answer,
        }
        return next(
            (kind for kind, words in given.items() if word.casefold() in map(str.casefold, words)),
            kind_of(word) if not any(given.values()) else None,
        )


class ImportMapping(Frozen):
    """A mapping file: how a CSV file of old leads is to be read."""

    fields: dict[str, str] = Field(default_factory=dict)  # lead field: column
    leave_out: tuple[str, ...] = ()  # columns that nobody knew when the lead was submitted
    outcome: OutcomeColumns | None = None
    source: str | None = None
    date_format: str | None = None


def read_mapping(path: Path, csv_file: CsvFile) -> ImportMapping:
    """Raises LeadsError naming what is wrong with it, or the column that the file has not."""
    yaml, mistakes = read_yaml(path, path.name)
    if yaml is None or mistakes:
        raise LeadsError("\n".join(map(str, mistakes)))
    try:
        mapping = ImportMapping.model_validate(yaml.data)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(map(str, first["loc"]))
        keys = ", ".join(ImportMapping.model_fields)
        raise LeadsError(f"{path.name}: `{place}`: {first['msg']}. It may have the keys {keys}.") from None
    named = [*mapping.fields.values(), *mapping.leave_out]
    named += mapping.outcome.columns if mapping.outcome else ()
    if missing := [column for column in named if column not in csv_file.columns]:
        raise LeadsError(
            f"{path.name}: {csv_file.path.name} has no column {missing[0]!r}. "
            f"Its columns are: {', '.join(csv_file.columns)}."
        )
    return mapping


@dataclass(frozen=True)
class Row:
    """A row of old leads: as it is taken in, and what became of it, as far as the file says."""

    delivery: Delivery
    outcome: tuple[OutcomeKind, datetime, Decimal | None] | None


def split_row(row: GoodRow, mapping: ImportMapping, now: datetime) -> Row | str:
    """Takes out of the row what was not known when the lead was submitted. A string: what is wrong."""
    if not mapping.leave_out and mapping.outcome is None:
        return Row(row.delivery, None)
    payload: dict[str, str] = json.loads(row.delivery.raw)
    for column in mapping.leave_out:
        payload.pop(column, None)
    told = mapping.outcome
    outcome = None
    if told is not None:
        cells = {column: payload.pop(column, "").strip() for column in told.columns}
        if word := cells[told.column]:
            kind = told.kind(word)
            if kind is None:
                return f"its outcome {word!r} is none of the words of the mapping file"
            at = _moment(cells[told.at]) if told.at and cells[told.at] else now
            value = _amount(cells[told.value]) if told.value else None
            if at is None:
                return f"its date (column {told.at}) is not like 2026-11-24"
            outcome = (kind, at, value)
    raw = json.dumps(payload, ensure_ascii=True).encode("ascii")
    return Row(Delivery(external_id=row.delivery.external_id, raw=raw), outcome)


def kind_of(word: str) -> OutcomeKind | None:
    return next((kind for kind, words in WORDS.items() if word.strip().casefold() in words), None)


@dataclass(frozen=True)
class OutcomeRow:
    """A row of a file of outcomes: of whom it speaks, and what it says. `line` is the file's."""

    line: int
    asked: Asked
    kind: OutcomeKind
    value: Decimal | None
    currency: str | None
    deal: str


def outcome_rows(
    csv_file: CsvFile, columns_of: Mapping[str, str], now: datetime
) -> Iterator[OutcomeRow | BadRow]:
    """Raises LeadsError where a column is missing without which nothing can be read."""
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
                    ref=values.get("ref") or None, external_id=values.get("id") or None, person_key=key, at=at
                ),
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
    outcomes = [
        Outcome(
            ref=ref,
            kind=row.kind,
            at=row.asked.at,
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


def outcome_of(ref: Ref, said: tuple[OutcomeKind, datetime, Decimal | None]) -> Outcome:
    kind, at, value = said
    return Outcome(ref=ref, kind=kind, at=at, value=value, origin=ORIGIN)


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
