"""The tools of an action with fakes in them; an action that reaches for another kind fails its test."""

from dataclasses import dataclass
from typing import Any

from orchestration_project.action.base import Tools
from orchestration_project.connectors.calendar.interface import Calendar
from orchestration_project.connectors.chat.interface import Chat
from orchestration_project.connectors.crm.interface import Crm
from orchestration_project.connectors.folder.interface import Folders
from orchestration_project.connectors.mail.interface import MailDrafts
from orchestration_project.connectors.sequence.interface import Sequence

NOT_GIVEN: Any = None


@dataclass(frozen=True)
class FakeTools:
    crm: Crm
    mail: MailDrafts
    chat: Chat
    calendar: Calendar
    folder: Folders
    sequence: Sequence


def tools(
    *,
    crm: Crm = NOT_GIVEN,
    chat: Chat = NOT_GIVEN,
    folder: Folders = NOT_GIVEN,
    sequence: Sequence = NOT_GIVEN,
    mail: MailDrafts = NOT_GIVEN,
    calendar: Calendar = NOT_GIVEN,
) -> Tools:
    return FakeTools(crm=crm, chat=chat, folder=folder, sequence=sequence, mail=mail, calendar=calendar)
