"""What a CSV file says besides the leads: what became of them, and what somebody filled in later.

Reading it off a row is in `connectors/form_source/csv_mapping.py`.
"""

from collections.abc import Mapping

from orchestration_project.connectors.form_source.csv_file import GoodRow
from orchestration_project.connectors.form_source.csv_mapping import CsvMapping
from orchestration_project.data.payload import UnreadableSubmission, parse_payload
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.imports import Imports
from orchestration_project.model import JsonObject, Outcome, Ref
from orchestration_project.playbook.model import Playbook

ORIGIN = "csv"


def take_outcomes(
    ledger: Ledger, playbook: Playbook, rows: Mapping[Ref, GoodRow], mapping: CsvMapping
) -> int:
    """Keeps what the rows say became of their leads; answers how many were new or other than before. One
    without a date of its own is dated like its lead, so that it counts from the start."""
    read = {
        ref: outcome for ref, row in rows.items() if (outcome := mapping.read_outcome(row.aside)) is not None
    }
    undated = [ref for ref, outcome in read.items() if outcome.at is None]
    came = Imports(ledger.engine, ledger.clock).submitted_at(undated) if undated else {}
    outcomes = [
        Outcome(
            ref=ref,
            kind=outcome.kind,
            at=outcome.at or came[ref],
            value=outcome.value,
            currency=None if outcome.value is None else outcome.currency or playbook.business.currency,
            origin=ORIGIN,
        )
        for ref, outcome in read.items()
        if outcome.at or ref in came
    ]
    return ledger.labels.take_outcomes(outcomes).new if outcomes else 0


def know_too_much(ledger: Ledger, rows: Mapping[Ref, GoodRow], mapping: CsvMapping) -> int:
    """How many of these leads, which were here before, hold a column in their submission that is set aside
    now: they were imported without the mapping."""
    if not mapping.aside or not rows:
        return 0
    return sum(
        not mapping.aside.isdisjoint(_payload(submission.raw))
        for submission in ledger.submissions.read([*rows])
    )


def _payload(raw: bytes) -> JsonObject:
    try:
        return parse_payload(raw)
    except UnreadableSubmission:
        return {}  # no scorer reads it, either
