"""Where submissions come from. One line a connector."""

TABLE = {
    "inbox": "orchestration_project.connectors.form_source.inbox:Inbox",
}
