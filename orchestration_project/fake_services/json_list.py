"""A stand-in for any service that lists submissions as JSON: by page, by cursor, by link, or all at once.

The way it pages is told by the query it is asked with.
"""

from typing import Any

from orchestration_project.fake_services.base import FakeService, Reply, Request

KEY = "stand-in-key"


class FakeJsonList(FakeService):
    def __init__(self, size: int = 2) -> None:
        super().__init__()
        self.size = size
        self.items: list[Any] = []
        self.next_link = ""
        """Told as the next page by /links, whatever it is."""

    def handle(self, request: Request) -> Reply:  # noqa: PLR0911 - a table of routes
        if request.headers.get("x-form-key") != KEY:
            return Reply(401, {"error": "unknown key"})
        match request.segments:
            case ("all",):
                return Reply(200, self.items)
            case ("pages",):
                page = int(request.param("page", "1"))
                if page > 1 and (page - 1) * self.size >= len(self.items) and request.param("end"):
                    code = {"code": "rest_post_invalid_page_number", "message": "not a page there is"}
                    return Reply(int(request.param("end")), code)
                return Reply(200, {"data": self.items[(page - 1) * self.size : page * self.size]})
            case ("cursor",):
                start = int(request.param("from", "0"))
                left = len(self.items) > start + self.size
                body = {
                    "data": self.items[start : start + self.size],
                    "meta": {"next": start + self.size if left else None},
                }
                return Reply(200, body)
            case ("links",):
                return Reply(200, {"data": self.items, "meta": {"next": self.next_link}})
            case _:
                return Reply(404, {"error": "nothing here"})
