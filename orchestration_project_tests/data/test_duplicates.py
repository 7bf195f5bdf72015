"""Who a person already is to us."""

from datetime import timedelta

import pytest

from orchestration_project.data.duplicates import identify
from orchestration_project.model import Contact, EarlierLead, Lead, Person, Ref, Standing
from orchestration_project_tests.larkfield import a_lead

DAY = timedelta(hours=24)
CONTACT = Contact(id="7")


@pytest.fixture
def lead() -> Lead:
    return a_lead(ref=Ref("L-bbbbbbbbbb"), person=Person(email="jane@acme.example"))


def earlier(lead: Lead, by: timedelta) -> EarlierLead:
    return EarlierLead(ref=Ref("L-aaaaaaaaaa"), submitted_at=lead.submitted_at - by)


def test_a_person_nobody_knows_is_new(lead: Lead) -> None:
    assert identify(lead, None, None, DAY) == Standing(kind="new")


def test_a_contact_of_the_crm_is_known(lead: Lead) -> None:
    assert identify(lead, None, CONTACT, DAY) == Standing(kind="known_contact", contact=CONTACT)
    assert identify(lead, None, CONTACT, DAY, made=CONTACT.id) == Standing(kind="new", contact=CONTACT), (
        "ours"
    )


@pytest.mark.parametrize("by", [timedelta(0), timedelta(seconds=1), DAY, timedelta(minutes=-3)])
def test_writing_again_within_the_window_wins_over_being_known(lead: Lead, by: timedelta) -> None:
    found = identify(lead, earlier(lead, by), CONTACT, DAY)
    assert found == Standing(kind="same_person", earlier_ref=Ref("L-aaaaaaaaaa"), contact=CONTACT)


def test_writing_again_after_the_window_is_no_duplicate(lead: Lead) -> None:
    long_ago = earlier(lead, DAY + timedelta(seconds=1))
    assert identify(lead, long_ago, None, DAY).kind == "new"
    assert identify(lead, long_ago, CONTACT, DAY).kind == "known_contact"


def test_a_lead_entered_in_the_crm_is_new_and_keeps_its_contact(lead: Lead) -> None:
    entered = lead.model_copy(update={"crm_contact_id": "7"})
    assert identify(entered, None, CONTACT, DAY) == Standing(kind="new", contact=CONTACT)


def test_a_lead_entered_in_the_crm_whose_person_is_there_already_is_known(lead: Lead) -> None:
    entered = lead.model_copy(update={"crm_contact_id": "8"})
    assert identify(entered, None, CONTACT, DAY).kind == "known_contact"
