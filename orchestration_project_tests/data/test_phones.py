"""Phone numbers, and what they tell about where a person is."""

import phonenumbers
import pytest

from orchestration_project.data.phones import Phone, read_phone
from orchestration_project.data.regions import regions_told


def test_a_phone_number_in_national_format_becomes_e164() -> None:
    assert read_phone("020 7946 0958", "GB") == (Phone("+442079460958", "GB", "Europe/London"), None)


def test_a_phone_number_of_another_country_tells_its_region() -> None:
    assert read_phone("0049 (30) 901820", "GB") == (Phone("+4930901820", "DE", "Europe/Berlin"), None)


def test_a_phone_number_of_several_time_zones_tells_none() -> None:
    phone, _ = read_phone("+44 7911 123456", "GB")
    assert phone.number == "+447911123456"
    assert phone.time_zone is None


def test_a_phone_number_of_no_country_has_no_region() -> None:
    assert read_phone("+800 1234 5678", "GB") == (Phone("+80012345678", None, None), None)


@pytest.mark.parametrize("typed", ["call me", "12345", "+999 1234567", "0000000000", "1" * 9999])
def test_what_is_no_phone_number_is_left_out_with_a_problem(typed: str) -> None:
    phone, problem = read_phone(typed, "GB")
    assert phone == Phone()
    assert problem
    assert (problem.field, problem.code) == ("phone", "invalid")


def test_an_extension_is_kept() -> None:
    phone, problem = read_phone("+44 20 7946 0958 ext. 12", "GB")
    assert (phone.number, phone.extension, problem) == ("+442079460958", "12", None)


@pytest.mark.parametrize(
    ("hints", "number"),
    [
        ({"country": "Germany"}, "+4930901820"),
        ({"Land": "Deutschland"}, "+4930901820"),
        ({"country_code": "DE"}, "+4930901820"),
        ({"billing.country": "DEU"}, "+4930901820"),
        ({"address": "Hauptstr. 1, 10115 Berlin, Germany"}, "+4930901820"),
        ({"locale": "de_DE"}, "+4930901820"),
        ({"language": "German"}, "+4930901820"),
        ({"city": "Berlin"}, None),
        ({"country": "France"}, None),
        ({}, None),
    ],
)
def test_a_national_number_is_of_the_country_that_the_form_speaks_of(
    hints: dict[str, str], number: str | None
) -> None:
    phone, _ = read_phone("030 901820", "GB", lambda: regions_told(hints, None, None))
    assert phone.number == number


@pytest.mark.parametrize(("website", "email"), [("https://firma.de/x", None), (None, "jo@firma.de")])
def test_the_ending_of_a_domain_tells_a_country_too(website: str | None, email: str | None) -> None:
    assert regions_told({}, website, email) == (("DE", False),)
    assert regions_told({}, "https://firma.io", "jo@gmail.com") == ()


def test_a_number_that_only_we_have_is_not_ours_where_the_form_names_another_country() -> None:
    phone, problem = read_phone("020 7946 0958", "GB", lambda: (("DE", True),))
    assert phone == Phone()
    assert problem
    assert (problem.field, problem.code) == ("phone", "unclear")
    assert read_phone("020 7946 0958", "GB", lambda: (("GB", True),))[0].number == "+442079460958"
    assert read_phone("020 7946 0958", "GB")[0].number == "+442079460958"


def test_a_national_number_of_any_country_is_read_as_that_countrys_or_told() -> None:
    wrong: list[str] = []
    for region in sorted(phonenumbers.SUPPORTED_REGIONS):
        example = phonenumbers.example_number(region)
        assert example is not None
        national = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.NATIONAL)
        told = regions_told({"country": region}, None, None)
        phone, problem = read_phone(national, "GB", lambda told=told: told)
        right = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
        if problem is None and phone.number != right:
            wrong.append(region)
    assert wrong == []


@pytest.mark.parametrize(
    ("typed", "number", "extension"),
    [
        ("+49 30 901820 App. 12", "+4930901820", "12"),  # and not by the letters on the keys: 277
        ("+49 30 901820 Durchwahl 12", "+4930901820", "12"),
        ("+33 1 23 45 67 89 poste 45", "+33123456789", "45"),
        ("+55 11 2345-6789 ramal 12", "+551123456789", "12"),
        ("+48 22 123 45 67 wew. 12", "+48221234567", "12"),
        ("+31 20 123 4567 tst. 12", "+31201234567", "12"),
        ("+420 224 123 456 linka 12", "+420224123456", "12"),
        ("+81 3-1234-5678 内線 12", "+81312345678", "12"),
        ("+7 (495) 123-45-67 доб. 89", "+74951234567", "89"),
        ("447400123456.0", "+447400123456", None),
        ("4.47400123456E+11", "+447400123456", None),
    ],
)
def test_an_extension_in_another_language_and_a_number_out_of_a_sheet_are_read(
    typed: str, number: str, extension: str | None
) -> None:
    phone, problem = read_phone(typed, "GB")
    assert (phone.number, phone.extension, problem) == (number, extension, None)


@pytest.mark.parametrize(
    "typed",
    [
        "07400 123456 (mobile)",
        "07400-123-456 (whatsapp only)",
        "07400 123456, after 6pm",
        "07400 123456 - Jane",
        "07400 123456 / 020 7946 0958",
        "07400 123456 or 020 7946 0958",
        "my number is 07400 123456, ask for Jane",
    ],
)
def test_what_stands_beside_a_number_is_told_and_the_number_is_read(typed: str) -> None:
    phone, problem = read_phone(typed, "GB")
    assert phone.number == "+447400123456"
    assert problem and problem.code == "unclear"


@pytest.mark.parametrize("typed", ["4.474E+11", "07400 I23456", "112"])
def test_where_digits_are_lost_nothing_is_made_up(typed: str) -> None:
    phone, problem = read_phone(typed, "GB")
    assert phone == Phone()
    assert problem and problem.code == "invalid"


@pytest.mark.parametrize(
    "typed",
    ["call after 5 07911123456", "after 17:30 please, 07911123456", "ring 2 or 3 times: +447911123456"],
)
def test_the_only_number_that_exists_among_words_and_figures_is_read_and_told(typed: str) -> None:
    phone, problem = read_phone(typed, "GB")
    assert phone.number == "+447911123456"
    assert problem is not None and problem.code == "unclear"
    assert "No such phone number" not in problem.message


@pytest.mark.parametrize(
    "typed", ["call after 5", "after 5 on 07911123456 or 02079460958", "after 5, 0791 112"]
)
def test_where_words_stand_and_no_number_can_be_told_that_is_said(typed: str) -> None:
    phone, problem = read_phone(typed, "GB")
    assert phone.number is None
    assert problem is not None and "which number is meant cannot be told" in problem.message
