"""What a name and an address tell of who fills in a form: machines are seen, people of anywhere are not."""

import pytest

from orchestration_project.decision.genuine import text_model
from orchestration_project.decision.genuine.judge import judge
from orchestration_project.decision.genuine.sender_signs import (
    is_machine_local,
    is_machine_name,
    sender_signs,
)
from orchestration_project.decision.genuine.signs import NOTHING, signs
from orchestration_project.decision.validate import validate_submission
from orchestration_project.model import Company, Reason
from orchestration_project_tests.decision.samples import PLAYBOOK, a_lead

HARMLESS = "The old gate squeaks again and the hinge came loose on the left side by the shed."


def says(name: str, email: str, message: str | None = None) -> str:
    lead = a_lead()
    lead = lead if message is None else lead.model_copy(update={"message": message})
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


def told(**fields: str) -> str:
    """The signs of a lead with this message, address, company, or phone number that is none."""
    lead = a_lead(message=fields.get("message", "Nice day."))
    person = lead.person.model_copy(
        update={"full_name": "Lena Marsh", "email": fields.get("email", "lena@gmail.com"), "phone": None}
    )
    found = signs(
        lead.model_copy(
            update={
                "person": person,
                "company": Company(name=fields.get("company")),
                "extra": {"phone": fields["phone"]} if "phone" in fields else {},
                "asked_service": None,
                "budget": None,
            }
        ),
        PLAYBOOK.junk,
        NOTHING,
    )
    return "; ".join(sign.says for sign in found)


def test_a_number_that_machines_fill_in_is_told_and_one_that_somebody_wrote_in_groups_is_not() -> None:
    assert "machines fill it in" in told(phone="84756392011")
    assert "machines fill it in" not in told(phone="8 475 639-20-11")


def test_a_company_that_would_not_write_from_a_free_mailbox_is_told() -> None:
    assert "would not write from there" in told(company="google")
    assert "would not write from there" not in told(company="google", email="lena@google.com")


def test_a_greeting_and_no_more_is_told_and_a_question_is_not() -> None:
    assert "a greeting and no more" in told(message="Hi dear")
    assert "a greeting and no more" not in told(message="Hi, price for payroll?")


def test_a_link_to_the_senders_own_site_is_told_of_those_only_who_ask_for_nothing() -> None:
    page = "These halls were lovely in May and stood open on all days, see https://halls.example/now"
    assert "sender's own site" in told(message=page, email="jo@halls.example")
    assert "sender's own site" not in told(message=f"{page} We need payroll.", email="jo@halls.example")


def test_words_alone_that_speak_of_nothing_a_pitch_speaks_of_set_no_lead_aside() -> None:
    own = dict.fromkeys(text_model.counted(HARMLESS), 9.0)
    lead = a_lead(message=HARMLESS)
    judged = judge(lead, PLAYBOOK.junk, NOTHING, own)
    assert judged.likely >= PLAYBOOK.junk.hold_from
    verdict = validate_submission(lead, PLAYBOOK, own=own)
    assert verdict.reason is None
    assert verdict.doubts


def test_words_that_read_like_unwanted_mail_and_name_a_price_set_a_lead_aside() -> None:
    priced = f"{HARMLESS} $40 each."
    own = dict.fromkeys(text_model.counted(HARMLESS), 9.0)
    assert validate_submission(a_lead(message=priced), PLAYBOOK, own=own).reason is Reason.SPAM


@pytest.mark.parametrize(
    "host", ["btconnect.com", "frank-bau.example", "gastro-nord.example", "learnit.example"]
)
def test_a_domain_in_which_a_word_stands_by_chance_sells_nothing(host: str) -> None:
    assert "sells something" not in says("Jo Whitcombe", f"jo.whitcombe@{host}", HARMLESS)


def test_a_domain_that_says_what_it_sells_is_told() -> None:
    assert "sells something (backlink)" in says(
        "Jo Whitcombe", "jo.whitcombe@bestbacklinks.example", HARMLESS
    )


def test_pages_of_one_shop_of_which_a_price_is_asked_are_more_than_links() -> None:
    pages = "\n".join(
        f"https://shop.example/product/KENWOOD%20DMX{number}%20Short%20body" for number in (1, 2)
    )
    asked = f"Would you be so kind to send me a quotation for\n{pages}\nwith installation in a Toyota van?"
    for message, mostly in ((asked, False), (f"See this one here\n{pages}", True)):
        found = signs(a_lead().model_copy(update={"message": message}), PLAYBOOK.junk, NOTHING)
        assert any(sign.says == "the message is mostly links" and sign.weight > 2 for sign in found) == mostly


@pytest.mark.parametrize(
    ("message", "seen"), [("jkl;jkl;jkl", True), ("hello hello", False), ("a b a", False)]
)
def test_one_word_over_and_over_is_no_message(message: str, seen: bool) -> None:
    found = signs(a_lead().model_copy(update={"message": message}), PLAYBOOK.junk, NOTHING)
    assert any("over and over" in sign.says for sign in found) == seen
