"""Submissions of senders that have no module: whose they are is read, and never from the envelope."""

from typing import Any

import pytest
from pydantic import JsonValue

from orchestration_project.data.fields import map_fields

WHO = {"Name": "Jo Bloggs", "Email": "jo@acme.example"}


def told(**more: Any) -> list[dict[str, Any]]:
    return [
        {**more, "title": label, "key": f"k{number}", "value": value}
        for number, (label, value) in enumerate(WHO.items())
    ]


@pytest.mark.parametrize(
    "payload",
    [
        # Ninja Forms: objects of objects with a label
        {
            "form_title": "Contact Me",
            "fields": {
                "1": {"key": "name", "label": "Name", "value": "Jo Bloggs"},
                "2": {"key": "email", "label": "Email", "value": "jo@acme.example"},
            },
        },
        # Fluent Forms
        {
            "__submission": {"form_id": "3", "source_url": "https://larkfield.example/c"},
            "names": {"first_name": "Jo", "last_name": "Bloggs"},
            "email": "jo@acme.example",
        },
        # Paperform: the key is of no use, the title is
        {"form_id": "1", "data": told(type="text")},
        # Fillout
        {
            "formName": "Contact",
            "submission": {
                "submissionId": "s",
                "questions": [{"id": "1", "name": name, "value": value} for name, value in WHO.items()],
            },
        },
        # Google Ads
        {
            "lead_id": "l",
            "user_column_data": [
                {"column_name": "Full Name", "string_value": "Jo Bloggs", "column_id": "FULL_NAME"},
                {"column_name": "User Email", "string_value": "jo@acme.example", "column_id": "EMAIL"},
            ],
            "form_id": 1,
            "google_key": "k",
        },
        # Cognito Forms: the form has more of its own than a name
        {
            "Form": {"Id": "1", "InternalName": "Contact", "Name": "Contact"},
            "Name": {"First": "Jo", "FirstAndLast": "Jo Bloggs", "Last": "Bloggs"},
            "Email": "jo@acme.example",
        },
        # Intercom
        {
            "topic": "contact.created",
            "data": {"item": {"name": "Jo Bloggs", "email": "jo@acme.example", "owner": {"name": "Hannah"}}},
        },
        # a mail's parts
        {"to": "sales@larkfield.example", "from": {"name": "Jo Bloggs", "email": "jo@acme.example"}},
        # Mailchimp
        {
            "type": "subscribe",
            "data": {"email": "jo@acme.example", "merges": {"FNAME": "Jo", "LNAME": "Bloggs"}},
        },
        {"formName": "Contact", "respondent": {"name": "Jo Bloggs", "email": "jo@acme.example"}},
    ],
)
def test_it_is_read_whose_it_is(payload: dict[str, Any]) -> None:
    values = map_fields(payload, {}).values
    assert values["email"] == "jo@acme.example"
    whole = values.get("name") or f"{values.get('first_name')} {values.get('last_name')}"
    assert whole == "Jo Bloggs"


def test_a_form_that_holds_somebodys_address_is_no_envelope() -> None:
    values = map_fields({"form": {"id": "7", "name": "Jo Bloggs", "email": "jo@acme.example"}}, {}).values
    assert (values["name"], values["email"]) == ("Jo Bloggs", "jo@acme.example")


@pytest.mark.parametrize("named", [{"name": "name", "objectTypeId": "0-2"}, {"name": "0-2/name"}])
def test_a_companys_name_in_a_hubspot_form_is_nobodys(named: dict[str, str]) -> None:
    values: list[JsonValue] = [
        {"name": "email", "value": "jo@acme.example", "objectTypeId": "0-1"},
        {**named, "value": "Acme Ltd"},
    ]
    mapped = map_fields({"submittedAt": 1_795_500_000_000, "values": values}, {}).values
    assert mapped["company"] == "Acme Ltd"
    assert "name" not in mapped


@pytest.mark.parametrize(
    "payload",
    [
        {"form_response": {"submitted_at": "2026-11-24T09:00:00Z", "answers": []}},
        {
            "created_time": "2026-11-24T09:00:00Z",
            "field_data": [{"name": "email", "values": ["jo@acme.example"]}],
        },
        {
            "data": {
                "submissionTime": "2026-11-24T09:00:00Z",
                "submissions": [{"label": "Email", "value": "a@b.example"}],
            }
        },
        {"entry": {"date_created": "2026-11-24T09:00:00Z", "email": "jo@acme.example"}},
    ],
)
def test_when_it_was_sent_is_read_from_around_the_answers(payload: dict[str, Any]) -> None:
    assert map_fields(payload, {}).values["submitted_at"] == "2026-11-24T09:00:00Z"
