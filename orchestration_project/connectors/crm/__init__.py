"""CRM systems: contacts, notes, tasks. One line a connector."""

from orchestration_project.model.records import DataKind

TABLE = {
    "hubspot": "orchestration_project.connectors.crm.hubspot:HubSpotCrm",
    "local": "orchestration_project.connectors.crm.local:LocalCrm",
    "pipedrive": "orchestration_project.connectors.crm.pipedrive:PipedriveCrm",
}

_ALL: frozenset[DataKind] = frozenset(
    {"person", "phone", "company", "consent", "owner", "deal_stage", "task", "conversation"}
)
SAYS: dict[str, frozenset[DataKind]] = dict.fromkeys(TABLE, _ALL)
"""Of what each can be the record."""
