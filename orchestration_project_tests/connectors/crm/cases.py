"""People, tasks and calls that the tests of every CRM write."""

from datetime import UTC, date, datetime

from orchestration_project.connectors.crm.interface import LoggedActivity, NewTask

JANE = {
    "email": "jane@acme.example",
    "name": "Jane van der Doe",
    "phone": "+442079460000",
    "company": "Acme & Sons <Ltd>",
    "website": "https://www.acme.example/about",
}
ACME = "acme.example"
OURS = {"lead_ref": "L-ABCDEFGHIJ", "lead_score": "9", "lead_track": "priority", "lead_written": '{"a":"b"}'}
TASK = NewTask(
    key="L-1",
    title="Review and send: Jane, 9 of 10",
    body="Service: bookkeeping\nWhy: <b>bold</b> & clear",
    due=date(2026, 11, 24),
    due_at=datetime(2026, 11, 24, 17, 30, tzinfo=UTC),
    assignee="hannah@larkfield.example",
)
CALL = LoggedActivity(
    key="L-1 call",
    kind="call",
    at=datetime(2026, 11, 24, 11, 0, tzinfo=UTC),
    title="Call with Jane",
    body="They said yes.",
    minutes=15,
)
MAIL = CALL.model_copy(
    update={"key": "L-1 mail", "kind": "mail", "title": "Your bookkeeping", "minutes": None}
)
