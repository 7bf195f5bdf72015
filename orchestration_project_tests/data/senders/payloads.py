"""What the common senders send, cut down: made after the vendors' examples and payloads in public code.

Each asks for the same: a name, an e-mail address, three services of which two are chosen, a message.
"""

import json
from collections.abc import Mapping

from orchestration_project.model import JsonObject

MAIL = "jo@bloggs.example"
TEXT = "Our books are behind & we need help."
_UUID = {"a": "0e4b21a1", "b": "7d1c9f02", "c": "55aa01cd"}

PAYLOADS: Mapping[str, JsonObject] = {
    "Typeform": {
        "event_id": "01DQ4RFCJ3",
        "event_type": "form_response",
        "form_response": {
            "form_id": "abc",
            "token": "tok1",
            "landed_at": "2026-11-24T09:00:00Z",
            "submitted_at": "2026-11-24T09:01:00Z",
            "hidden": {"utm_source": "news"},
            "definition": {
                "id": "abc",
                "title": "Contact form",
                "fields": [
                    {"id": "q1", "ref": "r1", "title": "Full name", "type": "short_text"},
                    {"id": "q2", "ref": "r2", "title": "Where can we write to?", "type": "email"},
                    {"id": "q3", "ref": "r3", "title": "Services", "type": "multiple_choice"},
                    {"id": "q5", "ref": "r5", "title": "Name of your dog", "type": "short_text"},
                    {"id": "q4", "ref": "r4", "title": "Message", "type": "long_text"},
                ],
            },
            "answers": [
                {
                    "type": "text",
                    "text": "Jo Bloggs",
                    "field": {"id": "q1", "type": "short_text", "ref": "r1"},
                },
                {"type": "email", "email": MAIL, "field": {"id": "q2", "type": "email", "ref": "r2"}},
                {
                    "type": "choices",
                    "choices": {"ids": ["x", "y"], "labels": ["Payroll", "VAT"], "refs": ["u", "v"]},
                    "field": {"id": "q3", "type": "multiple_choice", "ref": "r3"},
                },
                {"type": "text", "text": TEXT, "field": {"id": "q4", "type": "long_text", "ref": "r4"}},
            ],
        },
    },
    "Tally": {
        "eventId": "e1",
        "eventType": "FORM_RESPONSE",
        "createdAt": "2026-11-24T09:01:00.000Z",
        "data": {
            "responseId": "res1",
            "submissionId": "sub1",
            "formId": "f1",
            "formName": "Contact form",
            "createdAt": "2026-11-24T09:01:00.000Z",
            "fields": [
                {"key": "question_1", "label": "Your name", "type": "INPUT_TEXT", "value": "Jo Bloggs"},
                {"key": "question_2", "label": "Write to me at", "type": "INPUT_EMAIL", "value": MAIL},
                {
                    "key": "question_3",
                    "label": "Service",
                    "type": "CHECKBOXES",
                    "value": [_UUID["a"], _UUID["b"]],
                    "options": [
                        {"id": _UUID["a"], "text": "Payroll"},
                        {"id": _UUID["b"], "text": "VAT"},
                        {"id": _UUID["c"], "text": "Year end"},
                    ],
                },
                {
                    "key": f"question_3_{_UUID['a']}",
                    "label": "Service (Payroll)",
                    "type": "CHECKBOXES",
                    "value": True,
                },
                {
                    "key": f"question_3_{_UUID['c']}",
                    "label": "Service (Year end)",
                    "type": "CHECKBOXES",
                    "value": False,
                },
                {"key": "question_4", "label": "Message", "type": "TEXTAREA", "value": TEXT},
            ],
        },
    },
    "Jotform": {
        "formID": "2313",
        "submissionID": "5699",
        "formTitle": "Contact form",
        "ip": "192.0.2.1",
        "pretty": f"Full Name:Jo Bloggs, E-mail:{MAIL}, Services:Payroll VAT, Message:{TEXT}",
        "rawRequest": json.dumps(
            {
                "slug": "submit/2313",
                "q3_fullName": {"first": "Jo", "last": "Bloggs"},
                "q4_whereTo": MAIL,
                "q5_services": ["Payroll", "VAT"],
                "q6_message": TEXT,
                "event_id": "1_2",
                "path": "/submit/2313",
            }
        ),
    },
    "HubSpot": {
        "conversionId": "c1",
        "submittedAt": 1795510860000,
        "pageUrl": "https://larkfield.example/contact",
        "values": [
            {"name": "firstname", "value": "Jo", "objectTypeId": "0-1"},
            {"name": "lastname", "value": "Bloggs", "objectTypeId": "0-1"},
            {"name": "email", "value": MAIL, "objectTypeId": "0-1"},
            {"name": "service", "value": "Payroll;VAT", "objectTypeId": "0-1"},
            {"name": "message", "value": TEXT, "objectTypeId": "0-1"},
        ],
    },
    "Webflow": {
        "triggerType": "form_submission",
        "payload": {
            "name": "Contact form",
            "siteId": "65427cf4",
            "data": {"Name": "Jo Bloggs", "Email": MAIL, "Services": ["Payroll", "VAT"], "Message": TEXT},
            "schema": [{"fieldName": "Name", "fieldType": "FormTextInput", "fieldElementId": "x"}],
            "submittedAt": "2026-11-24T09:01:00.000Z",
            "id": "6321ca84",
            "formId": "65429ead",
            "pageUrl": "https://larkfield.example/contact",
        },
    },
    "Elementor": {
        "form[id]": "1606c7c4",
        "form[name]": "Contact form",
        "fields[name][id]": "name",
        "fields[name][type]": "text",
        "fields[name][title]": "Name",
        "fields[name][value]": "Jo Bloggs",
        "fields[name][raw_value]": "Jo Bloggs",
        "fields[field_1][id]": "field_1",
        "fields[field_1][type]": "email",
        "fields[field_1][title]": "",
        "fields[field_1][value]": MAIL,
        "fields[field_1][raw_value]": MAIL,
        "fields[s][id]": "s",
        "fields[s][type]": "checkbox",
        "fields[s][title]": "Services",
        "fields[s][value]": "Payroll, VAT",
        "fields[message][id]": "message",
        "fields[message][type]": "textarea",
        "fields[message][title]": "Message",
        "fields[message][value]": TEXT,
        "meta[date][title]": "Date",
        "meta[date][value]": "24/11/2026",
        "meta[page_url][title]": "Page URL",
        "meta[page_url][value]": "https://larkfield.example/contact",
    },
    "Gravity Forms": {
        "id": "123",
        "form_id": "1",
        "date_created": "2026-11-24 09:01:00",
        "source_url": "https://larkfield.example/contact",
        "ip": "192.0.2.1",
        "1.3": "Jo",
        "1.6": "Bloggs",
        "2": MAIL,
        "4.1": "Payroll",
        "4.2": "VAT",
        "4.3": "",
        "3": TEXT,
        "form": {
            "title": "Contact form",
            "fields": [
                {"id": 1, "label": "Name"},
                {"id": 2, "label": "Email"},
                {"id": 3, "label": "Message"},
                {"id": 4, "label": "Services"},
            ],
        },
    },
    "WPForms": {
        "fields": {
            "0": {
                "name": "Name",
                "value": "Jo Bloggs",
                "id": 0,
                "type": "name",
                "first": "Jo",
                "middle": "",
                "last": "Bloggs",
            },
            "1": {"name": "E-mail", "value": MAIL, "id": 1, "type": "email"},
            "3": {"name": "Services", "value": "Payroll\nVAT", "id": 3, "type": "checkbox"},
            "2": {"name": "Comment or Message", "value": TEXT, "id": 2, "type": "textarea"},
        },
        "form_data": {"id": "7", "settings": {"form_title": "Contact form"}},
    },
    "Contact Form 7": {
        "_wpcf7": "5",
        "_wpcf7_unit_tag": "wpcf7-f5-p9-o1",
        "your-name": "Jo Bloggs",
        "your-email": MAIL,
        "your-subject": "Hello",
        "services": ["Payroll", "VAT"],
        "your-message": TEXT,
    },
    "Formstack": {
        "FormID": "23534",
        "UniqueID": "12345678",
        "Name": {"first": "Jo", "last": "Bloggs", "field_type": "name"},
        "Where to": {"value": MAIL, "field_type": "email"},
        "Services": {"value": ["Payroll", "VAT"], "field_type": "checkbox"},
        "Message": {"value": TEXT, "field_type": "textarea"},
    },
    "Facebook": {
        "id": "lead1",
        "created_time": "2026-11-24T09:01:00+0000",
        "ad_id": "a1",
        "form_id": "f1",
        "field_data": [
            {"name": "full_name", "values": ["Jo Bloggs"]},
            {"name": "work_email", "values": [MAIL]},
            {"name": "services", "values": ["Payroll", "VAT"]},
            {"name": "message", "values": [TEXT]},
        ],
    },
    "LinkedIn": {
        "id": "r1",
        "submittedAt": 1795510860000,
        "leadType": "SPONSORED",
        "formResponse": {
            "answers": [
                {"questionId": 1, "answerDetails": {"textQuestionAnswer": {"answer": "Jo"}}},
                {"questionId": 2, "answerDetails": {"textQuestionAnswer": {"answer": "Bloggs"}}},
                {"questionId": 3, "answerDetails": {"textQuestionAnswer": {"answer": MAIL}}},
                {"questionId": 4, "answerDetails": {"multipleChoiceAnswer": {"options": [1, 2]}}},
                {"questionId": 5, "answerDetails": {"textQuestionAnswer": {"answer": TEXT}}},
            ]
        },
        "form": {
            "name": "Contact form",
            "content": {
                "questions": [
                    {"questionId": 1, "predefinedField": "FIRST_NAME", "name": "firstName"},
                    {"questionId": 2, "predefinedField": "LAST_NAME", "name": "lastName"},
                    {"questionId": 3, "predefinedField": "EMAIL", "name": "email"},
                    {
                        "questionId": 4,
                        "name": "Services",
                        "questionDetails": {
                            "multipleChoiceQuestionDetails": {
                                "options": [
                                    {"id": 1, "text": {"localized": {"en_US": "Payroll"}}},
                                    {"id": 2, "text": {"localized": {"en_US": "VAT"}}},
                                ]
                            }
                        },
                    },
                    {"questionId": 5, "question": {"localized": {"en_US": "Your message"}}},
                ]
            },
        },
    },
    "Calendly": {
        "event": "invitee.created",
        "created_at": "2026-11-24T09:01:00.000000Z",
        "payload": {
            "name": "Jo Bloggs",
            "first_name": None,
            "email": MAIL,
            "timezone": "Europe/Paris",
            "text_reminder_number": "+44 20 7946 0958",
            "questions_and_answers": [
                {"question": "Services", "answer": "Payroll\nVAT", "position": 0},
                {"question": "Message", "answer": TEXT, "position": 1},
            ],
            "scheduled_event": {"name": "Contact form call", "event_memberships": [{"user_name": "Hannah"}]},
            "tracking": {"utm_source": "news", "utm_medium": None},
        },
    },
    "Netlify": {
        "number": 24,
        "title": "Jo Bloggs",
        "email": MAIL,
        "name": "Jo Bloggs",
        "first_name": "Jo",
        "last_name": "Bloggs",
        "company": None,
        "summary": f"<strong>Jo</strong> {TEXT}",
        "body": TEXT,
        "data": {
            "name": "Jo Bloggs",
            "email": MAIL,
            "services": ["Payroll", "VAT"],
            "message": TEXT,
            "ip": "192.0.2.1",
        },
        "created_at": "2026-11-24T09:01:00.000Z",
        "human_fields": {"Name": "Jo Bloggs", "Email": MAIL},
        "ordered_human_fields": [
            {"title": "Name", "name": "name", "value": "Jo Bloggs"},
            {"title": "Email", "name": "email", "value": MAIL},
        ],
        "id": "5c3e5813",
        "form_id": "5c3a051b",
        "site_url": "http://larkfield.example",
        "form_name": "Contact form",
    },
    "Squarespace": {
        "formId": "f1",
        "formName": "Contact form",
        "websiteId": "w1",
        "submittedOn": "2026-11-24T09:01:00Z",
        "fields": [
            {"id": "n1", "label": "Name", "value": {"first": "Jo", "last": "Bloggs"}},
            {"id": "n2", "label": "Email", "value": MAIL},
            {"id": "n3", "label": "Services", "value": ["Payroll", "VAT"]},
            {"id": "n4", "label": "Message", "value": TEXT},
        ],
    },
    "Wix": {
        "data": {
            "formName": "Contact form",
            "formId": "9355",
            "submissionTime": "2026-11-24T09:01:00Z",
            "field:first_name_d74c": "Jo",
            "field:last_name_97c1": "Bloggs",
            "field:email_9a1b": MAIL,
            "field:services": ["Payroll", "VAT"],
            "field:message": TEXT,
            "submissions": [
                {"label": "First name", "value": "Jo"},
                {"label": "Last name", "value": "Bloggs"},
                {"label": "Email", "value": MAIL},
                {"label": "Services", "value": ["Payroll", "VAT"]},
                {"label": "Message", "value": TEXT},
            ],
            "contact": {"name": {"first": "Joanna", "last": "Old"}, "email": "old@bloggs.example"},
            "submissionsLink": "https://manage.wix.app/forms/submissions/1",
        }
    },
    "Google Forms": {
        "namedValues": {
            "Timestamp": ["24/11/2026 09:01:00"],
            "Your name": ["Jo Bloggs"],
            "Email Address": [MAIL, ""],
            "Services": ["Payroll, VAT"],
            "Message": [TEXT],
        },
        "values": ["24/11/2026 09:01:00", "Jo Bloggs", MAIL, "Payroll, VAT", TEXT],
        "range": {"columnEnd": 5, "rowStart": 7},
    },
}
