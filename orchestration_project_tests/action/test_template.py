"""A template becomes a plain and an HTML text that say the same, and shows values as they are."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from orchestration_project.action.template import RenderedDraft, render
from orchestration_project.errors import PlaybookError
from orchestration_project.playbook.model import Template

VALUES: dict[str, str | bool] = {
    "given_name": "Jane",
    "full_name": "Jane Doe",
    "company": "Acme Ltd",
    "service": "Payroll",
    "opening": "",
    "returning": False,
    "last_wrote": "",
    "business": "Larkfield",
    "business_website": "https://larkfield.example",
    "owner_name": "Hannah Lark",
    "owner_role": "Founder",
}


def draft(body: str, subject: str = "Hello", **changes: str | bool) -> RenderedDraft:
    return render(Template(file="priority.md", subject=subject, body=body), VALUES | changes, "en")


def seen(page: str) -> str:
    """What a mail program shows of an HTML text, in one line."""
    (body,) = html.document_fromstring(page).iter("body")
    return " ".join(body.text_content().split())


def test_values_stand_in_subject_text_and_html() -> None:
    rendered = draft("Hello {{ given_name }},", subject="For {{ company }}")
    assert (rendered.subject, rendered.text) == ("For Acme Ltd", "Hello Jane,\n")
    assert "<p>Hello Jane,</p>" in rendered.html


def test_the_html_is_a_document_that_names_its_language() -> None:
    rendered = draft("Bonjour", subject="A & B")
    assert rendered.html.startswith('<!DOCTYPE html>\n<html lang="en">')
    assert "<title>A &amp; B</title>" in rendered.html


def test_marks_of_the_template_are_dropped_in_plain_text() -> None:
    rendered = draft("**Thank you**, _really_. See `x` on [our site]({{ business_website }}).")
    assert rendered.text == "Thank you, really. See x on our site (https://larkfield.example).\n"
    assert "<strong>Thank you</strong>, <em>really</em>" in rendered.html
    assert '<a href="https://larkfield.example">our site</a>' in rendered.html


def test_lists_quotes_and_rules_stay_readable_in_plain_text() -> None:
    body = "# Title\n\n- one\n- two\n  more\n\n3. three\n4. four\n\n> quoted\n\n---\n\n```\ncode\n```\n"
    plain = "Title\n\n- one\n- two\n  more\n\n3. three\n4. four\n\n> quoted\n\n---\n\ncode\n"
    assert draft(body).text == plain


def test_an_address_that_is_its_own_label_is_written_once() -> None:
    assert draft("<https://a.example> [a@b.example](mailto:a@b.example)").text == (
        "https://a.example a@b.example\n"
    )


def test_a_line_end_in_the_template_is_one_in_the_mail() -> None:
    rendered = draft("Best wishes,\n{{ owner_name }}\n    indented")
    assert rendered.text == "Best wishes,\nHannah Lark\nindented\n"
    assert "Best wishes,<br />\nHannah Lark<br />\nindented" in rendered.html


def test_empty_values_leave_no_gaps() -> None:
    body = "Hello {{ given_name }},\n\n{% if opening %}\n{{ opening }}\n\n{% endif %}\n{{ service }}\n\nBye"
    assert draft(body, given_name="", service="").text == "Hello,\n\nBye\n"


def test_a_line_that_ends_in_a_tag_keeps_its_end() -> None:
    body = "Hello{% if given_name %} {{ given_name }}{% endif %}\n\nBye"
    assert draft(body).text == "Hello Jane\n\nBye\n"


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=30))
def test_a_value_is_never_markup(value: str) -> None:
    rendered = draft("**{{ company }}** x {{ company }}", company=f"a{value}b")
    assert rendered.text == f"a{value}b x a{value}b\n"
    assert seen(rendered.html) == f"a{value}b x a{value}b"


def test_a_value_is_never_a_template() -> None:
    assert draft("{{ company }}", company="{{ 7 * 7 }}").text == "{{ 7 * 7 }}\n"


def test_html_in_a_template_is_shown_and_not_done() -> None:
    assert "&lt;script&gt;" in draft("<script>alert(1)</script>").html


@pytest.mark.parametrize(
    "body",
    [
        "{{ phone }}",
        "{% if %}",
        "{{ business.__class__.__mro__ }}",
        "{{ 1 / 0 }}",
        "{{ returning + 'x' }}",
        "{% include 'other.md' %}",
    ],
)
def test_a_template_that_cannot_be_filled_in_is_named(body: str) -> None:
    with pytest.raises(PlaybookError, match=re.escape("drafts/priority.md cannot be filled in")):
        draft(body)


def test_values_are_exactly_the_names_a_template_may_use() -> None:
    with pytest.raises(ValueError, match="phone"):
        draft("Hello", phone="+44")
