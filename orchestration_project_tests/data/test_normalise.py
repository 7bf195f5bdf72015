"""From a submission to a lead, for ordinary, odd and hostile submissions."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from orchestration_project.data.normalise import normalise
from orchestration_project.data.payload import parse_payload
from orchestration_project.model import Attribution, JsonObject, Lead, Ref, Submission
from orchestration_project.playbook.model import Limits
from orchestration_project_tests.data_sets import naughty_strings
from orchestration_project_tests.larkfield import BUSINESS

RECEIVED = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def lead_of(payload: JsonObject, fields: Mapping[str, tuple[str, ...]] | None = None) -> Lead:
    submission = Submission(
        ref=Ref("L-abcdefghij"), source="inbox", external_id="1", received_at=RECEIVED, payload=payload
    )
    return normalise(submission, BUSINESS, fields or {}, Limits(max_message_characters=1_000))


def problems_of(lead: Lead) -> list[tuple[str, str]]:
    return [(problem.field, problem.code) for problem in lead.problems]


def test_an_ordinary_submission_becomes_a_lead_without_problems() -> None:
    lead = lead_of(
        {
            "id": "17",
            "submitted_at": "2026-11-24T10:29:00+01:00",
            "name": "JANE DOE",
            "email": "Jane@Acme.co.uk",
            "phone": "020 7946 0958",
            "company": " Acme  Studios Ltd ",
            "website": "www.acme.co.uk",
            "message": "Our bookkeeper has just left.\r\nCan you take over in January?",
            "budget": "£500-800",
            "service": "bookkeeping",
            "consent": "Yes",
            "hp": "",
            "utm_source": "google",
            "staff": 12,
        }
    )
    assert lead.problems == ()
    assert lead.submitted_at == datetime(2026, 11, 24, 9, 29, tzinfo=UTC)
    person = lead.person
    assert (person.full_name, person.given_name, person.family_name) == ("Jane Doe", "Jane", "Doe")
    assert (person.email, person.phone, person.region) == ("Jane@acme.co.uk", "+442079460958", "GB")
    assert person.time_zone == "Europe/London"
    company = lead.company
    assert (company.name, company.domain) == ("Acme Studios Ltd", "acme.co.uk")
    assert company.website == "https://www.acme.co.uk"
    assert lead.message == "Our bookkeeper has just left.\nCan you take over in January?"
    assert (lead.budget, lead.asked_service, lead.consent) == (Decimal(500), "bookkeeping", True)
    assert (lead.language, lead.free_mail, lead.honeypot_filled) == (None, False, False)
    assert lead.attribution == lead.first_touch == Attribution(source="google")
    assert lead.extra == {"staff": "12"}


def test_an_empty_submission_becomes_an_empty_lead() -> None:
    lead = lead_of({})
    assert lead.person.email is None
    assert lead.submitted_at == RECEIVED
    assert lead.problems == ()


def test_what_cannot_be_read_is_left_out_named_and_kept() -> None:
    unreadable = {
        "email": "nobody",
        "phone": "12345",
        "website": "none",
        "budget": "a lot",
        "time_zone": "Mars/Phobos",
        "submitted_at": "yesterday",
    }
    lead = lead_of({**unreadable})
    assert set(problems_of(lead)) == {(field, "invalid") for field in unreadable}
    assert lead.extra == unreadable
    assert (lead.person.email, lead.person.phone, lead.person.time_zone) == (None, None, None)
    assert (lead.company.website, lead.budget, lead.submitted_at) == (None, None, RECEIVED)


def test_no_problem_quotes_what_the_person_wrote() -> None:
    secret = "sesame"
    fields = ("email", "name", "phone", "website", "budget", "time_zone", "submitted_at", "message")
    lead = lead_of(dict.fromkeys(fields, f"{secret} http://{secret}.com {secret * 500}"))
    assert len(lead.problems) == len(fields)
    assert secret not in "".join(problem.message for problem in lead.problems)


def test_the_time_zone_of_the_form_wins_over_that_of_the_phone() -> None:
    lead = lead_of({"phone": "020 7946 0958", "timezone": "America/New_York"})
    assert lead.person.time_zone == "America/New_York"


@pytest.mark.parametrize("typed", [True, "yes", "ON", "1", 1, "ja", "Oui", "sí", ["yes"]])
def test_consent_is_an_explicit_yes(typed: JsonValue) -> None:
    assert lead_of({"marketing_consent": typed}).consent is True


@pytest.mark.parametrize(
    "typed", [False, None, "", "no", "0", 0, "maybe", "yes but not by mail", "null", [], {}]
)
def test_anything_else_is_no_consent(typed: JsonValue) -> None:
    assert lead_of({"consent": typed}).consent is False


@pytest.mark.parametrize(("typed", "filled"), [("x", True), ("", False), (None, False), (False, False)])
def test_a_honeypot_is_filled_by_anything_but_nothing(typed: JsonValue, filled: bool) -> None:
    assert lead_of({"_gotcha": typed}).honeypot_filled is filled


@pytest.mark.parametrize(
    ("stated", "submitted_at"),
    [
        ("2026-11-24T09:00:00Z", RECEIVED - timedelta(minutes=30)),
        ("2026-11-24 09:00", RECEIVED - timedelta(minutes=30)),
        (1795510800, RECEIVED - timedelta(minutes=30)),
        ("1795510800000", RECEIVED - timedelta(minutes=30)),
        ("2026-11-24T09:33:00Z", RECEIVED),  # a clock slightly ahead of ours
    ],
)
def test_the_forms_time_of_submission_is_taken(stated: JsonValue, submitted_at: datetime) -> None:
    lead = lead_of({"submitted_at": stated})
    assert lead.submitted_at == submitted_at
    assert lead.submitted_at.utcoffset() == timedelta(0)
    assert lead.problems == ()


@pytest.mark.parametrize(
    "stated", ["2026-11-24T10:00:00Z", "9999-12-31T23:59:59-14:00", 17, "0001-01-01T00:00+14:00"]
)
def test_an_impossible_time_of_submission_gives_way_to_the_time_of_receipt(stated: JsonValue) -> None:
    lead = lead_of({"submitted_at": stated})
    assert lead.submitted_at == RECEIVED
    assert problems_of(lead) == [("submitted_at", "invalid")]


def test_a_message_without_end_is_cut_and_says_so() -> None:
    lead = lead_of({"message": "word " * 1_000})
    assert len(lead.message) <= 1_000
    assert problems_of(lead) == [("message", "too_long")]


def test_free_mail_has_no_company_domain_but_the_website_has() -> None:
    lead = lead_of({"email": "jane@gmail.com", "website": "acme.co.uk"})
    assert lead.free_mail
    assert lead.company.domain == "acme.co.uk"


def test_a_contact_entered_in_the_crm_keeps_its_id() -> None:
    assert lead_of({"id": "7", "crm_contact_id": 7, "name": "Jane"}).crm_contact_id == "7"


def test_the_owners_field_names_are_used() -> None:
    lead = lead_of({"contact_mail": "jane@acme.example"}, {"email": ("contact_mail",)})
    assert lead.person.email == "jane@acme.example"
    assert lead.problems == ()


@pytest.mark.parametrize("key", ["url", "_url", "page_url"])
def test_the_page_of_the_form_is_nobodys_website(key: str) -> None:
    for page in (
        "https://larkfield.example/contact",
        "https://landing.example/offer?x=1",
        "https://larkfield.example",
    ):
        lead = lead_of({"email": "jo@gmail.com", key: page})
        assert (lead.company.website, lead.company.domain, lead.attribution.landing_page) == (
            None,
            None,
            page,
        )


def test_what_is_called_url_is_a_website_where_the_lead_writes_from_its_domain() -> None:
    lead = lead_of({"email": "jo@acme.co.uk", "url": "https://www.acme.co.uk"})
    assert (lead.company.website, lead.attribution.landing_page) == ("https://www.acme.co.uk", None)


def test_our_own_domain_is_nobodys_company() -> None:
    named = lead_of({"email": "jo@gmail.com", "website": "www.larkfield.example/about"})
    assert (named.company.website, named.company.domain) == (None, None)
    assert problems_of(named) == [("website", "unclear")]
    assert named.extra == {"website": "www.larkfield.example/about"}
    assert lead_of({"email": "hannah@larkfield.example"}).company.domain is None


def test_what_is_unclear_is_kept_beside_what_is_told_of_it() -> None:
    lead = lead_of(
        {
            "name": "see bit.ly/x",
            "phone": "020 7946 0958",
            "country": "Germany",
            "budget": "2x500",
            "consent": "maybe",
        }
    )
    assert set(problems_of(lead)) == {
        *(("name", "ignored"), ("phone", "unclear"), ("budget", "unclear"), ("consent", "unclear"))
    }
    kept = {"name": "see bit.ly/x", "phone": "020 7946 0958", "budget": "2x500", "consent": "maybe"}
    assert lead.extra == {**kept, "country": "Germany"}


def test_a_company_in_the_field_for_a_name_is_the_company_and_nobody_is_greeted() -> None:
    lead = lead_of({"name": "Acme Ltd", "email": "info@acme.co.uk"})
    assert (lead.person.full_name, lead.person.given_name, lead.company.name) == (
        "Acme Ltd",
        None,
        "Acme Ltd",
    )
    assert problems_of(lead) == [("name", "unclear")]


def assert_sound(lead: Lead) -> None:
    stored = lead.model_dump_json()
    assert Lead.model_validate_json(stored) == lead
    assert "\x00" not in stored
    assert "\\u0000" not in stored


FIELD_NAMES = st.sampled_from(
    [
        "email",
        "name",
        "first_name",
        "last_name",
        "phone",
        "company",
        "website",
        "message",
        "budget",
        "consent",
        "time_zone",
        "submitted_at",
        "landing_page",
        "referrer",
        "hp",
        "utm_term",
        "values",
    ]
)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)  # JSON values hold no lone surrogates
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
VALUES: st.SearchStrategy[JsonValue] = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT | FIELD_NAMES, inner, max_size=4),
    max_leaves=8,
)


@settings(max_examples=150)
@given(st.dictionaries(FIELD_NAMES | TEXT, VALUES, max_size=8))
def test_no_json_object_breaks_it(payload: JsonObject) -> None:
    assert_sound(lead_of(payload))


LIKELY = st.text("0123456789+-.:TZ/@ aekm\x00\u202e", max_size=30)


@settings(max_examples=150)
@given(
    st.fixed_dictionaries({}, optional=dict.fromkeys(["email", "phone", "website", "budget"], LIKELY)),
    LIKELY,
)
def test_no_text_that_nearly_fits_breaks_it(payload: dict[str, JsonValue], stated: str) -> None:
    assert_sound(lead_of({**payload, "submitted_at": stated, "name": stated}))


def test_no_naughty_string_breaks_it() -> None:
    for text in naughty_strings():
        payloads = (
            dict.fromkeys(["email", "name", "phone", "company", "website", "message", "budget"], text),
            dict.fromkeys(["first_name", "last_name", "submitted_at", "time_zone", "service"], text),
            {text: text, "landing_page": f"?utm_source={text}", "consent": text},
        )
        for payload in payloads:
            assert_sound(lead_of(parse_payload(json.dumps(payload).encode())))
