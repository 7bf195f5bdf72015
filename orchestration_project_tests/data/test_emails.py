"""E-mail addresses, and when two of them are one person."""

import pytest

from orchestration_project.data.emails import person_key, read_email


@pytest.mark.parametrize(
    ("typed", "email"),
    [
        (" Jane.Doe@Larkfield.EXAMPLE ", "Jane.Doe@larkfield.example"),
        ("Jane Doe <jane@acme.co.uk>", "jane@acme.co.uk"),
        ("mailto:jane@acme.co.uk", "jane@acme.co.uk"),
        ("jane@form.test", "jane@form.test"),
        ("info@Müller.de", "info@xn--mller-kva.de"),
        ("jürgen@müller.de", "jürgen@müller.de"),
        ("ja\u200bne@acme.co.uk", "jane@acme.co.uk"),
        ("jane＠acme.co.uk", "jane@acme.co.uk"),
        ("ｊａｎｅ＠ａｃｍｅ．ｃｏ．ｕｋ", "jane@acme.co.uk"),
        ("jane@acme.co.uk.", "jane@acme.co.uk"),
        ("<jane@acme.co.uk>,", "jane@acme.co.uk"),
        ("'jane@acme.co.uk'", "jane@acme.co.uk"),
        ("MAILTO:jane@acme.co.uk?subject=Hi", "jane@acme.co.uk"),
        ("jane@acme.co.uk (work)", "jane@acme.co.uk"),
        ("e-mail: jane@acme.co.uk", "jane@acme.co.uk"),
        ("jane@acme.co.uk/", "jane@acme.co.uk"),
        ("http://jane@acme.co.uk", "jane@acme.co.uk"),
        ("jane@acme.co.uk jane@acme.co.uk", "jane@acme.co.uk"),
        ("jane @ acme.co.uk", "jane@acme.co.uk"),
        ("jane(at)acme.co.uk", "jane@acme.co.uk"),
        ("jane [at] acme [dot] co [dot] uk", "jane@acme.co.uk"),
        ("jane at acme dot example", "jane@acme.example"),
        ("jane(@)acme.co.uk", "jane@acme.co.uk"),
        ("jane﹫acme.co.uk", "jane@acme.co.uk"),
        ("jane%40acme.co.uk", "jane@acme.co.uk"),
        ("jane@acme.co.uk%20", "jane@acme.co.uk"),
        ("jane@acme.co. uk", "jane@acme.co.uk"),  # and not jane@acme.co, which is somebody else's
        ("jane@acme .co.uk", "jane@acme.co.uk"),
        ("jane@acme.com. Thanks", "jane@acme.com"),
    ],
)
def test_an_email_address_becomes_regular(typed: str, email: str) -> None:
    assert read_email(typed) == (email, None)


@pytest.mark.parametrize(
    "typed",
    [
        "jane",
        "jane@",
        "jane@localhost",
        "ask a@b.example or who sits at that desk then",
        "jane@10.0.0.1",
        "x" * 9999,
    ],
)
def test_what_is_no_email_address_is_left_out_with_a_problem(typed: str) -> None:
    email, problem = read_email(typed)
    assert email is None
    assert problem
    assert (problem.field, problem.code) == ("email", "invalid")


@pytest.mark.parametrize(
    "typed", ["a@b.example, c@d.example", "a@b.example or c@d.example", "a@b.example\nBcc: c@d.example"]
)
def test_of_two_addresses_the_first_counts_and_that_is_told(typed: str) -> None:
    email, problem = read_email(typed)
    assert email == "a@b.example"
    assert problem and problem.code == "unclear"


def test_two_spellings_of_one_address_are_one_person() -> None:
    first, second = read_email("Jane@ACME.example")[0], read_email("jane@acme.example")[0]
    assert first != second
    assert person_key(first or "") == person_key(second or "")
    assert person_key("j.doe@gmail.com") != person_key("jdoe@gmail.com")


def test_a_slip_in_a_well_known_provider_is_told_and_not_changed() -> None:
    email, problem = read_email("tom.rees@gmial.com")
    assert email == "tom.rees@gmial.com"
    assert (
        problem and problem.message == "The address may be mistyped: is gmail.com meant? Nothing was changed."
    )
    assert read_email("tom@rees.example")[1] is None
