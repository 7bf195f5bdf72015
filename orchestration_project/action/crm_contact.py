"""The action that keeps a lead's CRM contact: found by e-mail or created, merged, and given a note; and what
it adds once the AI has scored a lead for which the scorecard had to stand in.

Which fields may be written is decided in `merge.py`, what the note says in `contact_note.py`.
"""

from datetime import datetime

from orchestration_project.action.again import is_of_another
from orchestration_project.action.base import Brief, Entry, Tools
from orchestration_project.action.contact_note import contact_note
from orchestration_project.action.merge import NAME_PARTS, last_written, merge_contact, only_told
from orchestration_project.action.wording import service_title
from orchestration_project.connectors.crm.interface import Crm
from orchestration_project.data.addresses import address_key
from orchestration_project.model import (
    AI_AWAY,
    Clock,
    Contact,
    Erased,
    Receipt,
    ReceiptStatus,
    ScoreStatus,
    Written,
)
from orchestration_project.playbook.model import Autonomy

CREATED, UPDATED = "created", "updated"


def made_for(receipt: Receipt | None) -> str | None:
    """The contact that was not there before this lead, by the lead's receipt."""
    created = receipt is not None and receipt.status is ReceiptStatus.DONE and receipt.note == CREATED
    return receipt.external_id if receipt is not None and created else None


class CrmContact:
    name = "crm_contact"
    kind = "crm"
    needs = Autonomy.INTERNAL
    requires: tuple[str, ...] = ()

    def lock_keys(self, brief: Brief) -> tuple[str, ...]:
        # the company, too: a CRM makes one beside its first contact
        lead = brief.context.lead
        # all spellings of one mailbox are one person's
        person = address_key(lead.person.email) if lead.person.email else lead.crm_contact_id
        keys = (person, lead.company.name, lead.company.domain)
        return tuple(sorted({key.strip().casefold() for key in keys if key}))

    def skip(self, brief: Brief) -> str | None:
        if _person(brief) is None:
            return "no e-mail address, by which the CRM tells people apart"
        return None

    async def find(self, brief: Brief, tools: Tools) -> Written | None:
        contact = await _known_contact(brief, tools.crm)
        # the note is written last: without it the contact is not up to date
        if contact is None or await tools.crm.find_note(contact.id, self.note_key(brief)) is None:
            return None
        return Written(external_id=contact.id, url=contact.url)

    async def act(self, brief: Brief, tools: Tools, clock: Clock) -> Written:  # noqa: ARG002 - as every action
        crm = tools.crm
        fields, properties = contact_fields(brief), contact_properties(brief)
        domain = brief.context.lead.company.domain
        contact = await _known_contact(brief, crm)
        done = UPDATED
        if contact is None:
            done = CREATED
            new = merge_contact(None, fields, properties, {})
            contact = await crm.create_contact(new.fields, new.properties, domain)
        change = merge_contact(contact, fields, properties, last_written(contact))
        if done == UPDATED and is_of_another(contact, brief.context.lead):
            # somebody else's phone number in a gap of theirs would be wrong from then on
            change = only_told(change)
        remark = contact.remark
        if change.fields or change.properties:
            contact = await crm.update_contact(contact.id, change.fields, change.properties, domain)
        if await crm.find_note(contact.id, self.note_key(brief)) is None:
            lead_has = fields | properties
            left_alone = {name: lead_has[name] for name in change.conflicts}
            await crm.add_note(
                contact.id, self.note_key(brief), contact_note(brief, left_alone, remark or contact.remark)
            )
        return Written(
            external_id=contact.id,
            url=contact.url,
            note=done,
            conflicts=change.conflicts,
            memo=brief.decision.scoring.status.value,
        )

    def preview(self, brief: Brief, now: datetime) -> str:  # noqa: ARG002 - as every action
        """Of a contact that is there already, what a person has entered stays."""
        written = contact_fields(brief) | contact_properties(brief)
        fields = [f"{name}: {value}" for name, value in written.items() if value]
        return "\n".join([*fields, "", "Note:", contact_note(brief, {}, "")])

    def entry(self, brief: Brief) -> Entry:
        return Entry(kind="note", key=self.note_key(brief), inside=brief.outside_id(self.name))

    async def erase(self, brief: Brief, tools: Tools) -> Erased:
        """The note of this lead. Whether the contact goes, too, is decided for all leads of the person."""
        contact = await _known_contact(brief, tools.crm)
        contact_id = contact.id if contact is not None else brief.outside_id("crm_contact")
        if contact_id is None:
            return Erased(answer="not_there")
        return await tools.crm.erase_entry("note", contact_id, self.note_key(brief))

    def note_key(self, brief: Brief) -> str:
        return brief.ref


class CrmRescored(CrmContact):
    """The AI's score and rationale on the contact that was saved while it was away."""

    name = "crm_rescored"
    requires: tuple[str, ...] = ("crm_contact",)

    def wanted(self, brief: Brief) -> bool:
        saved = brief.receipts.get("crm_contact")
        return (
            saved is not None
            and saved.status is ReceiptStatus.DONE
            and saved.memo in {status.value for status in AI_AWAY}
            and brief.decision.scoring.status is ScoreStatus.SCORED
        )

    def note_key(self, brief: Brief) -> str:
        return f"{brief.ref}-rescored"


def contact_fields(brief: Brief) -> dict[str, str]:
    lead = brief.context.lead
    return {
        "email": lead.person.email or "",
        "name": lead.person.full_name or "",
        **dict(zip(NAME_PARTS, lead.person.parts or (), strict=False)),
        "phone": lead.person.dialled or "",
        "company": lead.company.name or "",
        "website": lead.company.website or "",
    }


def contact_properties(brief: Brief) -> dict[str, str]:
    """Our own fields. They tell of the newest lead; what a CRM filters and reports by."""
    lead, score = brief.context.lead, brief.decision.scoring.score
    return {
        "lead_ref": brief.ref,
        "lead_score": str(score.value) if score else "",
        "lead_service": service_title(brief) or "",
        "lead_track": brief.decision.track,
        "lead_first_source": lead.first_touch.source or "",
        "lead_first_medium": lead.first_touch.medium or "",
        "lead_first_campaign": lead.first_touch.campaign or "",
    }


def _person(brief: Brief) -> str | None:
    lead = brief.context.lead
    return lead.person.email or lead.crm_contact_id


async def _known_contact(brief: Brief, crm: Crm) -> Contact | None:
    lead = brief.context.lead
    if lead.crm_contact_id and (contact := await crm.get_contact(lead.crm_contact_id)):
        return contact
    for email in filter(None, (lead.person.email, *brief.context.standing.addresses)):
        if contact := await crm.find_contact(email):
            return contact
    return None
