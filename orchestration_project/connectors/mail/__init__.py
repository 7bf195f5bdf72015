"""Where mail drafts wait for review. One line a connector."""

from orchestration_project.model.records import DataKind

TABLE = {
    "gmail": "orchestration_project.connectors.mail.gmail:Gmail",
    "imap": "orchestration_project.connectors.mail.imap:ImapDrafts",
    "microsoft": "orchestration_project.connectors.mail.microsoft:Microsoft365",
    "outbox": "orchestration_project.connectors.mail.outbox:Outbox",
}

_ALL: frozenset[DataKind] = frozenset({"conversation"})
SAYS: dict[str, frozenset[DataKind]] = dict.fromkeys(TABLE, _ALL)
"""Of what each can be the record."""
