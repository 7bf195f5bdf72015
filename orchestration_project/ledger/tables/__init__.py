"""The ledger's tables, as the newest migration leaves them. Queries are in the modules of `ledger/`.

`migrations/` changes a database; this only describes it. A test holds the two against each other.
"""

from orchestration_project.ledger.tables.alerts import (
    alert_senders,
    alert_tellings,
    alerts,
    field_names,
    marks,
)
from orchestration_project.ledger.tables.arrived import (
    arrivals,
    first_touches,
    lead_keys,
    revisions,
    sources,
    submissions,
)
from orchestration_project.ledger.tables.base import SCHEMA, metadata
from orchestration_project.ledger.tables.decided import (
    calibrations,
    decisions,
    outcomes,
    own_words,
    playbook_versions,
    releases,
    rescored,
    shadows,
    verdicts,
)
from orchestration_project.ledger.tables.erased import erasures, forgotten
from orchestration_project.ledger.tables.records import copies, copy_values
from orchestration_project.ledger.tables.services import (
    ai_batches,
    ai_refusals,
    ai_spend,
    companies,
    connections,
    made_ids,
    paces,
)
from orchestration_project.ledger.tables.workflow import (
    NO_SCORE,
    WORDS,
    facts,
    journal,
    lease_numbers,
    receipts,
    work,
)

__all__ = [
    "NO_SCORE",
    "SCHEMA",
    "WORDS",
    "ai_batches",
    "ai_refusals",
    "ai_spend",
    "alert_senders",
    "alert_tellings",
    "alerts",
    "arrivals",
    "calibrations",
    "companies",
    "connections",
    "copies",
    "copy_values",
    "decisions",
    "erasures",
    "facts",
    "field_names",
    "first_touches",
    "forgotten",
    "journal",
    "lead_keys",
    "lease_numbers",
    "made_ids",
    "marks",
    "metadata",
    "outcomes",
    "own_words",
    "paces",
    "playbook_versions",
    "receipts",
    "releases",
    "rescored",
    "revisions",
    "shadows",
    "sources",
    "submissions",
    "verdicts",
    "work",
]
