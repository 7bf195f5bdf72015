"""Where project folders are made. One line a connector."""

TABLE = {
    "disk": "orchestration_project.connectors.folder.disk:DiskFolders",
    "drive": "orchestration_project.connectors.folder.drive:DriveFolders",
    "webdav": "orchestration_project.connectors.folder.webdav:WebDavFolders",
}
