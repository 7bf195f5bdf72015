"""Mail sequences and newsletters. One line a connector."""

TABLE = {
    "local": "orchestration_project.connectors.sequence.local:LocalSequence",
}
