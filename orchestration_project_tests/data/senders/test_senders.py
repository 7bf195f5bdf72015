"""Submissions of the senders that are known by their structure."""

import json
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from orchestration_project.data.fields import map_fields
from orchestration_project.data.payload import LABELS, VALUES, flatten, parse_payload
from orchestration_project.data.senders import TABLE, read_form
from orchestration_project.model import JsonObject
from orchestration_project_tests.data.senders.payloads import MAIL, PAYLOADS, TEXT


def test_there_is_an_example_of_every_sender() -> None:
    assert PAYLOADS.keys() == TABLE.keys()


@pytest.mark.parametrize("sender", TABLE)
def test_a_submission_is_known_by_its_structure_and_read_by_its_questions(sender: str) -> None:
    assert read_form(PAYLOADS[sender]).sender == sender
    mapped = map_fields(PAYLOADS[sender], {})
    values = mapped.values
    name = values.get("name") or f"{values['first_name']} {values['last_name']}"
    assert (name, values["email"], values["message"]) == ("Jo Bloggs", MAIL, TEXT)
    assert values["service"].replace("\n", ", ") == "Payroll, VAT"
    assert "company" not in values
    assert "website" not in values
    assert mapped.problems == ()


@pytest.mark.parametrize("sender", ["Elementor", "WPForms", "Contact Form 7", "Formstack", "Jotform"])
def test_the_same_is_read_from_a_body_as_browsers_send_it(sender: str) -> None:
    body = urlencode(_pairs(PAYLOADS[sender]))
    values = map_fields(parse_payload(body.encode()), {}).values
    assert (values["email"], values["message"]) == (MAIL, TEXT)


@pytest.mark.parametrize("sender", TABLE)
def test_one_thing_that_is_lacking_breaks_no_sender(sender: str) -> None:
    for path, _ in list(flatten(PAYLOADS[sender])):
        _without(PAYLOADS[sender], path)


def _pairs(value: JsonValue, name: str = "") -> list[tuple[str, str]]:
    match value:
        case dict():
            return [
                pair
                for key, part in value.items()
                for pair in _pairs(part, f"{name}[{key}]" if name else key)
            ]
        case list():
            return [pair for part in value for pair in _pairs(part, f"{name}[]")]
        case None:
            return []
        case _:
            return [(name, str(value))]


def _without(payload: JsonObject, path: str) -> None:
    changed = json.loads(json.dumps(payload))
    place = changed
    *way, last = path.split(".")
    for part in way:
        if not isinstance(place, dict) or part not in place:
            return
        place = place[part]
    if isinstance(place, dict):
        place.pop(last, None)
    map_fields(changed, {})


KEYS = st.sampled_from(
    [
        *(
            "form",
            "fields",
            "data",
            "payload",
            "values",
            "properties",
            "answers",
            "name",
            "email",
            "url",
            "meta",
            "label",
        ),
        *(
            "value",
            "form_response",
            "field_data",
            "namedValues",
            "rawRequest",
            "questions_and_answers",
            "formResponse",
            "formSubmission",
            "ordered_human_fields",
            "scheduled_event",
        ),
        *(
            "submissions",
            "key",
            "type",
            "id",
            "options",
            "formName",
            "FormID",
            "UniqueID",
            "form_id",
            "source_url",
            "1.3",
        ),
        *(
            "entry",
            "vid",
            "text",
            "choices",
            "labels",
            "field",
            "title",
            "first",
            "last",
            "site",
            "d",
            "websiteId",
        ),
    ]
)
WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=8)
LEAVES = st.none() | st.booleans() | st.integers(-99, 99) | st.sampled_from(["q1_x", MAIL, TEXT, ""]) | WORDS
WILD: st.SearchStrategy[JsonValue] = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=14,
)


def _unanswered(value: JsonValue) -> Iterator[str]:
    """The words of questions without an answer, which are no answers."""
    for inner in value if isinstance(value, list) else value.values() if isinstance(value, dict) else ():
        if isinstance(inner, dict) and any(inner.get(name, "") is None for name in VALUES):
            yield from (text for name in LABELS if isinstance(text := inner.get(name), str))
        yield from _unanswered(inner)


@example({"fields": {"form": {"values": None, "key": "q1_x"}}})
@settings(max_examples=250)
@given(st.dictionaries(KEYS, WILD, min_size=1, max_size=6))
def test_no_payload_breaks_a_sender_and_of_one_that_nobody_knows_every_answer_is_found_again(
    payload: JsonObject,
) -> None:
    mapped = map_fields(payload, {})
    said = [*mapped.values.values(), *mapped.extra.values()]
    if read_form(payload).sender:
        return
    questions = {*_unanswered(payload)}
    for _path, text in flatten(payload):
        assert not text.strip() or text in questions or any(text in one for one in said)


@example("HubSpot", {"form": None, "namedValues": {"form": None}})
@example("HubSpot", {"namedValues": {"E-mail": "sheet@firm.example"}})
@example("Squarespace", {"formSubmission": {}})
@example("Netlify", {"payload": {"data": {"email": "a"}, "ordered_human_fields": [], "title": ["a"]}})
@settings(max_examples=60)
@given(st.sampled_from(sorted(TABLE)), st.dictionaries(KEYS, WILD, max_size=3))
def test_no_answer_of_a_known_sender_is_lost_whatever_stands_beside_it(
    sender: str, beside: JsonObject
) -> None:
    mapped = map_fields({**beside, **PAYLOADS[sender]}, {})
    _all_is_there(mapped.values, mapped.extra)


def _emptied(value: JsonValue, said: JsonValue) -> JsonValue:
    """The same structure with other texts in it."""
    match value:
        case dict():
            return {key: _emptied(part, said) for key, part in value.items()}
        case list():
            return [_emptied(part, said) for part in value]
        case _:
            return said


@pytest.mark.parametrize("sender", TABLE)
def test_no_answer_is_lost_where_what_stands_beside_it_looks_like_another_sender(sender: str) -> None:
    for other in TABLE.keys() - {sender}:
        for said in (None, "", "else"):
            beside = _emptied(PAYLOADS[other], said)
            assert isinstance(beside, dict)
            mapped = map_fields({**beside, **PAYLOADS[sender]}, {})
            _all_is_there(mapped.values, mapped.extra)


def _all_is_there(*kept: Mapping[str, str]) -> None:
    said = " ".join(text for texts in kept for text in texts.values())
    for answer in ("Bloggs", MAIL, "Payroll", "VAT", TEXT):
        assert answer in said
