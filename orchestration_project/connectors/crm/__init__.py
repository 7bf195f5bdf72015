"""CRM systems: contacts, notes, tasks. One line a connector."""

TABLE = {
    "hubspot": "orchestration_project.connectors.crm.hubspot:HubSpotCrm",
    "local": "orchestration_project.connectors.crm.local:LocalCrm",
    "pipedrive": "orchestration_project.connectors.crm.pipedrive:PipedriveCrm",
}
