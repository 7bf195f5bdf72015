"""A mapping file: which column of a CSV file is which field, which says what became of the lead, and which
became known only later. The last two never become part of the submission, so no scorer can read them.

Reading the rows is in `csv_file.py`; the outcomes are kept by whoever imports.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationError, model_validator

from orchestration_project.connectors.form_source.csv_file import CsvFile
from orchestration_project.errors import LeadsError
from orchestration_project.model import Frozen, OutcomeKind
from orchestration_project.playbook.capabilities import Capabilities, Names
from orchestration_project.playbook.mistakes import Mistake, refuse, suggest
from orchestration_project.playbook.translate import shape_mistakes
from orchestration_project.playbook.values import Currency, FormField, OneOrMany, Text
from orchestration_project.playbook.yaml_file import Place, YamlFile, read_yaml

_NO_NAMES = Names(Capabilities(actions=frozenset(), connectors={}))
"""Of a playbook: a mapping names lead fields only."""


def _one_or_many(value: object) -> object:
    return value if isinstance(value, list) else [value]


_Cells = Annotated[
    tuple[Annotated[str, Field(coerce_numbers_to_str=True)], ...], BeforeValidator(_one_or_many)
]
"""What stands in cells; 1 may be written without quotes."""


WORDS: Mapping[OutcomeKind, frozenset[str]] = {
    OutcomeKind.WON: frozenset({"won", "closed won", "closedwon", "converted", "yes", "true", "1"}),
    OutcomeKind.LOST: frozenset({"lost", "closed lost", "closedlost", "no", "false", "0"}),
    OutcomeKind.NO_ANSWER: frozenset({"no answer", "no_answer", "no response", "unreachable"}),
}
"""The usual words, in small letters."""


def kind_of(word: str) -> OutcomeKind | None:
    return next((kind for kind, words in WORDS.items() if word.strip().casefold() in words), None)


class OutcomeColumns(Frozen):
    """Where it stands what became of a lead. An empty cell: nobody knows yet."""

    column: Text
    won: _Cells = ()
    lost: _Cells = ()
    no_answer: _Cells = ()
    at: Text | None = None  # when; without it an outcome is dated like its lead
    value: Text | None = None
    currency: Currency | None = None  # the business' own, unless it is named

    @model_validator(mode="after")
    def _says_what_is_won(self) -> "OutcomeColumns":
        if (self.lost or self.no_answer) and not self.won:
            raise refuse("Nothing says which cells mean won.", 'Write `won: ["1"]`, for instance.')
        return self

    def kind(self, cell: str) -> OutcomeKind | None:
        """What that cell means: by the words that are given, or by the usual ones where none is."""
        given = {
            OutcomeKind.WON: self.won,
            OutcomeKind.LOST: self.lost,
            OutcomeKind.NO_ANSWER: self.no_answer,
        }
        if not any(given.values()):
            return kind_of(cell)
        return next((kind for kind, cells in given.items() if cell in cells), None)

    @property
    def words(self) -> str:
        given = (*self.won, *self.lost, *self.no_answer)
        return ", ".join(given) or "won, lost, no answer"

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(column for column in (self.column, self.at, self.value) if column)


class ReadOutcome(Frozen):
    """What a row says became of its lead."""

    kind: OutcomeKind
    at: datetime | None
    value: Decimal | None
    currency: str | None


class CsvMapping(Frozen):
    source: Text | None = None
    date_format: Text | None = None
    fields: dict[FormField, Text] = Field(default_factory=dict)  # lead field: column
    no_answer: _Cells = ()  # cells that mean that nothing was chosen
    outcome: OutcomeColumns | None = None
    later: Annotated[tuple[Text, ...], OneOrMany] = ()  # columns that somebody filled in after the lead came
    leave_out: Annotated[tuple[Text, ...], OneOrMany] = ()  # columns that are of no use

    @property
    def aside(self) -> frozenset[str]:
        """The columns that do not become part of the submission."""
        return frozenset((*(self.outcome.columns if self.outcome else ()), *self.later, *self.leave_out))

    def read_outcome(self, aside: Mapping[str, str]) -> ReadOutcome | None:
        """None: nothing is said yet. Raises ValueError that says what is wrong with the row."""
        told = self.outcome
        said = aside[told.column].strip() if told else ""
        if told is None or not said:
            return None
        kind = told.kind(said)
        if kind is None:
            raise ValueError(f"its outcome (column {told.column}) is none of {told.words}")
        value = _value(aside.get(told.value or "", ""), told.value)
        currency = told.currency if value is not None else None
        return ReadOutcome(
            kind=kind, at=self._moment(aside.get(told.at or "", "")), value=value, currency=currency
        )

    def mistake(self, aside: Mapping[str, str]) -> str | None:
        """What is wrong with the outcome of a row, in words; None: nothing."""
        try:
            self.read_outcome(aside)
        except ValueError as error:
            return str(error)
        return None

    def _moment(self, cell: str) -> datetime | None:
        text = cell.strip()
        if not text:
            return None
        try:
            moment = (
                datetime.strptime(text, self.date_format)  # noqa: DTZ007 - see below
                if self.date_format
                else datetime.fromisoformat(text)
            )
        except ValueError as error:
            like = self.date_format or "2026-11-24"
            raise ValueError(
                f"the date of its outcome (column {self.outcome and self.outcome.at}) is not like {like}"
            ) from error
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


NO_MAPPING = CsvMapping()


def read_mapping(path: Path, csv_file: CsvFile) -> CsvMapping:
    """Raises LeadsError that lists every mistake with its line; a column that the file lacks is one."""
    yaml, mistakes = read_yaml(path, path.name)
    mapping: CsvMapping | None = None
    if yaml is not None and not mistakes:
        try:
            mapping = CsvMapping.model_validate(yaml.data, context=_NO_NAMES)
        except ValidationError as error:
            mistakes = [*shape_mistakes(yaml, CsvMapping, error)]
        else:
            mistakes = [*_unknown_columns(mapping, yaml, csv_file)]
    if mapping is None or mistakes:
        listed = "\n".join(map(str, mistakes))
        raise LeadsError(f"{path.name} does not fit {csv_file.path.name}:\n{listed}")
    return mapping


def _unknown_columns(mapping: CsvMapping, yaml: YamlFile, csv_file: CsvFile) -> Iterator[Mistake]:
    places: list[tuple[Place, str]] = [
        (("fields", field), column) for field, column in mapping.fields.items()
    ]
    if mapping.outcome:
        places += [
            (("outcome", key), column)
            for key in ("column", "at", "value")
            if (column := getattr(mapping.outcome, key)) is not None
        ]
    for key in ("later", "leave_out"):
        places += [((key, str(number)), column) for number, column in enumerate(getattr(mapping, key))]
    seen: dict[str, Place] = {}
    for place, column in places:
        if column not in csv_file.columns:
            what = f"{csv_file.path.name} has no column `{column}`."
            yield Mistake(yaml.file, yaml.line(place), what, suggest(column, csv_file.columns))
        elif column in seen:
            what = f"The column `{column}` has a meaning already, on line {yaml.line(seen[column])}."
            yield Mistake(yaml.file, yaml.line(place), what, "Name each column once.")
        seen.setdefault(column, place)


def _value(cell: str, column: str | None) -> Decimal | None:
    text = cell.strip().replace(" ", "")
    if not text:
        return None
    try:
        value = Decimal(text.replace(",", ""))
    except InvalidOperation as error:
        raise ValueError(f"the value of its outcome (column {column}) is no number") from error
    if not value.is_finite() or value < 0:
        raise ValueError(f"the value of its outcome (column {column}) is no amount")
    return value
