"""Where mail drafts wait for review. One line a connector."""

TABLE = {
    "gmail": "orchestration_project.connectors.mail.gmail:Gmail",
    "imap": "orchestration_project.connectors.mail.imap:ImapDrafts",
    "microsoft": "orchestration_project.connectors.mail.microsoft:Microsoft365",
    "outbox": "orchestration_project.connectors.mail.outbox:Outbox",
}
