"""A lead as a row of a CSV file that a spreadsheet opens."""

from collections.abc import Sequence

from orchestration_project.cli.view import seconds_of
from orchestration_project.ledger.lead_lines import LeadLine

COLUMNS = (
    *("ref", "received_at", "source", "name", "email", "status", "score", "score_status", "service", "track"),
    *("seconds", "done", "planned", "open", "waiting_for", "reason", "explanation", "attention"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""With one of these begins what a spreadsheet would calculate, and a stranger has written it."""


def cells(lead: LeadLine) -> Sequence[str]:
    """In the order of COLUMNS."""
    values = (
        *(lead.ref, lead.received_at.isoformat(timespec="seconds"), lead.source, lead.name, lead.email),
        *(lead.status, lead.score, lead.score_status, lead.service, lead.track, seconds_of(lead)),
        *(_names(lead, "done"), _names(lead, "planned"), _names(lead, "waiting", "begun", "failed")),
        *(lead.waiting_for, lead.reason, lead.explanation, lead.attention),
    )
    return [_harmless("" if value is None else str(value)) for value in values]


def _names(lead: LeadLine, *statuses: str) -> str:
    return ", ".join(action.action for action in lead.actions if action.status in statuses)


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell
