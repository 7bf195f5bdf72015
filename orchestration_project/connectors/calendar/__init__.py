"""Calendars. One line a connector."""

TABLE = {
    "caldav": "orchestration_project.connectors.calendar.caldav:CalDavCalendar",
    "google": "orchestration_project.connectors.calendar.google:GoogleCalendar",
    "ics": "orchestration_project.connectors.calendar.ics:IcsFolder",
}
