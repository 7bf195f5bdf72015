"""Calendars. One line a connector."""

from orchestration_project.model.records import DataKind

TABLE = {
    "caldav": "orchestration_project.connectors.calendar.caldav:CalDavCalendar",
    "google": "orchestration_project.connectors.calendar.google:GoogleCalendar",
    "ics": "orchestration_project.connectors.calendar.ics:IcsFolder",
}

_ALL: frozenset[DataKind] = frozenset({"meeting"})
SAYS: dict[str, frozenset[DataKind]] = dict.fromkeys(TABLE, _ALL)
"""Of what each can be the record."""
