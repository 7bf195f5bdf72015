"""From bytes to a JSON object that the ledger can store."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import JsonValue

from orchestration_project.data.payload import UnreadableSubmission, flatten, parse_payload


def test_a_byte_order_mark_does_no_harm() -> None:
    assert parse_payload(b'\xef\xbb\xbf{"name": "J\xc3\xbcrgen"}') == {"name": "Jürgen"}


def test_text_in_the_old_windows_code_page_is_read() -> None:
    assert parse_payload('{"name": "Jürgen", "budget": "500 €"}'.encode("cp1252")) == {
        "name": "Jürgen",
        "budget": "500 €",
    }


def test_damaged_utf8_is_refused_rather_than_turned_into_gibberish() -> None:
    with pytest.raises(UnreadableSubmission, match="not UTF-8"):
        parse_payload('{"name": "Jürgen"}'.encode() + b"\xff")


def test_nul_characters_and_lone_surrogates_do_not_reach_the_ledger() -> None:
    raw = rb'{"na\u0000me": ["a\u0000b", {"deep": "\ud800"}]}'
    assert parse_payload(raw) == {"name": ["ab", {"deep": "\ufffd"}]}


def test_numbers_that_json_databases_refuse_stay_text() -> None:
    raw = b'{"a": NaN, "b": -Infinity, "c": 1e999, "d": 99999999999999999999}'
    assert parse_payload(raw) == {"a": "NaN", "b": "-Infinity", "c": "1e999", "d": "99999999999999999999"}


def test_an_unescaped_line_break_in_a_string_is_let_through() -> None:
    assert parse_payload(b'{"message": "one\ntwo"}') == {"message": "one\ntwo"}


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "not JSON"),
        (b"jane@secret.example wrote", "not JSON"),
        (b'{"email": "jane@secret.example"', "not JSON .line 1, column"),
        (b'["jane@secret.example"]', "not an object"),
        (b"null", "not an object"),
        (b"\x80\x81jane@secret.example", "not UTF-8"),
        ('{"email": "jane@secret.example"}'.encode("utf-16"), "not UTF-8"),
        (b'{"a":' * 60 + b"1" + b"}" * 60, "nested"),
        (b'{"a":' * 100_000, "nested"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_reason_and_without_the_content(raw: bytes, why: str) -> None:
    with pytest.raises(UnreadableSubmission, match=why) as refusal:
        parse_payload(raw)
    assert "secret" not in str(refusal.value)


@given(st.binary())
def test_no_bytes_break_it(raw: bytes) -> None:
    with contextlib.suppress(UnreadableSubmission):
        parse_payload(raw)


TEXT_WITHOUT_NUL = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))


@given(st.dictionaries(TEXT_WITHOUT_NUL, TEXT_WITHOUT_NUL | st.integers(-(10**16), 10**16) | st.booleans()))
def test_ordinary_json_comes_out_as_it_went_in(payload: dict[str, JsonValue]) -> None:
    assert parse_payload(json.dumps(payload).encode()) == payload


def test_nested_fields_get_a_dotted_way() -> None:
    payload: JsonValue = {"a": {"b": 1, "c": [1, None, "x"]}, "d": [{"e": True}], "f": None, "g": 2e22}
    assert dict(flatten(payload)) == {
        "a.b": "1",
        "a.c": "1, x",
        "d.0.e": "true",
        "g": "20000000000000000000000",
    }


def test_answers_sent_as_pairs_of_name_and_value_are_fields() -> None:
    payload: JsonValue = {
        "values": [{"name": "email", "value": "a@b.example"}],
        "fields": [{"key": "q1", "label": "Budget", "value": 5}],
    }
    assert dict(flatten(payload)) == {"values.email": "a@b.example", "fields.Budget": "5"}
