"""Carrying what a record of truth says to the copies that we have made of it: once a change, and never over
what a person has made of a copy.

Which system is right, and when a copy is behind, `data/records.py` says; the records' sensor starts it.
A copy is read before it is written, and written only where it says what we wrote.
"""

import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from orchestration_project.action.base import Action, Brief, Tools
from orchestration_project.action.calendar_hold import hold_title
from orchestration_project.action.draft import compose
from orchestration_project.action.folder import folder_name
from orchestration_project.action.sequence import list_name
from orchestration_project.action.wording import withdrawn_words
from orchestration_project.connectors.mail.interface import DraftNow, RewritesDrafts
from orchestration_project.connectors.mail.mailbox_format import draft_in
from orchestration_project.connectors.sequence.interface import RenamesMembers, Subscriber
from orchestration_project.data.records import same
from orchestration_project.data.same_value import canonical, is_blank
from orchestration_project.errors import LeadRefusedError
from orchestration_project.model import Clock, Erased, NotDone, ReceiptStatus, Written
from orchestration_project.model.records import Held, Item, System, name_parts, whole_name
from orchestration_project.playbook.model import Autonomy
from orchestration_project.playbook.records import Records

_NAMES = re.compile(r"sequence_stop(_\d+)?|[a-z]+_update_\d+")
THEIRS = "a person has changed it since, so it was left; `leads differences` shows both"
_GONE = "it is not there any more"


def is_carrying(action: str) -> bool:
    """Whether a receipt of that name tells of a copy that was brought up to its record, or taken back."""
    return _NAMES.fullmatch(action) is not None


Noticed = Callable[[Mapping[Item, str]], None]


class Copy(Protocol):
    """One kind of copy: what it ought to say, what it says, and how it is changed."""

    @property
    def kind(self) -> System: ...

    @property
    def needs(self) -> Autonomy: ...

    def unable(self, tools: Tools) -> str | None:
        """Why the service that is connected does not let it be changed; None: it does."""
        ...

    def ought(self, brief: Brief, tools: Tools) -> dict[Item, str]:
        """By the lead as its records have it."""
        ...

    def as_kept(self, brief: Brief, tools: Tools, value: str) -> str:
        """How a value that we wrote looks once the service has it."""
        ...

    async def now(self, brief: Brief, tools: Tools) -> dict[Item, str] | None:
        """None: it is not there, or is no copy any more, as a mail that was sent."""
        ...

    async def write(self, brief: Brief, tools: Tools, values: Mapping[Item, str], clock: Clock) -> bool:
        """False: it is not there any more."""
        ...


class Update:
    """An action for `Doer`: the copy says what the record says, after the record's change of that number.

    `held` is what the ledger knows of the copy, and `noticed` is told what people have made of it.
    """

    requires: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    def __init__(self, copy: Copy, number: int, held: Sequence[Held], noticed: Noticed) -> None:
        self.name = f"{copy.kind}_update_{number}"
        self.kind: str = copy.kind
        self.needs = copy.needs
        self._copy = copy
        self._held = held
        self._noticed = noticed

    def lock_keys(self, brief: Brief) -> tuple[str, ...]:
        return (brief.ref,)

    def skip(self, brief: Brief) -> str | None:  # noqa: ARG002 - as every action
        return None

    async def find(self, brief: Brief, tools: Tools) -> Written | None:
        now = None if self._copy.unable(tools) else await self._copy.now(brief, tools)
        if now is None or self._behind(brief, tools, now):
            return None
        return Written(external_id=brief.ref, note="says so")

    async def act(self, brief: Brief, tools: Tools, clock: Clock) -> Written | NotDone:
        if why_not := self._copy.unable(tools):
            self._noticed({one.item: one.written for one in self._held if one.written is not None})
            return NotDone(status=ReceiptStatus.SKIPPED, note=why_not)
        now = await self._copy.now(brief, tools)
        if now is None:
            return NotDone(status=ReceiptStatus.SKIPPED, note=_GONE)
        behind = self._behind(brief, tools, now)
        theirs: dict[Item, str] = {
            item: now[item] for item in behind if not self._is_ours(brief, tools, item, now[item])
        }
        if theirs:
            self._noticed(theirs)
        ours: dict[Item, str] = {item: value for item, value in behind.items() if item not in theirs}
        if ours and not await self._copy.write(brief, tools, ours, clock):
            return NotDone(status=ReceiptStatus.SKIPPED, note=_GONE)
        if theirs and not ours:
            return NotDone(status=ReceiptStatus.SKIPPED, note=f"{', '.join(theirs)}: {THEIRS}")
        left = f"; {', '.join(theirs)}: {THEIRS}" if theirs else ""
        return Written(external_id=brief.ref, note=f"{', '.join(ours) or 'it'} as the record has it{left}")

    async def erase(self, brief: Brief, tools: Tools) -> Erased:  # noqa: ARG002 - as every action
        return Erased(answer="not_there", note="what it changed is erased with the copy itself")

    def _behind(self, brief: Brief, tools: Tools, now: Mapping[Item, str]) -> dict[Item, str]:
        ought = self._copy.ought(brief, tools)
        return {
            item: value
            for item, value in ought.items()
            if item in now and not is_blank(value) and not same(item, now[item], value)
        }

    def _is_ours(self, brief: Brief, tools: Tools, item: Item, says: str) -> bool:
        """What we wrote, or were about to write when we were heard of last; or a blank nobody ever filled."""
        known = next((one for one in self._held if one.item == item), None)
        wrote = [value for value in (known.written, known.writing) if value] if known is not None else []
        if is_blank(says):
            return not wrote
        return any(same(item, says, self._copy.as_kept(brief, tools, value)) for value in wrote)


