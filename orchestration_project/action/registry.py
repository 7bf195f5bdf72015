"""The actions there are, by the name a playbook calls them. To add one: its module, and a line here.

What an action is stands in `base.py`.
"""

from orchestration_project.action.base import Action
from orchestration_project.action.calendar_hold import CalendarHold
from orchestration_project.action.chat import ChatMessage
from orchestration_project.action.crm_contact import CrmContact
from orchestration_project.action.draft import Draft
from orchestration_project.action.folder import ProjectFolder
from orchestration_project.action.sequence import SequenceEnrolment
from orchestration_project.action.task import Task

ACTIONS: dict[str, Action] = {
    "crm_contact": CrmContact(),
    "task": Task(),
    "draft": Draft(),
    "folder": ProjectFolder(),
    "calendar_hold": CalendarHold(),
    "sequence": SequenceEnrolment(),
    "chat": ChatMessage(),
}
