"""Which company of a CRM a lead belongs to, and how sure that is."""

import pytest

from orchestration_project.connectors.crm.companies import ALIKE, Company, alike, company_name, match

NOBODYS = ["N/A", "-", "n.a.", "--", "none", "Self-employed", "SELF EMPLOYED", "keine", " ", "?", "tbd", "…"]


@pytest.mark.parametrize("typed", NOBODYS)
def test_what_people_type_who_have_no_company_is_none(typed: str) -> None:
    assert company_name(typed) == ""


@pytest.mark.parametrize(
    "typed", ["Acme", "3M", "X Corp", "Na'ama Ltd", "No. 9 Bakery", "株式会社アクメ", "AG"]
)
def test_a_company_s_name_stays_as_it_is(typed: str) -> None:
    assert company_name(f" {typed} ") == typed


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Acme Ltd", "ACME Limited"),
        ("Müller GmbH & Co. KG", "MULLER"),
        ("Société Dupont SARL", "Societe Dupont"),
        ("Co-op", "co-op"),
    ],
)
def test_legal_forms_accents_and_case_do_not_count(one: str, other: str) -> None:
    assert alike(one, other) == 100


@pytest.mark.parametrize(
    ("one", "other"), [("ABC", "ABD"), ("Acme", "Acme Holdings"), ("", "Acme"), ("Smith", "Jones")]
)
def test_names_of_two_firms_are_not_alike(one: str, other: str) -> None:
    assert alike(one, other) < ALIKE


def test_a_domain_of_its_own_decides_before_any_name() -> None:
    theirs = Company(id="1", name="Another name", website="https://www.acme.example/")
    namesake = Company(id="2", name="Acme", website="other.example")
    assert match("Acme", "acme.example", [namesake, theirs]) == (theirs, "")
    assert match("Acme", "acme.example", [namesake]) == (None, "")


def test_two_firms_with_pages_on_one_site_are_two() -> None:
    one = Company(id="1", name="Cafe One", website="https://facebook.com/cafeone")
    assert match("Cafe Two", None, [one]).company is None
    linked, remark = match("Cafe One", None, [one])
    assert (linked, remark) == (one, "Linked to the company Cafe One by its name alone.")


def test_several_of_one_name_are_left_to_a_person() -> None:
    both = [Company(id=id_, name="Acme") for id_ in "12"]
    linked, remark = match("Acme Ltd", None, both)
    assert linked is None
    assert "2 companies are called Acme" in remark


def test_a_name_that_is_only_alike_is_told_and_not_linked() -> None:
    linked, remark = match("Johnson Brothers", None, [Company(id="1", name="Jonson Brothers")])
    assert linked is None
    assert remark == "Not linked to Jonson Brothers, whose name is 97 % alike."
