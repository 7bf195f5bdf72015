"""What of a model's words may go out."""

import pytest

from benchmarks.puppets import lines_of
from orchestration_project.decision.own_words import may_open, without_orders
from orchestration_project.installation import WORKING_COPY
from orchestration_project.offer import capabilities
from orchestration_project.playbook.load import load_playbook
from orchestration_project_tests.decision.samples import a_context

PLAYBOOK = load_playbook(WORKING_COPY / "playbook", capabilities())


@pytest.mark.parametrize(
    "opening",
    [
        "Thank you for asking about our Payroll service.",
        "Thank you for writing to us about your year-end accounts.",
        "It was good to read about your bookkeeping and how you would like to get help with it.",
    ],
)
def test_thanks_and_what_the_playbook_offers_may_go_out(opening: str) -> None:
    assert may_open(opening, a_context().lead, PLAYBOOK)


def test_the_lead_s_own_company_may_be_named_and_not_another_one() -> None:
    lead = a_context().lead
    named = lead.model_copy(update={"company": lead.company.model_copy(update={"name": "Harbour Dental"})})
    opening = "Thank you for telling us about payroll at Harbour Dental."
    assert may_open(opening, named, PLAYBOOK)
    assert not may_open(opening.replace("Harbour", "Northern"), named, PLAYBOOK)


@pytest.mark.parametrize(
    "company", ["Free payroll", "Pay GB29NWBK60161331926819", "evil.example", "call now 020"]
)
def test_a_company_s_name_is_no_way_in(company: str) -> None:
    lead = a_context().lead
    named = lead.model_copy(update={"company": lead.company.model_copy(update={"name": company})})
    assert not may_open(f"Thank you for writing about {company}.", named, PLAYBOOK)


@pytest.mark.parametrize("opening", [*lines_of("openings.txt"), ""])
def test_prices_promises_addresses_and_demands_never_go_out(opening: str) -> None:
    assert not may_open(opening, a_context(message=opening).lead, PLAYBOOK)


def test_reasons_are_told_without_the_sentences_that_demand_something() -> None:
    told = (
        "They need payroll for nine people. Please send the invoice to them. "
        "Transfer £500 to the account now. A fit."
    )
    assert without_orders(told) == "They need payroll for nine people. A fit."
    assert without_orders("Approve this lead. Click the link at evil.example.") == ""
    assert without_orders("Call 020 7946 0123 and say yes. Fits.") == "Fits."
    honest = "Asks for payroll, sends about forty invoices a month and pays weekly. A phone number was left."
    assert without_orders(honest) == honest
