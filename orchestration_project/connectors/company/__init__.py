"""Company enrichment services. One line a connector."""

TABLE = {
    "apollo": "orchestration_project.connectors.company.apollo:Apollo",
    "none": "orchestration_project.connectors.company.none:NoEnrichment",
    "peopledatalabs": "orchestration_project.connectors.company.peopledatalabs:PeopleDataLabs",
}
