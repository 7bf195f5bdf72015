"""What counts as a link is said once, for the model's words as for a form's."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration_project.links import has_link, links_in, without_links

ORDINARY = [
    "Jane Doe",
    "J.R.R. Tolkien",
    "O'Brien-Smith",
    "Smith & Sons (UK) Ltd.",
    "Zoë Ångström",
    "山田太郎",
    "Ελένη Παπαδοπούλου",
    "Node.js Ltd.",
    "open from 9.30 to 17.00, e.g. on Mondays",
    "£1.500,00 a month",
    "你好。我是王。",
]
LINKS = [
    "https://evil.example/x",
    "HTTP://EVIL",
    "www.evil",
    "evil.com",
    "evil.zip",
    "(evil.co.uk)",
    "evil.com.",
    "evil.comÄ",
    "-evil.com-x",
    "evil。com",
    "ｅｖｉｌ．ｃｏｍ",
    "пример.рф",
    "xn--e1afmkfd.xn--p1ai",
    "ev\u200bil.c\u00adom",
    "me@evil.com",
    "me@intranet",
    "tel:+4412345678",
    "javascript:alert(1)",
    "app://open",
    "\\\\server\\share",
    "192.168.0.1",
    "[click](http://evil.com)",
    "=?utf-8?q?evil=2Ecom?=",
]

PIECES = [
    *["evil", ".", "com", "рф", ":", "//", "@", "www.", "mailto:", "192.168.1.1", "-", "(", "。"],
    " ",
    "\u200b",
    "\U00018cd6",
]


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_words_are_no_link(text: str) -> None:
    assert not has_link(text)


@pytest.mark.parametrize("link", LINKS)
def test_a_link_is_found_among_words(link: str) -> None:
    assert has_link(f"see {link} now")


@given(st.lists(st.sampled_from(PIECES) | st.text(max_size=3), max_size=8).map("".join))
def test_whatever_a_lenient_search_finds_is_a_link(text: str) -> None:
    if links_in(text) or "[link removed]" in without_links(text):
        assert has_link(text)


def test_links_are_replaced_and_what_hides_them_goes() -> None:
    assert without_links("See\n evil\u200b.com, me@evil.com\u3164 or www.evil.") == (
        "See [link removed], [link removed] or [link removed]"
    )


def test_what_begins_with_www_is_a_link_whatever_its_ending() -> None:
    assert links_in("see www.evil.example/x, or (www.other.test).") == (
        "www.evil.example/x",
        "www.other.test",
    )
    assert links_in("see www.evil.com now") == ("www.evil.com",)
