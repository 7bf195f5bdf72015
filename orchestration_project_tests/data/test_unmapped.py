"""What no lead field takes is named, and nothing but named."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration_project.data.normalise import normalise
from orchestration_project.data.payload import parse_payload
from orchestration_project.data.unmapped import left_over, unmapped_fields, unmapped_questions
from orchestration_project.model import JsonObject, Ref, Submission
from orchestration_project.playbook.model import Limits
from orchestration_project_tests.larkfield import BUSINESS

ANSWER = "what a person wrote"


def test_a_question_that_no_field_is_mapped_to_is_named_and_the_others_are_not() -> None:
    asks = ("E-Mail", "Where does it hurt?", "Favourite colour", "Your name")
    assert unmapped_questions(asks, {"message": ("where does it hurt",)}) == ("Favourite colour",)
    assert unmapped_questions(asks, {}) == ("Where does it hurt?", "Favourite colour")


def test_a_second_question_for_a_field_that_has_one_becomes_nothing() -> None:
    assert unmapped_questions(("Phone", "Mobile"), {}) == ("Mobile",)


def test_the_most_frequent_comes_first_and_is_named_once() -> None:
    payloads: list[JsonObject] = [
        {"made up": "1", "shoe_size": "9"},
        {"shoe_size": "4", "email": "a@b.example"},
        {"heard_from": "Radio", "shoe_size": "2"},
        {"heard_from": "a friend"},
    ]
    assert unmapped_fields(payloads, {}) == ("shoe_size", "heard_from", "made up")


def test_a_question_left_blank_is_not_missed() -> None:
    assert unmapped_fields([{"fax": "", "age": None, "pets": []}], {}) == ()


@pytest.mark.parametrize(
    "payload",
    [
        {"utm_source": "ads", "utm_id": "12", "hidden": {"utm_campaign": "spring", "partner": "acme"}},
        {"form": {"Hidden": {"plan": "gold"}}},
        {"gclid": "Cj0", "fbclid": "IwAR", "msclkid": "x", "gbraid": "y", "answers": {"wbraid": "z"}},
    ],
)
def test_what_a_page_adds_by_itself_is_no_question(payload: JsonObject) -> None:
    assert unmapped_fields([payload], {}) == ()


def test_a_name_that_only_looks_like_one_of_those_is_a_question() -> None:
    assert unmapped_fields([{"utmost": "x", "hidden": "y", "euclidean": "z"}], {}) == (
        "utmost",
        "hidden",
        "euclidean",
    )


def test_the_places_of_a_list_are_one_name() -> None:
    payload: JsonObject = {
        "files": [{"size": 1}, {"size": 2}],
        "answers": [{"name": "3. Wish", "value": "x"}],
    }
    assert unmapped_fields([payload], {}) == ("files.size", "answers.3. Wish")


def test_questions_stand_before_what_a_program_sends_along() -> None:
    asked = ("Which software do you use?", "Shoe size", "Wedding date")
    along = ("form_name", "Date", "Time", "User Agent", "Remote IP", "Powered by", "form_id")
    payload: JsonObject = dict.fromkeys((*along, *asked), "x")
    assert unmapped_fields([payload], {}) == (*asked, *along)


def test_a_field_that_is_mapped_and_could_not_be_read_is_not_missed() -> None:
    payload: JsonObject = {
        "email": "a@b.example",
        "submitted_at": "03/04/2026",
        "budget": "none yet",
        "phone": "12",
        "country": "Austria",
        "consent": "perhaps",
        "Fax": "1",
    }
    lead = normalise(
        Submission(
            ref=Ref("L-abcdefghij"),
            source="inbox",
            external_id="1",
            received_at=datetime(2026, 11, 24, tzinfo=UTC),
            payload=payload,
        ),
        BUSINESS,
        {},
        Limits(),
    )
    assert {"submitted_at", "budget", "phone", "country"} <= lead.extra.keys()
    assert left_over([lead]) == ("Fax",)
    assert unmapped_fields([payload], {}) == ("Fax",)


@given(st.dictionaries(st.text().filter(lambda name: ANSWER not in name), st.just(ANSWER)))
def test_whatever_it_is_called_an_answer_is_never_told(payload: JsonObject) -> None:
    names = unmapped_fields([parse_payload(json.dumps(payload).encode())], {})
    assert len(names) <= len(payload)
    assert not any(ANSWER in name for name in names)
