"""Where project folders are made. One line a connector."""

TABLE = {
    "disk": "orchestration_project.connectors.folder.disk:DiskFolders",
}