@dataclass(frozen=True)
class HoldTitle:
    kind: System = "calendar"
    needs: Autonomy = Autonomy.DRAFT

    def unable(self, tools: Tools) -> str | None:  # noqa: ARG002 - as every copy
        return None

    def ought(self, brief: Brief, tools: Tools) -> dict[Item, str]:  # noqa: ARG002 - as every copy
        return {"title": hold_title(brief)}

    def as_kept(self, brief: Brief, tools: Tools, value: str) -> str:  # noqa: ARG002 - as every copy
        return value

    async def now(self, brief: Brief, tools: Tools) -> dict[Item, str] | None:
        title = await tools.calendar.find_title(brief.ref)
        return {"title": title} if title is not None else None

    async def write(self, brief: Brief, tools: Tools, values: Mapping[Item, str], clock: Clock) -> bool:  # noqa: ARG002 - as every copy
        return await tools.calendar.retitle(brief.ref, values["title"])


@dataclass(frozen=True)
class FolderName:
    kind: System = "folder"
    needs: Autonomy = Autonomy.DRAFT

    def unable(self, tools: Tools) -> str | None:  # noqa: ARG002 - as every copy
        return None

    def ought(self, brief: Brief, tools: Tools) -> dict[Item, str]:
        return {"title": tools.folder.shown_name(brief.ref, folder_name(brief))}

    def as_kept(self, brief: Brief, tools: Tools, value: str) -> str:
        return tools.folder.shown_name(brief.ref, value)

    async def now(self, brief: Brief, tools: Tools) -> dict[Item, str] | None:
        name = await tools.folder.name_of(brief.ref)
        return {"title": name} if name is not None else None

    async def write(self, brief: Brief, tools: Tools, values: Mapping[Item, str], clock: Clock) -> bool:  # noqa: ARG002 - as every copy
        return await tools.folder.rename_folder(brief.ref, values["title"])


@dataclass(frozen=True)
class MemberName:
    """Of the person in the mail sequence. Their address stays: it is the one that has consented."""

    kind: System = "sequence"
    needs: Autonomy = Autonomy.DRAFT

    def unable(self, tools: Tools) -> str | None:
        able = isinstance(tools.sequence, RenamesMembers)
        return None if able else "this mailing list lets no name be changed: do it there by hand"

    def ought(self, brief: Brief, tools: Tools) -> dict[Item, str]:  # noqa: ARG002 - as every copy
        person = brief.context.lead.person
        return {"name": whole_name(person.given_name, person.family_name)}

    def as_kept(self, brief: Brief, tools: Tools, value: str) -> str:  # noqa: ARG002 - as every copy
        return value

    async def now(self, brief: Brief, tools: Tools) -> dict[Item, str] | None:
        if not isinstance(tools.sequence, RenamesMembers):
            return None
        member = await tools.sequence.member(list_name(brief), _email(brief))
        return {"name": whole_name(member.given_name, member.family_name)} if member is not None else None

    async def write(self, brief: Brief, tools: Tools, values: Mapping[Item, str], clock: Clock) -> bool:  # noqa: ARG002 - as every copy
        if not isinstance(tools.sequence, RenamesMembers):
            return False
        given, family = name_parts(values["name"])
        subscriber = Subscriber(email=_email(brief), given_name=given or values["name"], family_name=family)
        await tools.sequence.rename_member(list_name(brief), subscriber)
        return True


@dataclass(frozen=True)
class DraftText:
    """The draft that waits for review. Once it is sent, it is no copy any more."""

    address: str = ""  # of the record; empty: as the lead has it
    kind: System = "mail"
    needs: Autonomy = Autonomy.DRAFT

    def unable(self, tools: Tools) -> str | None:
        able = isinstance(tools.mail, RewritesDrafts)
        return None if able else "this mailbox lets no draft be written anew: look at it before you send it"

    def ought(self, brief: Brief, tools: Tools) -> dict[Item, str]:  # noqa: ARG002 - as every copy
        # the date of a mail is no part of what it says
        message = compose(_addressed(brief, self.address), brief.context.lead.submitted_at)
        return {"draft": draft_print(draft_in(message.as_bytes()))}

    def as_kept(self, brief: Brief, tools: Tools, value: str) -> str:  # noqa: ARG002 - as every copy
        return value

    async def now(self, brief: Brief, tools: Tools) -> dict[Item, str] | None:
        mail, draft_id = tools.mail, brief.outside_id("draft")
        if not isinstance(mail, RewritesDrafts):
            return None
        draft = await mail.draft_now(brief.ref, draft_id) if draft_id else None
        return {"draft": draft_print(draft)} if draft is not None else None

    async def write(self, brief: Brief, tools: Tools, values: Mapping[Item, str], clock: Clock) -> bool:  # noqa: ARG002 - as every copy
        mail, draft_id = tools.mail, brief.outside_id("draft")
        if not isinstance(mail, RewritesDrafts) or not draft_id:
            return False
        message = compose(_addressed(brief, self.address), clock())
        return await mail.rewrite_draft(brief.ref, draft_id, message) is not None


