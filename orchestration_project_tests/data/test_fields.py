"""Which field of a form is which field of a lead."""

import pytest

from orchestration_project.data.fields import map_fields
from orchestration_project.model import JsonObject


@pytest.mark.parametrize(
    ("name", "field"),
    [
        ("E-Mail", "email"),
        ("e_mail", "email"),
        ("Email Address", "email"),
        ("mail", "email"),
        ("Organisation", "company"),
        ("firstName", "first_name"),
        ("tel", "phone"),
        ("Enquiry", "message"),
        ("timezone", "time_zone"),
        ("_gotcha", "honeypot"),
        ("utm_source", "utm_source"),
    ],
)
def test_usual_names_are_known_in_any_spelling(name: str, field: str) -> None:
    assert map_fields({name: "x"}, {}).values == {field: "x"}


def test_a_container_around_the_answers_says_nothing() -> None:
    payload: JsonObject = {"properties": {"email": "a@b.example"}, "data": {"fields": {"Message": "hi"}}}
    assert map_fields(payload, {}).values == {"email": "a@b.example", "message": "hi"}


def test_the_name_of_a_company_is_not_the_name_of_a_person() -> None:
    mapped = map_fields({"company": {"name": "Acme", "phone": "1"}, "name": "Jane"}, {})
    assert mapped.values == {"company": "Acme", "name": "Jane"}
    assert mapped.extra == {"company.phone": "1"}


def test_the_owners_name_for_a_field_wins_over_a_built_in_one() -> None:
    mapped = map_fields({"name": "Acme", "mail": "b@c.example", "Contact mail": "a@b.example"}, OWNERS)
    assert mapped.values == {"company": "Acme", "email": "a@b.example"}
    assert mapped.extra == {"mail": "b@c.example"}


def test_a_blank_field_gives_way_to_a_filled_one() -> None:
    assert map_fields({"email": " ", "mail": "a@b.example"}, {}).values == {"email": "a@b.example"}


def test_unknown_fields_are_kept_with_the_way_to_them() -> None:
    mapped = map_fields({"address": {"city": "Leeds"}, "staff": 12, "newsletter_id": None}, {})
    assert mapped.extra == {"address.city": "Leeds", "staff": "12"}


def test_a_renamed_email_field_is_pointed_out_by_name_and_never_by_value() -> None:
    (problem,) = map_fields({"contact_mail": "jane@secret.example"}, {}).problems
    assert (problem.field, problem.code) == ("email", "renamed")
    assert "`contact_mail` holds an e-mail address" in problem.message
    assert "`fields: {email: [contact_mail]}`" in problem.message
    assert "secret" not in problem.message


def test_a_renamed_message_and_phone_field_are_pointed_out() -> None:
    payload: JsonObject = {
        "email": "a@b.example",
        "how_can_we_help": "Our bookkeeper left and the books are behind.",
        "call_me_on": "+44 20 7946 0958",
    }
    problems = map_fields(payload, {}).problems
    assert [(problem.field, problem.code) for problem in problems] == [
        ("phone", "renamed"),
        ("message", "renamed"),
    ]


def test_a_question_that_vanished_is_named_as_the_owner_calls_it() -> None:
    owners = {"message": ("How can we help?",)}
    (problem,) = map_fields({"What do you need?": "Somebody " * 8}, owners).problems
    assert "no question `How can we help?` for the field message" in problem.message
    assert "`What do you need?` holds a longer text" in problem.message


def test_an_email_field_that_was_left_blank_was_not_renamed() -> None:
    assert map_fields({"email": "", "referred_by": "a@b.example"}, {}).problems == ()


def test_a_date_is_not_taken_for_a_phone_number() -> None:
    assert map_fields({"start": "01/02/2026"}, {}).problems == ()


OWNERS = {"email": ("contact_mail",), "company": ("name",)}
