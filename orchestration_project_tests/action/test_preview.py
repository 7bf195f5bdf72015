"""What is only planned is shown as it would be written, without a look outside."""

from datetime import UTC, datetime

from orchestration_project.action.base import Previews
from orchestration_project.action.preview import previews
from orchestration_project.action.registry import ACTIONS
from orchestration_project.model import Decided, ReceiptStatus
from orchestration_project.playbook.model import Template
from orchestration_project_tests.action.briefs import PLAYBOOK, REF, a_brief, a_receipt

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
DRAFT = Template(file="priority.md", subject="For {{ company }}", body="Hello {{ given_name }},\n\nyes.")


def shown(*statuses: tuple[str, ReceiptStatus], template: Template | None = DRAFT) -> dict[str, str]:
    brief = a_brief()
    templates = {template.file: template} if template else {}
    rules = PLAYBOOK.model_copy(update={"templates": templates})
    receipts = {name: a_receipt(name, status) for name, status in statuses}
    return previews(Decided(context=brief.context, decision=brief.decision), rules, receipts, NOW)


def test_every_action_of_a_track_can_say_what_it_would_write() -> None:
    assert [name for name, action in ACTIONS.items() if not isinstance(action, Previews)] == []
    planned = shown(*((name, ReceiptStatus.PLANNED) for name in ACTIONS if name != "sequence"))
    assert list(planned) == [name for name in ACTIONS if name != "sequence"]
    assert "email: Jane@acme.example" in planned["crm_contact"] and "Note:" in planned["crm_contact"]
    assert planned["draft"].splitlines()[2:] == ["Subject: For Acme Ltd", "", "Hello Jane,", "", "yes."]
    assert "Due Tue 24 Nov 2026" in planned["task"]
    assert planned["folder"].startswith(f"Acme Ltd ({REF})\n\nlead.md:\n# Lead")
    assert "or the next half hour that is free" in planned["calendar_hold"]
    assert "task set" in planned["chat"], "as if all of it were done"


def test_what_is_done_or_waits_is_no_preview() -> None:
    done, waits = ("crm_contact", ReceiptStatus.DONE), ("task", ReceiptStatus.WAITING)
    assert list(shown(done, waits, ("chat", ReceiptStatus.PLANNED))) == ["chat"]


def test_what_could_not_be_written_says_why() -> None:
    found = shown(("draft", ReceiptStatus.PLANNED), template=None)
    why = "It could not be written: playbook.yaml: the track priority has the action draft, but no template"
    assert found["draft"].startswith(why)
