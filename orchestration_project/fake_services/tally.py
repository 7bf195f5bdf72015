"""A stand-in for Tally: forms with their questions, and the submissions, the newest first.

What a submission means is nobody's business here.
"""

from datetime import datetime
from typing import Any
from urllib.parse import unquote

from orchestration_project.fake_services.base import FakeService, Reply, Request

KEY = "tly-stand-in"


class FakeTally(FakeService):
    def __init__(self) -> None:
        super().__init__()
        self.questions: dict[str, list[dict[str, Any]]] = {}
        self.submissions: dict[str, list[dict[str, Any]]] = {}

    def add_form(self, form_id: str, questions: dict[str, str], hidden: tuple[str, ...] = ()) -> None:
        """`questions`: title by id."""
        self.questions[form_id] = [
            {
                "id": question,
                "type": "INPUT_TEXT",
                "title": title,
                "isDeleted": False,
                "fields": [{"uuid": f"uuid-{question}", "type": "INPUT_FIELD", "title": title}],
            }
            for question, title in questions.items()
        ]
        if hidden:
            parts = [{"uuid": f"uuid-{name}", "type": "HIDDEN_FIELD", "title": name} for name in hidden]
            self.questions[form_id].append(
                {"id": "hidden", "type": "HIDDEN_FIELDS", "title": None, "isDeleted": False, "fields": parts}
            )
        self.submissions.setdefault(form_id, [])

    def submit(self, form_id: str, key: str, at: datetime, answers: dict[str, Any]) -> None:
        """`answers`: by question id."""
        self.submissions[form_id].append(
            {
                "id": key,
                "formId": form_id,
                "respondentId": f"r-{key}",
                "isCompleted": True,
                "submittedAt": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
                "responses": [
                    {"id": f"{key}-{question}", "questionId": question, "answer": answer}
                    for question, answer in answers.items()
                ],
            }
        )

    def handle(self, request: Request) -> Reply:
        if request.headers.get("authorization") != f"Bearer {KEY}":
            return Reply(401, {"message": "Unauthorized"})
        match request.segments:
            case ("users", "me"):
                return Reply(200, {"id": "u1", "email": "owner@larkfield.example"})
            case ("forms", form_id, "questions") if form_id in self.questions:
                return Reply(200, {"questions": self.questions[form_id]})
            case ("forms", form_id, "submissions") if form_id in self.questions:
                return self._list(form_id, request)
            case _:
                return Reply(404, {"message": "Form not found"})

    def _list(self, form_id: str, request: Request) -> Reply:
        found = sorted(self.submissions[form_id], key=lambda item: item["submittedAt"], reverse=True)
        if since := unquote(request.param("startDate")):
            moment = datetime.fromisoformat(since)
            found = [item for item in found if datetime.fromisoformat(item["submittedAt"]) >= moment]
        page, limit = int(request.param("page", "1")), int(request.param("limit", "50"))
        shown = found[(page - 1) * limit : page * limit]
        body = {
            "page": page,
            "limit": limit,
            "hasMore": len(found) > page * limit,
            "questions": self.questions[form_id],
            "submissions": shown,
        }
        return Reply(200, body)
