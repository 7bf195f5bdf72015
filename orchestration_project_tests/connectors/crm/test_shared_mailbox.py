"""Two people write from one office's mailbox. A CRM has one contact for an address, so it stays the first
one's, and whoever reads of the second is told."""

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest

from orchestration_project.action.base import Brief
from orchestration_project.action.contact_note import contact_note
from orchestration_project.action.crm_contact import CrmContact
from orchestration_project.action.draft import compose
from orchestration_project.action.summary import summary
from orchestration_project.action.task import new_task
from orchestration_project.connectors.crm.interface import Crm
from orchestration_project.data.duplicates import identify
from orchestration_project.data.same_person import resemblances
from orchestration_project.model import Contact, EarlierLead, Lead, Person, Ref
from orchestration_project_tests.action.briefs import LEAD, REF, a_brief, a_receipt
from orchestration_project_tests.action.test_draft import playbook
from orchestration_project_tests.action.tools import tools
from orchestration_project_tests.connectors.crm.accounts import Account

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
SECOND = Ref("L-second")
FIRM = {"email": "info@acme.example"}


def of(ref: Ref, person: Person, first: Lead | None = None, contact: Contact | None = None) -> Brief:
    brief = a_brief(ref=ref, person=person, receipts=(a_receipt("crm_contact"),))
    lead = brief.context.lead
    met = ()
    if first is not None:
        earlier = EarlierLead(ref=first.ref, submitted_at=first.submitted_at, stands=True)
        met = resemblances(lead, [(earlier, first)])
    standing = identify(lead, met, contact, timedelta(days=3))
    return brief.model_copy(update={"context": brief.context.model_copy(update={"standing": standing})})


JANE = of(REF, Person(full_name="Jane Doe", given_name="Jane", family_name="Doe", **FIRM))
TOM = Person(
    full_name="Tom Baker", given_name="Tom", family_name="Baker", phone="+442079460999", region="GB", **FIRM
)


async def saved(account: Account, brief: Brief) -> str:
    written = await CrmContact().act(brief, tools(crm=cast(Crm, account.crm)), lambda: NOW)
    return written.external_id


async def test_the_second_person_does_not_become_the_first_and_leaves_nothing_in_their_gaps(
    account: Account,
) -> None:
    first = await saved(account, JANE)
    tom = of(SECOND, TOM, JANE.context.lead, await account.crm.find_contact(FIRM["email"]))
    assert await saved(account, tom) == first, "a CRM has one contact for an address"
    contact = await account.crm.get_contact(first)
    assert contact is not None
    assert (contact.name, contact.phone or "") == ("Jane Doe", "")
    assert await account.crm.find_note(first, SECOND) is not None


async def test_whom_only_the_crm_knows_at_that_address_is_somebody_else_too(account: Account) -> None:
    contact = await account.crm.create_contact({**FIRM, "name": "Jane Doe"}, {})
    tom = of(SECOND, TOM, contact=contact)
    assert (
        "Another person at the shared mailbox info@…: the contact in the CRM is somebody else's"
        in summary(tom)
    )
    await saved(account, tom)
    after = await account.crm.get_contact(contact.id)
    assert after is not None
    assert (after.name, after.phone or "") == ("Jane Doe", "")


def test_note_task_and_chat_tell_of_the_other_person_and_the_draft_greets_the_one_who_wrote() -> None:
    tom = of(SECOND, TOM, JANE.context.lead)
    told = f"Another person at the shared mailbox info@…: {REF} of 24 Nov 2026 has another name"
    assert told in contact_note(tom, {}, "")
    assert told in new_task(tom, NOW).body
    assert told in summary(tom)
    with_template = tom.model_copy(update={"playbook": playbook()})
    body = str(compose(with_template, NOW).get_body(("plain",)))
    assert "Tom" in body
    assert "Jane" not in body


def test_a_first_name_alone_or_a_nickname_is_nobody_else() -> None:
    bob = Person(full_name="Bob Doe", **FIRM)
    robert = JANE.context.lead.model_copy(update={"person": Person(full_name="Robert Doe", **FIRM)})
    for person in (bob, Person(full_name="Jane", **FIRM)):
        assert "Another person" not in summary(of(SECOND, person, robert))
    assert LEAD.person.full_name == "Jane Doe"
