"""Company enrichment services. One line a connector."""

TABLE = {
    "none": "orchestration_project.connectors.company.none:NoEnrichment",
}
