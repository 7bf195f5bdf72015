"""What this code offers to a playbook: its actions, its connectors, the names it keeps for itself."""

from orchestration_project.action.registry import ACTIONS, AFTER, FOLLOW_UPS
from orchestration_project.connectors import SAYS, TABLES
from orchestration_project.connectors.alert import SENDERS
from orchestration_project.playbook.capabilities import Capabilities

RESERVED = frozenset(
    {"data", "decision", "receive", "normalise", "gather_context", "validate", "score", "route"}
    | {"lead_intake", "finish", "follow_up", "log_in_crm", "to_check", "carry", "carry_records", "records"}
    | {"doubtful", "chat_line"}
)
"""Names of graphs and ops that a track may not take."""


def capabilities() -> Capabilities:
    """What `load_playbook` holds the playbook's names against."""
    return Capabilities(
        actions=frozenset(ACTIONS),
        follow_ups=frozenset(FOLLOW_UPS),
        connectors={kind: frozenset(table) for kind, table in TABLES.items()},
        senders=frozenset(SENDERS),
        reserved=RESERVED,
        after=AFTER,
        says=SAYS,
    )
