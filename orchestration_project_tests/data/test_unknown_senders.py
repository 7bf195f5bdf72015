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
        # Google Forms, by the script that goes through the responses of a form
        {
            "respondentEmail": "jo@acme.example",
            "responses": [{"title": "What is your name?", "response": "Jo Bloggs", "type": "TEXT"}],
        },
        # MailerLite
        {
            "events": [
                {
                    "data": {
                        "subscriber": {
                            "email": "jo@acme.example",
                            "fields": [
                                {"key": "name", "value": "Jo"},
                                {"key": "last_name", "value": "Bloggs"},
                            ],
                        }
                    }
                }
            ]
        },
        # Klaviyo
        {
            "data": {
                "type": "profile",
                "attributes": {"email": "jo@acme.example", "first_name": "Jo", "last_name": "Bloggs"},
            }
        },
        # TikTok
        {
            "lead_id": "1",
            "field_data": [{"field_name": name, "field_value": value} for name, value in WHO.items()],
        },
        # SurveyMonkey and Heyflow: the answer is in a list below its question
        {
            "pages": [
                {
                    "questions": [
                        {"id": "1", "heading": name, "answers": [{"text": value}]}
                        for name, value in WHO.items()
                    ]
                }
            ]
        },
        {"fields": [{"label": name, "values": [{"answer": value}]} for name, value in WHO.items()]},
        # Forminator
        {"name-1": {"first-name": "Jo", "last-name": "Bloggs"}, "email-1": "jo@acme.example"},
        # Unbounce, and a flattened object of Zapier's
        {"page_name": "Landing", "data.json": '{"name": ["Jo Bloggs"], "email": ["jo@acme.example"]}'},
        {"data__name": "Jo Bloggs", "data__email": "jo@acme.example"},
        # Make
        {"array": [{"key": name, "value": value} for name, value in WHO.items()]},
        # Jotform: its own number stands behind the name of a question
        {
            "rawRequest": {
                "q3_fullName3": {"first": "Jo", "last": "Bloggs"},
                "q4_email4": "jo@acme.example",
            }
        },
        # Formstack, with the type and the label of each answer
        {
            "FormID": "1",
            "UniqueID": "2",
            "7": {"value": {"first": "Jo", "last": "Bloggs"}, "field_type": "name", "label": "Name"},
            "8": {"value": "jo@acme.example", "field_type": "email", "label": "Email"},
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


@pytest.mark.parametrize(("ticked", "agreed"), [(True, "true"), (False, "false")])
def test_what_a_page_sends_to_hubspots_form_api_is_read_with_its_consent(ticked: bool, agreed: str) -> None:
    fields: list[JsonValue] = [
        {"objectTypeId": "0-1", "name": "firstname", "value": "Jo"},
        {"objectTypeId": "0-1", "name": "email", "value": "jo@acme.example"},
        {"objectTypeId": "0-2", "name": "name", "value": "Acme Ltd"},
    ]
    lists: list[JsonValue] = [{"value": ticked, "subscriptionTypeId": 9, "text": "Mails"}]
    consent: JsonValue = {"consent": {"consentToProcess": True, "communications": lists}}
    values = map_fields(
        {"fields": fields, "context": {"pageName": "Contact"}, "legalConsentOptions": consent}, {}
    ).values
    assert (values["first_name"], values["company"], values["consent"]) == ("Jo", "Acme Ltd", agreed)
    assert "name" not in values


def test_where_a_visitor_of_calendly_came_from_is_read() -> None:
    payload: dict[str, Any] = {
        "event": "invitee.created",
        "payload": {
            "email": "jo@acme.example",
            "questions_and_answers": [],
            "tracking": {"utm_source": "news", "utm_medium": None},
        },
    }
    assert map_fields(payload, {}).values["utm_source"] == "news"


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
