"""Text from a form loses its links, its hidden characters and its line breaks, and nothing else."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from orchestration_project.action.safe_text import harmless, markdown_escape
from orchestration_project_tests.data_sets import naughty_strings
from orchestration_project_tests.test_links import LINKS, ORDINARY

LINK = re.compile(r"[a-z0-9]\.(com|org|click|zip)(?![a-z0-9])|https?:/|\S@\S|//", re.ASCII | re.IGNORECASE)

hostile = st.lists(
    st.one_of(
        st.text(max_size=8),
        st.sampled_from(
            [
                "evil.com",
                "https://evil.org/a?b",
                "evil",
                ".click",
                "a@b.com",
                "@",
                ".",
                "//",
                "。com",
                "ｃｏｍ",
            ]
        ),
        st.sampled_from(["\u200b", "\u202e", "\u00ad", "\ufe0f", "\u3164", "\r\n", "\x00", "\u2028", " "]),
    ),
    max_size=12,
).map("".join)


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_words_stay_as_they_are(text: str) -> None:
    assert harmless(text, 80) == text


@pytest.mark.parametrize("link", LINKS)
def test_a_link_goes_and_the_words_around_it_stay(link: str) -> None:
    assert harmless(f"see {link} now", 80) == "see now"


def test_line_breaks_and_control_characters_become_blanks() -> None:
    assert harmless("a\r\nBcc: b\x00c\u2028d\te", 80) == "a Bcc: b c d e"


def test_hidden_and_reordering_characters_go() -> None:
    assert harmless("Ja\u200bne \u202eeoD\u202c\ufeff\u3164", 80) == "Jane eoD"


def test_a_long_text_is_cut_at_a_word() -> None:
    assert harmless("one two, three", 12) == "one two"
    assert harmless("abcdefghij", 4) == "abcd"


def test_the_cut_makes_no_new_domain() -> None:
    assert harmless("an evil.comfort", 80) == "an evil.comfort"
    assert harmless("evil.comfort", 8) == ""


@pytest.mark.parametrize("text", ["", " ", "...", "-!-", "\u202e", "👍"])
def test_what_has_no_letter_or_digit_is_nothing(text: str) -> None:
    assert harmless(text, 80) == ""


@given(hostile, st.integers(1, 60))
def test_whatever_is_written_the_result_is_one_short_line_without_links(text: str, limit: int) -> None:
    result = harmless(text, limit)
    assert len(result) <= limit
    assert result == " ".join(result.split())
    assert not LINK.search(result)
    assert not any(unicodedata.category(character).startswith("C") for character in result)


def test_naughty_strings_become_harmless() -> None:
    strings = naughty_strings()
    for text in strings:
        result = harmless(text, 200)
        assert result.isprintable()
        assert not LINK.search(result)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=40))
def test_markdown_shows_an_escaped_text_as_it_is(text: str) -> None:
    (paragraph,) = MarkdownIt("commonmark").parseInline(f"x{markdown_escape(text)}x")
    assert [token.content for token in paragraph.children or ()] == [f"x{text}x"]
