"""The action that enrols a lead, with its consent, in the mail sequence of its track.

Sending the sequence is the service's business.
"""

from datetime import datetime

from orchestration_project.action.base import Brief, Tools
from orchestration_project.action.wording import withdrawn_words
from orchestration_project.connectors.sequence.interface import Subscriber
from orchestration_project.errors import PlaybookError
from orchestration_project.model import Clock, Erased, Written
from orchestration_project.playbook.model import Autonomy


class SequenceEnrolment:
    name = "sequence"
    kind = "sequence"
    needs = Autonomy.DRAFT
    requires: tuple[str, ...] = ()

    def lock_keys(self, brief: Brief) -> tuple[str, ...]:
        # a service may take a second enrolment at the same moment for a second member
        return (_email(brief).casefold(),)

    def skip(self, brief: Brief) -> str | None:
        if brief.unanswered:
            return f"no sequence for a {brief.unanswered.lower()}"
        if brief.withdrawn is not None:
            return withdrawn_words(brief.withdrawn)
        if not brief.context.lead.consent:
            return "no consent to marketing mail"
        return None if _email(brief) else "no e-mail"

    def preview(self, brief: Brief, now: datetime) -> str:  # noqa: ARG002 - as every action
        return f"{_email(brief)} into {list_name(brief)}"

    async def find(self, brief: Brief, tools: Tools) -> Written | None:
        return await tools.sequence.find_member(list_name(brief), _email(brief))

    async def erase(self, brief: Brief, tools: Tools) -> Erased:
        return await tools.sequence.erase_member(list_name(brief), _email(brief))

    async def act(self, brief: Brief, tools: Tools, clock: Clock) -> Written:  # noqa: ARG002 - as every action
        person = brief.context.lead.person
        subscriber = Subscriber(
            email=_email(brief),
            given_name=person.given_name or "",
            family_name=person.family_name or "",
        )
        return await tools.sequence.enrol(list_name(brief), subscriber)


def _email(brief: Brief) -> str:
    return brief.context.lead.person.email or ""


def list_name(brief: Brief) -> str:
    if brief.track.sequence is None:
        raise PlaybookError(
            f"playbook.yaml: the track {brief.track.name} has the action `sequence` but no `sequence:` list."
        )
    return brief.track.sequence
