"""CRM systems: contacts, notes, tasks. One line a connector."""

TABLE = {
    "local": "orchestration_project.connectors.crm.local:LocalCrm",
}
