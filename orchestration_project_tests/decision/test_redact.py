"""Nothing of the person is left in a text for the Dagster UI."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration_project.decision.redact import mask_contact_details, redact
from orchestration_project.model import Company, Person
from orchestration_project_tests.decision.samples import a_lead

LEAD = a_lead()


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("Anna Whitfield wants payroll.", "the lead wants payroll."),
        ("ANNA's firm, Mrs Whitfield.", "the lead's firm, Mrs the lead."),
        ("Whitfield, Anna called", "the lead called"),
        ("Write to Anna@HarbourDental.example!", "Write to the lead!"),
        ("Call +441134960123 or 0113 496 0123.", "Call the lead or the lead."),
        ("Harbour Dental Ltd has 12 people", "the company has 12 people"),
        ("Harbour  Dental has 12 people", "the company has 12 people"),
        ("See harbourdental.example", "See the company"),
        ("Someone else is bob@other.example", "Someone else is the lead"),
        ("Joanna called", "Joanna called"),
        ("Annabel sells bananas for 400 pounds", "Annabel sells bananas for 400 pounds"),
        ("", ""),
    ],
)
def test_names_addresses_numbers_and_company_are_replaced(text: str, redacted: str) -> None:
    assert redact(text, LEAD) == redacted


@pytest.mark.parametrize(
    ("full_name", "text"),
    [
        ("Анна Иванова", "Пишет АННА ИВАНОВА из Москвы"),
        ("田中 太郎", "本日田中さんは給与計算が必要です"),
        ("محمد علي", "رسالة من محمد"),
        ("José Núñez", "Jose\u0301 asks"),
        ("Bo Li", "bo asks"),
        ("李 雷", "李雷想要"),
        ("O'Brien (Sales) [x", "O'Brien wants"),
    ],
)
def test_a_name_in_any_script_is_replaced(full_name: str, text: str) -> None:
    result = redact(text, a_lead(person=Person(full_name=full_name), company=Company()))
    assert "the lead" in result
    assert not [part for part in full_name.casefold().split() if part in result.casefold()]


def test_an_initial_or_a_sign_is_no_name() -> None:
    person = Person(full_name="J. - Smith .", given_name="J.", family_name="Smith")
    assert redact("J. is a letter - and this a dot.", a_lead(person=person)) == (
        "J. is a letter - and this a dot."
    )


def test_a_lead_without_anything_leaves_the_text_as_it_is() -> None:
    nobody = a_lead(person=Person(), company=Company())
    assert redact("Score 8, wants payroll.", nobody) == "Score 8, wants payroll."


@given(st.text(st.characters(categories=["Lu", "Ll", "Lo"]), min_size=2, max_size=12), st.text(max_size=40))
def test_any_name_between_spaces_is_gone(name: str, text: str) -> None:
    lead = a_lead(person=Person(full_name=name), company=Company())
    result = redact(f"{text} {name} {text}", lead)
    assert f" {name} " not in result


def test_masking_leaves_years_and_sums_alone() -> None:
    text = "In 2026 we paid £1,200 for 12 people by 31/03/2026."
    assert mask_contact_details(text, "GB", "[left out]") == text
