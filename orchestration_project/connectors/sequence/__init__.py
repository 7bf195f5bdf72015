"""Mail sequences and newsletters. One line a connector."""

from orchestration_project.model.records import DataKind

TABLE = {
    "brevo": "orchestration_project.connectors.sequence.brevo:Brevo",
    "local": "orchestration_project.connectors.sequence.local:LocalSequence",
    "mailchimp": "orchestration_project.connectors.sequence.mailchimp:Mailchimp",
}

_ALL: frozenset[DataKind] = frozenset({"person", "consent"})
SAYS: dict[str, frozenset[DataKind]] = dict.fromkeys(TABLE, _ALL)
"""Of what each can be the record."""
