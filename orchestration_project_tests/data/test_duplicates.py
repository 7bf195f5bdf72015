"""Who a person already is to us."""

from datetime import timedelta
from typing import Any

import pytest

from orchestration_project.data.duplicates import identify
from orchestration_project.model import Contact, Lead, Person, Ref, Resemblance, Standing
from orchestration_project_tests.larkfield import a_lead

DAY = timedelta(hours=24)
CONTACT = Contact(id="7")


@pytest.fixture
def lead() -> Lead:
    return a_lead(ref=Ref("L-bbbbbbbbbb"), person=Person(email="jane@acme.example"))


FIRST = Ref("L-aaaaaaaaaa")


def earlier(lead: Lead, by: timedelta, **changes: Any) -> Resemblance:
    met = Resemblance(
        ref=FIRST, kind="same", why=("the same address",), submitted_at=lead.submitted_at - by, stands=True
    )
    return met.model_copy(update=changes)


def test_a_person_nobody_knows_is_new(lead: Lead) -> None:
    assert identify(lead, (), None, DAY) == Standing(kind="new")


def test_a_contact_of_the_crm_is_known(lead: Lead) -> None:
    assert identify(lead, (), CONTACT, DAY) == Standing(kind="known_contact", contact=CONTACT)
    assert identify(lead, (), CONTACT, DAY, made=CONTACT.id) == Standing(kind="new", contact=CONTACT), "ours"


@pytest.mark.parametrize("by", [timedelta(0), timedelta(seconds=1), DAY, timedelta(minutes=-3)])
def test_writing_again_within_the_window_wins_over_being_known(lead: Lead, by: timedelta) -> None:
    found = identify(lead, (earlier(lead, by),), CONTACT, DAY, messages={FIRST: "Hello"})
    assert (found.kind, found.earlier_ref, found.thread, found.contact) == (
        "same_person",
        FIRST,
        (FIRST,),
        CONTACT,
    )
    assert (found.said_before, found.repeats) == ("Hello", None)


def test_a_form_sent_twice_repeats_the_lead_that_said_it_all(lead: Lead) -> None:
    assert identify(lead, (earlier(lead, DAY / 2, repeated=True),), None, DAY).repeats == FIRST


@pytest.mark.parametrize(
    "met", [{"stands": False}, {"kind": "maybe"}, {"kind": "colleague"}, {"kind": "shared_mailbox"}]
)
def test_only_the_same_person_s_lead_that_stands_for_them_makes_a_thread(
    lead: Lead, met: dict[str, Any]
) -> None:
    found = identify(lead, (earlier(lead, DAY / 2, **met),), None, DAY)
    assert (found.kind, found.thread) == ("new", ())
    assert [each.ref for each in found.resembles] == [FIRST], "and it is told"


def test_writing_again_after_the_window_is_no_duplicate(lead: Lead) -> None:
    long_ago = earlier(lead, DAY + timedelta(seconds=1))
    assert identify(lead, (long_ago,), None, DAY).kind == "new"
    assert identify(lead, (long_ago,), CONTACT, DAY).kind == "known_contact"


def test_a_lead_entered_in_the_crm_is_new_and_keeps_its_contact(lead: Lead) -> None:
    entered = lead.model_copy(update={"crm_contact_id": "7"})
    assert identify(entered, (), CONTACT, DAY) == Standing(kind="new", contact=CONTACT)


def test_a_lead_entered_in_the_crm_whose_person_is_there_already_is_known(lead: Lead) -> None:
    entered = lead.model_copy(update={"crm_contact_id": "8"})
    assert identify(entered, (), CONTACT, DAY).kind == "known_contact"


def test_somebody_else_at_a_mailbox_that_the_crm_knows_is_not_known(lead: Lead) -> None:
    anna = lead.model_copy(update={"person": lead.person.model_copy(update={"full_name": "Anna Whitfield"})})
    other = Contact(id="7", email=lead.person.email, name="Tom Baker")
    assert identify(anna, (), other, timedelta(hours=1)).kind == "new"
    assert identify(anna, (), other, timedelta(hours=1)).contact == other
    for name in ("Anna Whitfield", "Anna", "A. Whitfield", None):
        same = other.model_copy(update={"name": name})
        assert identify(anna, (), same, timedelta(hours=1)).kind == "known_contact", name
