"""Where the team is told. One line a connector."""

TABLE = {
    "file": "orchestration_project.connectors.chat.file:ChatFile",
    "slack": "orchestration_project.connectors.chat.slack:Slack",
}
