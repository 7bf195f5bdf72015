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
        "so_far": "Our bookkeeper left and the books are behind.",
        "call_me_on": "+44 20 7946 0958",
    }
    problems = map_fields(payload, {}).problems
    assert [(problem.field, problem.code) for problem in problems] == [
        ("phone", "renamed"),
        ("message", "renamed"),
    ]


def test_a_question_that_vanished_is_named_as_the_owner_calls_it() -> None:
    owners = {"message": ("How can we help?",)}
    (problem,) = map_fields({"Where does it hurt?": "Somebody " * 8}, owners).problems
    assert "no question `How can we help?` for the field message" in problem.message
    assert "`Where does it hurt?` holds a longer text" in problem.message


def test_an_email_field_that_was_left_blank_was_not_renamed() -> None:
    assert map_fields({"email": "", "referred_by": "a@b.example"}, {}).problems == ()


def test_a_date_is_not_taken_for_a_phone_number() -> None:
    assert map_fields({"start": "01/02/2026"}, {}).problems == ()


OWNERS = {"email": ("contact_mail",), "company": ("name",)}


def test_what_the_form_is_called_is_nobodys_name() -> None:
    envelopes: list[JsonObject] = [
        {"form": {"name": "Contact form"}, "fields": {"name": "Jo Bloggs", "email": "jo@b.example"}},
        {"name": "Contact form", "fields": {"email": "jo@b.example", "message": "Hi"}},
        {"id": 3, "form": {"id": "f", "title": "T", "name": "Contact form"}, "email": "jo@b.example"},
        {"site": {"name": "Our site", "url": "https://x.example"}, "data": {"email": "jo@b.example"}},
        {"meta": {"company": "Plugin Inc", "email": "bot@plugin.example"}, "email": "jo@b.example"},
    ]
    for payload in envelopes:
        values = map_fields(payload, {}).values
        assert values.get("name") in {None, "Jo Bloggs"}
        assert values["email"] == "jo@b.example"
        assert "company" not in values
        assert "website" not in values


def test_an_owners_whole_path_is_compared_whole() -> None:
    payload: JsonObject = {
        "payload": {"form": {"Name": "Form"}, "data": {"Name": "Jo", "X": "b", "e": "jo@b.example"}}
    }
    mapped = map_fields(payload, {"name": ("payload.data.Name",), "company": ("payload.form.Name",)})
    assert mapped.values == {"name": "Jo", "company": "Form"}
    assert map_fields(payload, {"name": ("data.Name",)}).values["name"] == "Jo"


def test_a_mapping_names_a_question_and_never_a_position() -> None:
    answers: list[JsonObject] = [
        {"question": "Where?", "answer": "jo@b.example"},
        {"question": "What?", "answer": "Hi"},
    ]
    names = {"email": ("Where?",), "message": ("What?",)}
    assert map_fields({"answers": [*answers]}, names).values == {"email": "jo@b.example", "message": "Hi"}
    assert map_fields({"answers": [answers[1]]}, names).values == {"message": "Hi"}
    unnamed: JsonObject = {"answers": [{"text": "Hi"}, {"text": "jo@b.example"}]}
    assert map_fields(unnamed, {"email": ("answers.1.text",)}).values == {}


@pytest.mark.parametrize(
    ("label", "field"),
    [
        ("Ihre Nachricht", "message"),
        ("Ihre E-Mail-Adresse *", "email"),
        ("Wie lautet Ihr Name?", "name"),
        ("Votre message (facultatif)", "message"),
        ("Adresse e-mail", "email"),
        ("Su correo electrónico", "email"),
        ("Teléfono de contacto", "phone"),
        ("Il tuo messaggio", "message"),
        ("Seu telefone", "phone"),
        ("Uw bericht", "message"),
        ("Bedrijfsnaam", "company"),
        ("Ditt namn", "name"),
        ("Sähköposti", "email"),
        ("Imię i nazwisko", "name"),
        ("Vaše zpráva", "message"),
        ("Az Ön üzenete", "message"),
        ("Телефон", "phone"),
        ("Ваше сообщение", "message"),
        ("Το μήνυμά σας", None),
        ("E-posta adresiniz", "email"),
        ("お名前", "name"),
        ("お問い合わせ内容", "message"),
        ("您的电子邮件", "email"),
        ("이메일 / E-Mail", "email"),
        ("البريد الإلكتروني", "email"),
        ("הודעה", "message"),
        ("Comment or Message", "message"),
        ("Name of your dog", None),
        ("Company or e-mail", None),
    ],
)
def test_labels_are_known_in_many_languages(label: str, field: str | None) -> None:
    values = map_fields({label: "x"}, {}).values
    assert values == ({field: "x"} if field else {})


@pytest.mark.parametrize(
    ("payload", "first", "last"),
    [
        ({"Vorname": "Vincent", "Name": "van Gogh"}, "Vincent", "van Gogh"),
        ({"Nome": "Maria", "Cognome": "De Luca"}, "Maria", "De Luca"),
        ({"Prénom": "Anne", "Nom": "Le Goff"}, "Anne", "Le Goff"),
        ({"name": {"first": "Jo", "last": "Bloggs"}}, "Jo", "Bloggs"),
        ({"Your Name": {"First": "Jo", "Last": "Bloggs"}}, "Jo", "Bloggs"),
    ],
)
def test_a_first_and_a_last_name_are_known_as_such(payload: JsonObject, first: str, last: str) -> None:
    values = map_fields(payload, {}).values
    assert (values.get("first_name"), values.get("last_name"), values.get("name")) == (first, last, None)


def test_a_whole_name_beside_a_first_one_stays_whole() -> None:
    values = map_fields({"name": "Jo Anne Bloggs", "first_name": "Jo Anne"}, {}).values
    assert values == {"name": "Jo Anne Bloggs", "first_name": "Jo Anne"}


def test_entities_are_decoded_and_what_is_none_stays() -> None:
    values = map_fields({"name": "Zo&euml; O&#039;Neil", "message": "a&copy=2 &amp; R&D; &bogus;"}, {}).values
    assert values == {"name": "Zoë O'Neil", "message": "a&copy=2 & R&D; &bogus;"}
