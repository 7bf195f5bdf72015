"""A stand-in for the Google Calendar API: one calendar, its events, and what they take.

As with the real one, a deleted event keeps its id.
"""

from typing import Any

from orchestration_project.fake_services.base import Reply, Request
from orchestration_project.fake_services.google import GoogleService, refusal

NOT_FOUND = refusal(404, "notFound", "Not Found")


class GoogleCalendarService(GoogleService):
    def __init__(self, calendar_id: str = "primary") -> None:
        super().__init__()
        self.calendar_id = calendar_id
        self.access_role = "owner"
        self.events: dict[str, dict[str, Any]] = {}

    def add(self, start: str, end: str, **fields: Any) -> str:
        """A person enters an event."""
        new = self.new_id("event")
        self.events[new] = {"id": new, "start": {"dateTime": start}, "end": {"dateTime": end}, **fields}
        return new

    def delete(self, event_id: str) -> None:
        self.events[event_id]["status"] = "cancelled"

    def writes(self, request: Request) -> bool:
        return super().writes(request) and request.segments[2:] != ("freeBusy",)

    def answer_to(self, request: Request) -> Reply:  # noqa: PLR0911 - a table of routes
        match request.method, *request.segments[2:]:
            case "POST", "freeBusy":
                return self._free_busy(request.body)
            case "GET", "calendars", self.calendar_id, "events":
                page = {"kind": "calendar#events", "accessRole": self.access_role, "items": []}
                return Reply(body=page)
            case "POST", "calendars", self.calendar_id, "events":
                return self._insert(request.body)
            case "GET", "calendars", self.calendar_id, "events", event_id if event_id in self.events:
                return Reply(body=self.events[event_id])
            case "PATCH", "calendars", self.calendar_id, "events", event_id if event_id in self.events:
                self.events[event_id] |= request.body
                return Reply(body=self.events[event_id])
            case "DELETE", "calendars", self.calendar_id, "events", event_id if event_id in self.events:
                self.delete(event_id)
                return Reply(204)
            case _:
                return NOT_FOUND

    def _insert(self, body: dict[str, Any]) -> Reply:
        new = body["id"]
        if new in self.events:
            return refusal(409, "duplicate", "The requested identifier already exists.")
        link = f"https://www.google.com/calendar/event?eid={new}"
        self.events[new] = {"status": "confirmed", **body, "htmlLink": link}
        return Reply(body=self.events[new])

    def _free_busy(self, body: dict[str, Any]) -> Reply:
        wanted = [item["id"] for item in body["items"]]
        calendars: dict[str, Any] = {
            name: {"errors": [{"domain": "global", "reason": "notFound"}], "busy": []} for name in wanted
        }
        if self.calendar_id in calendars:
            busy = [
                {"start": event["start"]["dateTime"], "end": event["end"]["dateTime"]}
                for event in self.events.values()
                if event.get("status") != "cancelled" and event.get("transparency") != "transparent"
            ]
            calendars[self.calendar_id] = {"busy": busy}
        return Reply(body={"kind": "calendar#freeBusy", "calendars": calendars})
