"""A mapping file: what it says of outcomes, and that what became known later is no part of a submission."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from orchestration_project.connectors.form_source.csv_file import BadRow, GoodRow, open_csv
from orchestration_project.connectors.form_source.csv_mapping import CsvMapping, ReadOutcome, read_mapping
from orchestration_project.errors import LeadsError
from orchestration_project.installation import WORKING_COPY
from orchestration_project.model import OutcomeKind

SAMPLES = WORKING_COPY / "samples"
CSV = "No,Mail,Result,Closed,Amount,Rating\n"
MAPPING = """
fields: {id: No, email: Mail}
no_answer: [Select, n/a]
outcome: {column: Result, won: 1, lost: [0], no_answer: ["?"], at: Closed, value: Amount, currency: EUR}
later: [Rating]
"""


def read(folder: Path, rows: str, mapping: str = MAPPING) -> tuple[list[GoodRow | BadRow], CsvMapping]:
    (folder / "old.csv").write_text(CSV + rows, encoding="utf-8")
    (folder / "old.yaml").write_text(mapping, encoding="utf-8")
    csv_file = open_csv(folder / "old.csv")
    mapped = read_mapping(folder / "old.yaml", csv_file)
    found = csv_file.rows(
        mapped.fields,
        mapped.date_format,
        no_answer=mapped.no_answer,
        aside=mapped.aside,
        mistake=mapped.mistake,
    )
    return [row for row, _ in found], mapped


def test_outcome_and_what_came_later_are_no_part_of_the_submission(tmp_path: Path) -> None:
    (row,), mapped = read(tmp_path, '7,a@b.example,1,2025-03-04,"1,200.50",A\n')
    assert isinstance(row, GoodRow)
    assert json.loads(row.delivery.raw) == {"id": "7", "email": "a@b.example"}
    assert mapped.read_outcome(row.aside) == ReadOutcome(
        kind=OutcomeKind.WON,
        at=datetime(2025, 3, 4, tzinfo=UTC),
        value=Decimal("1200.50"),
        currency="EUR",
    )


def test_an_empty_cell_is_no_outcome_yet_and_dates_and_values_may_be_missing(tmp_path: Path) -> None:
    rows, mapped = read(tmp_path, "7,a@b.example,,,,\n8,b@b.example,Select,,,\n9,c@b.example,?,,,n/a\n")
    outcomes = [mapped.read_outcome(row.aside) for row in rows if isinstance(row, GoodRow)]
    nothing = ReadOutcome(kind=OutcomeKind.NO_ANSWER, at=None, value=None, currency=None)
    assert outcomes == [None, None, nothing]


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ("7,a@b.example,2,,,", "its outcome (column Result) is none of 1, 0, ?"),
        ("7,a@b.example,1,4 March,,", "the date of its outcome (column Closed) is not like 2026-11-24"),
        ("7,a@b.example,1,,much,", "the value of its outcome (column Amount) is no number"),
        ("7,a@b.example,1,,-5,", "the value of its outcome (column Amount) is no amount"),
        ("7,a@b.example,1,,NaN,", "the value of its outcome (column Amount) is no amount"),
    ],
)
def test_a_row_whose_outcome_cannot_be_read_is_kept_back_as_it_was(
    tmp_path: Path, row: str, why: str
) -> None:
    (bad,), _ = read(tmp_path, f"{row}\n")
    assert isinstance(bad, BadRow)
    assert bad.why == why
    assert ",".join(bad.cells) == row


def test_without_an_id_a_newer_word_on_the_outcome_is_still_the_same_lead(tmp_path: Path) -> None:
    without_id = MAPPING.replace("id: No, ", "")
    (before,), _ = read(tmp_path, "7,a@b.example,,,,\n", without_id)
    (after,), _ = read(tmp_path, "7,a@b.example,1,2025-03-04,,A\n", without_id)
    (other,), _ = read(tmp_path, "8,a@b.example,1,2025-03-04,,A\n", without_id)
    assert isinstance(before, GoodRow) and isinstance(after, GoodRow) and isinstance(other, GoodRow)
    assert before.delivery == after.delivery
    assert other.delivery.external_id != after.delivery.external_id


@pytest.mark.parametrize(
    ("mapping", "told"),
    [
        ("fields: {email: Mial}", "old.yaml:1: old.csv has no column `Mial`. Mend: Did you mean `Mail`?"),
        ("fields: {e_mail: Mail}", "Did you mean `email`?"),
        (
            "later: [Rating]\nleave_out: [Rating]",
            "old.yaml:2: The column `Rating` has a meaning already, on line 1.",
        ),
        ("outcome: {column: Result, lost: 0}", "Nothing says which cells mean won."),
        ("outcome: {column: Result, won: 1, curency: EUR}", "Did you mean `currency`?"),
        ("latter: [Rating]", "Did you mean `later`?"),
        (
            "outcome: {column: Result, won: 1, at: Close}",
            "has no column `Close`. Mend: Did you mean `Closed`?",
        ),
    ],
)
def test_a_mistake_in_the_mapping_is_told_with_its_line(tmp_path: Path, mapping: str, told: str) -> None:
    with pytest.raises(LeadsError) as caught:
        read(tmp_path, "", mapping)
    assert told in str(caught.value)
    assert str(caught.value).startswith("old.yaml does not fit old.csv:")


def test_the_sample_file_and_its_mapping_fit() -> None:
    csv_file = open_csv(SAMPLES / "old_leads.csv")
    mapped = read_mapping(SAMPLES / "old_leads.yaml", csv_file)
    rows = [
        row
        for row, _ in csv_file.rows(
            mapped.fields, mapped.date_format, aside=mapped.aside, mistake=mapped.mistake
        )
    ]
    good = [row for row in rows if isinstance(row, GoodRow)]
    assert len(good) == len(rows) == 12
    kinds = [outcome.kind for row in good if (outcome := mapped.read_outcome(row.aside))]
    assert kinds.count(OutcomeKind.WON) == 5
    assert len(kinds) == 11
    said = "".join(row.delivery.raw.decode() for row in good)
    assert not any(word in said for word in ("Rating", "No order", "Order value", "Result", "19/01/2024"))


def test_the_mapping_of_the_benchmark_fits_its_file(shared: Path) -> None:
    csv_file = open_csv(shared / "data" / "x_education" / "Leads.csv")
    mapped = read_mapping(WORKING_COPY / "benchmarks" / "x_education.yaml", csv_file)
    assert {"Converted", "Tags", "Lead Quality", "Last Activity"} <= mapped.aside


def test_without_words_of_its_own_the_usual_ones_are_understood(tmp_path: Path) -> None:
    rows, mapped = read(
        tmp_path, "7,a@b.example,Closed Won,,,\n8,b@b.example,perhaps,,,\n", "outcome: {column: Result}"
    )
    good, bad = rows
    assert isinstance(good, GoodRow) and isinstance(bad, BadRow)
    outcome = mapped.read_outcome(good.aside)
    assert outcome is not None and outcome.kind is OutcomeKind.WON
    assert bad.why == "its outcome (column Result) is none of won, lost, no answer"
