"""A stand-in for Typeform: one account's forms and their responses.

Its ways are those of the Responses API: the newest first unless sorted, `since` inclusive, pages by token.
"""

from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import unquote

from orchestration_project.fake_services.base import FakeService, Reply, Request

TOKEN = "tfp_stand_in"


class FakeTypeform(FakeService):
    base_path: ClassVar[str] = ""

    def __init__(self) -> None:
        super().__init__()
        self.forms: dict[str, dict[str, Any]] = {}
        self.responses: dict[str, list[dict[str, Any]]] = {}

    def add_form(self, form_id: str, questions: dict[str, str], hidden: tuple[str, ...] = ()) -> None:
        """`questions`: title by ref. A question's id is its ref backwards."""
        fields = [
            {"id": ref[::-1], "ref": ref, "title": title, "type": "short_text"}
            for ref, title in questions.items()
        ]
        self.forms[form_id] = {"id": form_id, "title": "Contact us", "fields": fields, "hidden": [*hidden]}
        self.responses.setdefault(form_id, [])

    def submit(
        self,
        form_id: str,
        token: str,
        at: datetime,
        answers: dict[str, Any],
        hidden: dict[str, str] | None = None,
    ) -> None:
        """`answers`: by ref; text, number or boolean, or a whole answer as the service writes it."""
        self.responses[form_id].append(
            {
                "landing_id": token,
                "token": token,
                "response_id": token,
                "response_type": "completed",
                "landed_at": at.isoformat(),
                "submitted_at": at.isoformat().replace("+00:00", "Z"),
                "metadata": {"referer": f"https://larkfield.typeform.com/to/{form_id}", "user_agent": "x"},
                "hidden": hidden or {},
                "answers": [_answer(ref, value) for ref, value in answers.items()],
            }
        )

    def handle(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {TOKEN}":
            return Reply(401, {"code": "AUTHENTICATION_FAILED", "description": "Authentication failed"})
        match request.segments:
            case ("me",):
                return Reply(200, {"alias": "larkfield", "email": "owner@larkfield.example"})
            case ("forms", form_id) if form_id in self.forms:
                return Reply(200, self.forms[form_id])
            case ("forms", form_id, "responses") if form_id in self.forms:
                return self._list(self.responses[form_id], request)
            case _:
                return Reply(404, {"code": "FORM_NOT_FOUND", "description": "Non existing form or ..."})

    @staticmethod
    def _list(responses: list[dict[str, Any]], request: Request) -> Reply:
        if request.param("sort") and (request.param("after") or request.param("before")):
            return Reply(400, {"code": "VALIDATION_ERROR", "description": "sort with after or before"})
        found = sorted(responses, key=lambda item: datetime.fromisoformat(item["submitted_at"]))
        if since := unquote(request.param("since")):
            moment = datetime.fromisoformat(since)
            found = [item for item in found if datetime.fromisoformat(item["submitted_at"]) >= moment]
        if after := request.param("after"):
            tokens = [item["token"] for item in found]
            found = found[tokens.index(after) + 1 :] if after in tokens else []
        elif not request.param("sort").endswith(",asc"):
            found.reverse()
        size = int(request.param("page_size", "25"))
        pages = -(-len(found) // size)
        return Reply(200, {"total_items": len(found), "page_count": pages, "items": found[:size]})


def _answer(ref: str, value: Any) -> dict[str, Any]:
    field = {"id": ref[::-1], "ref": ref, "type": "short_text"}
    match value:
        case dict():
            return {"field": field, **value}
        case bool():
            return {"field": field, "type": "boolean", "boolean": value}
        case int() | float():
            return {"field": field, "type": "number", "number": value}
        case _:
            return {"field": field, "type": "text", "text": value}
