"""Readers of a company's own website. One line a connector."""

TABLE = {
    "reader": "orchestration_project.connectors.website.reader:WebsiteReader",
    "none": "orchestration_project.connectors.website.none:NoWebsite",
}
