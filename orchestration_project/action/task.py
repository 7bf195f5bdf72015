"""The action that gives the owner a task in the CRM, due on a day of the owner's own calendar.

The contact it hangs on is made by `crm_contact.py`.
"""

from datetime import datetime, timedelta

from orchestration_project.action.again import maybe_the_same
from orchestration_project.action.base import Brief, Entry, Tools
from orchestration_project.action.wording import reasoning, score_words, service_title, who
from orchestration_project.connectors.crm.interface import NewTask
from orchestration_project.errors import PermanentServiceError
from orchestration_project.model import Clock, Erased, ReceiptStatus, Written
from orchestration_project.playbook.model import Autonomy
from orchestration_project.text import readable
from orchestration_project.timezones import zone


class Task:
    name = "task"
    kind = "crm"
    needs = Autonomy.DRAFT
    requires: tuple[str, ...] = ("crm_contact",)

    def lock_keys(self, brief: Brief) -> tuple[str, ...]:  # noqa: ARG002 - as every action
        return ()

    def skip(self, brief: Brief) -> str | None:
        contact = brief.receipts.get("crm_contact")
        if contact is not None and contact.status is ReceiptStatus.SKIPPED:
            return "there is no CRM contact to hang it on"
        return None

    async def find(self, brief: Brief, tools: Tools) -> Written | None:
        return await tools.crm.find_task(_contact_id(brief), brief.ref)

    async def act(self, brief: Brief, tools: Tools, clock: Clock) -> Written:
        task = new_task(brief, clock())
        written = await tools.crm.add_task(_contact_id(brief), task)
        return written.model_copy(update={"note": written.note or f"due {task.due:%a %d %b %Y}"})

    def preview(self, brief: Brief, now: datetime) -> str:
        task = new_task(brief, now)
        return f"{task.title}\nDue {task.due:%a %d %b %Y}, for {task.assignee}\n{task.body}"

    def entry(self, brief: Brief) -> Entry:
        return Entry(kind="task", key=brief.ref, inside=brief.outside_id("crm_contact"))

    async def erase(self, brief: Brief, tools: Tools) -> Erased:
        return await tools.crm.erase_entry("task", _contact_id(brief), brief.ref)


def new_task(brief: Brief, now: datetime) -> NewTask:
    """The task as the CRM gets it; `now` decides on which day it is due."""
    business = brief.playbook.business
    owner_zone = zone(business.time_zone)
    due = now.astimezone(owner_zone).date() + timedelta(days=brief.track.due_in_days)
    return NewTask(
        key=brief.ref,
        title=_title(brief),
        body=_body(brief),
        due=due,
        due_at=datetime.combine(due, business.working_hours.end, tzinfo=owner_zone),
        assignee=business.owner.email,
    )


def _title(brief: Brief) -> str:
    to_do = "Review and send" if "draft" in brief.track.action_names else "Follow up"
    return f"{to_do}: {who(brief.context.lead)}, {score_words(brief.decision)}"


def _body(brief: Brief) -> str:
    return "\n".join(
        [
            f"Service: {service_title(brief) or 'none recommended'}",
            f"Why: {readable(reasoning(brief.decision))}",
            f"Track: {brief.track.title}",
            *maybe_the_same(brief.context),
            f"Lead: {brief.ref} (all of it: leads show {brief.ref})",
        ]
    )


def _contact_id(brief: Brief) -> str:
    contact_id = brief.outside_id("crm_contact")
    if contact_id is None:
        raise PermanentServiceError(
            "CRM",
            f"the task for {brief.ref} has no contact to hang on.",
            "Put `crm_contact` among the actions of its track, let it finish, then replay.",
        )
    return contact_id
