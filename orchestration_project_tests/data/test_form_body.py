"""Bodies as browsers and plugins send them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration_project.data.fields import map_fields
from orchestration_project.data.form_body import NotAForm, parse_form
from orchestration_project.data.payload import UnreadableSubmission, parse_payload

MULTIPART = (
    '------WebKitFormBoundaryX\r\nContent-Disposition: form-data; name="formID"\r\n\r\n7\r\n'
    '------WebKitFormBoundaryX\r\nContent-Disposition: form-data; name="rawRequest"\r\n\r\n'
    '{"q3_name":{"first":"Zoë","last":"Bloggs"},"q4_email":"zoe@bloggs.example"}\r\n'
    '------WebKitFormBoundaryX\r\nContent-Disposition: form-data; name="file"; filename="çv.pdf"\r\n'
    "Content-Type: application/pdf\r\n\r\n%PDF\r\n------WebKitFormBoundaryX--\r\n"
).encode()


def test_names_with_brackets_are_objects_and_several_entries_of_one_name_a_list() -> None:
    body = (
        b"fields%5Bname%5D%5Bvalue%5D=Jo+B&service[]=VAT&service[]=&service[]=Payroll"
        b"&email=jo%40b.example&email="
    )
    assert parse_form(body) == {
        "fields": {"name": {"value": "Jo B"}},
        "service": ["VAT", "Payroll"],
        "email": "jo@b.example",
    }


def test_a_multipart_body_is_read_and_of_a_file_its_name() -> None:
    payload = parse_payload(MULTIPART)
    assert (payload["formID"], payload["file"]) == ("7", "çv.pdf")
    values = map_fields(payload, {}).values
    assert values == {"first_name": "Zoë", "last_name": "Bloggs", "email": "zoe@bloggs.example"}


def test_a_body_in_the_old_code_page_is_read() -> None:
    assert parse_form(b"name=J%FCrgen") == {"name": "Jürgen"}


@pytest.mark.parametrize(
    "raw", [b"", b"hello", b"a sentence with x=1 in it", b'{"a": "b=c"}', b"--x\r\nContent-"]
)
def test_what_is_no_such_body_is_none(raw: bytes) -> None:
    with pytest.raises(NotAForm):
        parse_form(raw)


def test_of_several_entries_of_one_name_in_json_none_wipes_another() -> None:
    raw = b'{"service": "VAT", "service": "Payroll", "email": "jo@b.example", "email": ""}'
    assert map_fields(parse_payload(raw), {}).values == {"service": "VAT, Payroll", "email": "jo@b.example"}


def test_a_list_of_one_object_is_that_object() -> None:
    assert parse_payload(b'[\n  {"email": "jo@b.example"}\n]') == {"email": "jo@b.example"}


@given(st.binary(max_size=80) | st.lists(st.binary(max_size=12)).map(b"&a[b]=".join))
def test_no_bytes_break_it(raw: bytes) -> None:
    try:
        parse_payload(raw)
    except UnreadableSubmission as error:
        assert "cannot be read" in str(error)  # noqa: PT017 - either is fine, and nothing else
