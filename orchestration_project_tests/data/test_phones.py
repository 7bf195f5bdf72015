"""Phone numbers, and what they tell about where a person is."""

import pytest

from orchestration_project.data.phones import Phone, read_phone


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
