"""What a name and an address tell of who fills in a form: machines are seen, people of anywhere are not."""

import pytest

from orchestration_project.decision.genuine.sender_signs import (
    is_machine_local,
    is_machine_name,
    sender_signs,
)
from orchestration_project.decision.validate import validate_submission
from orchestration_project_tests.decision.samples import PLAYBOOK, a_lead


def says(name: str, email: str) -> str:
    lead = a_lead()
    person = lead.person.model_copy(update={"full_name": name, "email": email})
    found = sender_signs(lead.model_copy(update={"person": person}), "larkfield.example")
    return "; ".join(sign.says for sign in found)


@pytest.mark.parametrize(
    "name", ["JamesNeubs", "HenryKeend", "LarryDab", "EugenebeliA", "Donaldovaxy", "Davidfug"]
)
def test_a_given_name_with_letters_behind_it_is_one_of_a_machine(name: str) -> None:
    assert is_machine_name(name)


@pytest.mark.parametrize(
    "name",
    [
        *("Robertson", "MaryAnn", "McDonald", "Alexandros", "Jimenez", "Adamczyk", "Michaela", "Benkovic"),
        *("Ngozi", "Rosalind", "Johnsson", "Maximiliane", "DeShawn", "FitzGerald", "Petrova", "Zbigniew"),
    ],
)
def test_names_of_people_are_none(name: str) -> None:
    assert not is_machine_name(name)


def test_who_forgot_the_space_and_has_an_address_that_says_so_is_a_person() -> None:
    assert "machines" not in says("JohnSmith", "john.smith@gmail.com")
    assert "machines" in says("JohnSmuth", "palthey@gmail.com")


def test_an_address_that_nobody_can_say_is_seen_and_initials_are_not() -> None:
    assert is_machine_local("qpwmhdqqmb.p")
    assert not any(
        map(is_machine_local, ["jcw", "kschwarz", "m.brzeczyszczykiewicz", "info", "rhythmnblues"])
    )


@pytest.mark.parametrize(
    ("name", "email"),
    [
        ("Anna Miller", "miller.a@gmail.com"),
        ("José Muñoz", "jmunoz77@hotmail.com"),
        ("Priya Nair", "pn@gmail.com"),
        ("Tom Fischer", "kontakt@gmx.de"),
        ("Ольга Иванова", "olga.i@mail.ru"),
        ("Ray Cole", "someone.else@cole-joinery.example"),
    ],
)
def test_an_address_that_may_be_the_persons_own_tells_nothing(name: str, email: str) -> None:
    assert not says(name, email)


def test_whoever_cannot_be_answered_or_pretends_to_be_of_the_business_is_told() -> None:
    assert says("Peter King", "no-replyReact@gmail.com").startswith("nobody can reply to the address")
    assert (
        says("Sammy", "sammy@larkfield.example")
        == "the address pretends to be one of yours (larkfield.example)"
    )


def test_a_stranger_name_on_anothers_address_stops_nobody_who_asks_for_something() -> None:
    lead = a_lead(message="Quote for payroll please")
    person = lead.person.model_copy(update={"full_name": "Ama Osei", "email": "kobe2312@yahoo.com"})
    verdict = validate_submission(lead.model_copy(update={"person": person}), PLAYBOOK)
    assert verdict.reason is None
    assert not verdict.doubts
