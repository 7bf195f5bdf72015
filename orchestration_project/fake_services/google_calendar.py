"""A stand-in for the Google Calendar API: one calendar, its events, and what they take.

Known (Google's discovery document and its reference): a deleted event keeps its id; a list with
`singleEvents` has each repetition; `self` marks the account among the guests; the types of events;
`updatedMin` with `showDeleted` lists what was changed and what was deleted.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from orchestration_project.fake_services.base import Reply, Request
from orchestration_project.fake_services.google import GoogleService, refusal

NOT_FOUND = refusal(404, "notFound", "Not Found")


class GoogleCalendarService(GoogleService):
    def __init__(
        self,
        calendar_id: str = "primary",
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        super().__init__(clock)
        self.calendar_id = calendar_id
        self.access_role = "owner"
        self.events: dict[str, dict[str, Any]] = {}
        self.others: dict[str, list[dict[str, Any]]] = {}
        """The events of the account's other calendars, by their ids."""
        self.most = 2_500
        """Events on a page, whatever is asked for."""

    def add(self, start: str, end: str, **fields: Any) -> str:
        """A person enters an event."""
        new = self.new_id("event")
        self.events[new] = {
            "id": new,
            "updated": self._now(),
            "start": {"dateTime": start},
            "end": {"dateTime": end},
            **fields,
        }
        return new

    def delete(self, event_id: str) -> None:
        self.events[event_id] |= {"status": "cancelled", "updated": self._now()}

    def change(self, event_id: str, **fields: Any) -> None:
        """A person edits an event."""
        self.events[event_id] |= {**fields, "updated": self._now()}

    def _now(self) -> str:
        return self.clock().astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def answer_to(self, request: Request) -> Reply:  # noqa: PLR0911 - a table of routes
        match request.method, *request.segments[2:]:
            case "GET", "calendars", self.calendar_id, "events":
                return Reply(body=self._page(list(self.events.values()), request))
            case "GET", "calendars", other, "events" if other in self.others:
                return Reply(body=self._page(self.others[other], request))
            case "POST", "calendars", self.calendar_id, "events":
                return self._insert(request.body)
            case "GET", "calendars", self.calendar_id, "events", event_id if event_id in self.events:
                return Reply(body=self.events[event_id])
            case "PATCH", "calendars", self.calendar_id, "events", event_id if event_id in self.events:
                self.change(event_id, **request.body)
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
        self.events[new] = {"status": "confirmed", **body, "htmlLink": link, "updated": self._now()}
        return Reply(body=self.events[new])

    def _page(self, events: list[dict[str, Any]], request: Request) -> dict[str, Any]:
        deleted = request.param("showDeleted") == "true"
        items = [event for event in events if deleted or event.get("status") != "cancelled"]
        if since := request.param("updatedMin"):
            after = datetime.fromisoformat(since)
            items = [event for event in items if datetime.fromisoformat(event["updated"]) >= after]
        start, size = (
            int(request.param("pageToken", "0")),
            min(int(request.param("maxResults", "250")), self.most),
        )
        more = {"nextPageToken": str(start + size)} if start + size < len(items) else {}
        shown = {"kind": "calendar#events", "accessRole": self.access_role, "timeZone": "Europe/London"}
        return {**shown, "items": items[start : start + size], **more}
