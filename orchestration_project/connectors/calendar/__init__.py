"""Calendars. One line a connector."""

TABLE = {
    "ics": "orchestration_project.connectors.calendar.ics:IcsFolder",
}
