"""The actions there are, by the name a playbook calls them. To add one: its module, and a line here.

What an action is stands in `base.py`.
"""

from orchestration_project.action.base import Action, Sequel
from orchestration_project.action.calendar_hold import CalendarHold
from orchestration_project.action.chat import ChatMessage, ChatNews
from orchestration_project.action.crm_contact import CrmContact, CrmRescored
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

SEQUELS: dict[str, Sequel] = {"crm_contact": CrmRescored(), "chat": ChatNews()}
"""What is added to an action that is done, under a receipt of its own; by the name of that action."""
