"""Where mail drafts wait for review. One line a connector."""

TABLE = {
    "outbox": "orchestration_project.connectors.mail.outbox:Outbox",
}
