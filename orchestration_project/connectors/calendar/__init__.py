"""Calendars. One line a connector."""

TABLE = {
    "google": "orchestration_project.connectors.calendar.google:GoogleCalendar",
    "ics": "orchestration_project.connectors.calendar.ics:IcsFolder",
}