@dataclass(frozen=True)
class ContactValues:
    """Of the CRM contact, where another system is the record of a name, a phone number or a company."""

    contact_id: str
    records: Records
    kind: System = "crm"
    needs: Autonomy = Autonomy.INTERNAL

    def unable(self, tools: Tools) -> str | None:  # noqa: ARG002 - as every copy
        return None

    def ought(self, brief: Brief, tools: Tools) -> dict[Item, str]:  # noqa: ARG002 - as every copy
        lead = brief.context.lead
        said: dict[Item, str] = {
            "name": lead.person.full_name or "",
            "phone": lead.person.dialled or "",
            "company": lead.company.name or "",
        }
        return {item: value for item, value in said.items() if self.records.of_item(item) != "crm"}

    def as_kept(self, brief: Brief, tools: Tools, value: str) -> str:  # noqa: ARG002 - as every copy
        return value

    async def now(self, brief: Brief, tools: Tools) -> dict[Item, str] | None:  # noqa: ARG002 - as every copy
        contact = await tools.crm.get_contact(self.contact_id)
        if contact is None:
            return None
        return {
            "name": contact.name or "",
            "phone": contact.phone or "",
            "company": contact.company or "",
        }

    async def write(self, brief: Brief, tools: Tools, values: Mapping[Item, str], clock: Clock) -> bool:  # noqa: ARG002 - as every copy
        fields = {str(item): value for item, value in values.items()}
        person = brief.context.lead.person
        if "name" in fields and person.parts is not None:
            fields |= dict(zip(("first_name", "last_name"), person.parts, strict=True))
        changed = await tools.crm.update_contact(self.contact_id, fields, {})
        said = {"name": changed.name, "phone": changed.phone, "company": changed.company}
        kept = [item for item, value in values.items() if not same(item, said.get(item) or "", value)]
        if kept:
            told = f"keeps the {' and the '.join(kept)} of contact {self.contact_id} as it is."
            raise LeadRefusedError(
                "the CRM", told, "Change it there by hand; `leads differences` shows both."
            )
        return True


class SequenceStop:
    """Takes a person who has withdrawn their consent out of the mail sequence. Nobody has to ask for it."""

    name = "sequence_stop"
    kind = "sequence"
    needs = Autonomy.DRAFT
    requires: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    def lock_keys(self, brief: Brief) -> tuple[str, ...]:
        return (_email(brief).casefold(),)

    def skip(self, brief: Brief) -> str | None:
        return None if brief.withdrawn is not None else "the consent stands"

    async def find(self, brief: Brief, tools: Tools) -> Written | None:
        if await tools.sequence.find_member(list_name(brief), _email(brief)) is not None:
            return None
        return Written(external_id=brief.ref, note=self._why(brief))

    async def act(self, brief: Brief, tools: Tools, clock: Clock) -> Written:  # noqa: ARG002 - as every action
        left = await tools.sequence.leave(list_name(brief), _email(brief))
        note = self._why(brief) if left else f"{self._why(brief)}; they got no mail of it any more"
        return Written(external_id=brief.ref, note=note)

    async def erase(self, brief: Brief, tools: Tools) -> Erased:  # noqa: ARG002 - as every action
        return Erased(answer="not_there", note="who was taken out is erased with the enrolment")

    @staticmethod
    def _why(brief: Brief) -> str:
        return withdrawn_words(brief.withdrawn) if brief.withdrawn is not None else ""


SEQUENCE_STOP: Action = SequenceStop()


def draft_print(draft: DraftNow) -> str:
    """A short hash of whom it is to and what it says: its words need not be kept twice."""
    said = "\n".join([*sorted(canonical(one) for one in draft.to), draft.subject, draft.text])
    return hashlib.sha256(canonical(said).encode()).hexdigest()[:16]


def _addressed(brief: Brief, address: str) -> Brief:
    if not address:
        return brief
    lead = brief.context.lead
    person = lead.person.model_copy(update={"email": address})
    context = brief.context.model_copy(update={"lead": lead.model_copy(update={"person": person})})
    return brief.model_copy(update={"context": context})


def _email(brief: Brief) -> str:
    return brief.context.lead.person.email or ""
