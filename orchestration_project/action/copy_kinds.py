"""The copies that we make of what is known about a person: what each ought to say, and how it is changed.

When one is changed, and that a person's edit is left, is `carry.py`.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from orchestration_project.action.base import Brief, Tools
from orchestration_project.action.calendar_hold import hold_title
from orchestration_project.action.draft import compose
from orchestration_project.action.folder import folder_name
from orchestration_project.action.sequence import list_name
from orchestration_project.connectors.mail.interface import DraftNow, RewritesDrafts
from orchestration_project.connectors.mail.mailbox_format import draft_in
from orchestration_project.connectors.sequence.interface import RenamesMembers, Subscriber
from orchestration_project.data.records import same
from orchestration_project.data.same_value import canonical
from orchestration_project.errors import LeadRefusedError
from orchestration_project.model import Clock, Written
from orchestration_project.model.records import Item, System, name_parts, whole_name
from orchestration_project.playbook.model import Autonomy
from orchestration_project.playbook.records import Records


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

    async def write(
        self, brief: Brief, tools: Tools, values: Mapping[Item, str], clock: Clock
    ) -> Written | None:
        """Where it is now. None: it is not there any more."""
        ...


class _AsWritten:
    """What most copies have in common: they can be changed, and are kept as they were written."""

    def unable(self, tools: Tools) -> str | None:  # noqa: ARG002 - as every copy
        return None

    def as_kept(self, brief: Brief, tools: Tools, value: str) -> str:  # noqa: ARG002 - as every copy
        return value


@dataclass(frozen=True)
class HoldTitle(_AsWritten):
    kind: System = "calendar"
    needs: Autonomy = Autonomy.DRAFT

    def ought(self, brief: Brief, tools: Tools) -> dict[Item, str]:  # noqa: ARG002 - as every copy
        return {"title": hold_title(brief)}

    async def now(self, brief: Brief, tools: Tools) -> dict[Item, str] | None:
        title = await tools.calendar.find_title(brief.ref)
        return {"title": title} if title is not None else None

    async def write(
        self,
        brief: Brief,
        tools: Tools,
        values: Mapping[Item, str],
        clock: Clock,  # noqa: ARG002 - as every copy
    ) -> Written | None:
        there = await tools.calendar.retitle(brief.ref, values["title"])
        return Written(external_id=brief.ref) if there else None


@dataclass(frozen=True)
class FolderName(_AsWritten):
    kind: System = "folder"
    needs: Autonomy = Autonomy.DRAFT

    def ought(self, brief: Brief, tools: Tools) -> dict[Item, str]:
        return {"title": tools.folder.shown_name(brief.ref, folder_name(brief))}

    def as_kept(self, brief: Brief, tools: Tools, value: str) -> str:
        return tools.folder.shown_name(brief.ref, value)

    async def now(self, brief: Brief, tools: Tools) -> dict[Item, str] | None:
        name = await tools.folder.name_of(brief.ref)
        return {"title": name} if name is not None else None

    async def write(
        self,
        brief: Brief,
        tools: Tools,
        values: Mapping[Item, str],
        clock: Clock,  # noqa: ARG002 - as every copy
    ) -> Written | None:
        return await tools.folder.rename_folder(brief.ref, values["title"])


@dataclass(frozen=True)
class MemberName(_AsWritten):
    """Of the person in the mail sequence. Their address stays: it is the one that has consented."""

    kind: System = "sequence"
    needs: Autonomy = Autonomy.DRAFT

    def unable(self, tools: Tools) -> str | None:
        able = isinstance(tools.sequence, RenamesMembers)
        return None if able else "this mailing list lets no name be changed: do it there by hand"

    def ought(self, brief: Brief, tools: Tools) -> dict[Item, str]:  # noqa: ARG002 - as every copy
        person = brief.context.lead.person
        return {"name": whole_name(person.given_name, person.family_name)}

    async def now(self, brief: Brief, tools: Tools) -> dict[Item, str] | None:
        if not isinstance(tools.sequence, RenamesMembers):
            return None
        member = await tools.sequence.member(list_name(brief), _email(brief))
        return {"name": whole_name(member.given_name, member.family_name)} if member is not None else None

    async def write(
        self,
        brief: Brief,
        tools: Tools,
        values: Mapping[Item, str],
        clock: Clock,  # noqa: ARG002 - as every copy
    ) -> Written | None:
        if not isinstance(tools.sequence, RenamesMembers):
            return None
        given, family = name_parts(values["name"])
        subscriber = Subscriber(email=_email(brief), given_name=given or values["name"], family_name=family)
        await tools.sequence.rename_member(list_name(brief), subscriber)
        return Written(external_id=brief.ref)


@dataclass(frozen=True)
class DraftText(_AsWritten):
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

    async def now(self, brief: Brief, tools: Tools) -> dict[Item, str] | None:
        mail, draft_id = tools.mail, brief.outside_id("draft")
        if not isinstance(mail, RewritesDrafts):
            return None
        draft = await mail.draft_now(brief.ref, draft_id) if draft_id else None
        return {"draft": draft_print(draft)} if draft is not None else None

    async def write(
        self,
        brief: Brief,
        tools: Tools,
        values: Mapping[Item, str],  # noqa: ARG002 - as every copy
        clock: Clock,
    ) -> Written | None:
        mail, draft_id = tools.mail, brief.outside_id("draft")
        if not isinstance(mail, RewritesDrafts) or not draft_id:
            return None
        message = compose(_addressed(brief, self.address), clock())
        return await mail.rewrite_draft(brief.ref, draft_id, message)


@dataclass(frozen=True)
class ContactValues(_AsWritten):
    """Of the CRM contact, where another system is the record of a name, a phone number or a company."""

    contact_id: str
    records: Records
    kind: System = "crm"
    needs: Autonomy = Autonomy.INTERNAL

    def ought(self, brief: Brief, tools: Tools) -> dict[Item, str]:  # noqa: ARG002 - as every copy
        lead = brief.context.lead
        said: dict[Item, str] = {
            "name": lead.person.full_name or "",
            "phone": lead.person.dialled or "",
            "company": lead.company.name or "",
        }
        return {item: value for item, value in said.items() if self.records.of_item(item) != "crm"}

    async def now(self, brief: Brief, tools: Tools) -> dict[Item, str] | None:  # noqa: ARG002 - as every copy
        contact = await tools.crm.get_contact(self.contact_id)
        if contact is None:
            return None
        return {
            "name": contact.name or "",
            "phone": contact.phone or "",
            "company": contact.company or "",
        }

    async def write(
        self,
        brief: Brief,
        tools: Tools,
        values: Mapping[Item, str],
        clock: Clock,  # noqa: ARG002 - as every copy
    ) -> Written | None:
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
        return Written(external_id=brief.ref)


def draft_print(draft: DraftNow) -> str:
    """A short hash of whom it is to and what it says: its words need not be kept twice. Behind it one of the
    names it is to, where the mailbox tells them."""
    said = _short_hash("\n".join([*sorted(canonical(one) for one in draft.to), draft.subject, draft.text]))
    names = sorted(canonical(name) for name in draft.names)
    return f"{said}-{_short_hash(' '.join(names))}" if names else said


def _short_hash(said: str) -> str:
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
