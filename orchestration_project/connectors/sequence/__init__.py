"""Mail sequences and newsletters. One line a connector."""

TABLE = {
    "brevo": "orchestration_project.connectors.sequence.brevo:Brevo",
    "local": "orchestration_project.connectors.sequence.local:LocalSequence",
    "mailchimp": "orchestration_project.connectors.sequence.mailchimp:Mailchimp",
}
