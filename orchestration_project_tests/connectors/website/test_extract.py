"""What text a page has, whatever its bytes are."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration_project.connectors.website.extract import extract

URL = "https://acme.com/"


@pytest.mark.parametrize(
    ("charset", "encoding", "head"),
    [
        ("iso-8859-1", "iso-8859-1", ""),
        (None, "utf-8", ""),
        (None, "windows-1252", "<meta charset=windows-1252>"),
        ("no-such-charset", "utf-8", ""),
        ("utf-8", "utf-8", "<meta charset=iso-8859-1>"),
        ("UTF8", "utf-8", ""),
        ("Latin1", "latin-1", ""),
    ],
)
def test_the_charset_is_respected(charset: str | None, encoding: str, head: str) -> None:
    html = f"<html><head>{head}</head><body><p>Café Müller größer, seit 1921 in Köln.</p></body></html>"
    page = extract(URL, html.encode(encoding), charset)
    assert page is not None
    assert "Café Müller größer" in page.text


def test_broken_characters_cost_only_themselves() -> None:
    page = extract(URL, "<p>Café Müller, ".encode() + b"\xff\xfe bolts since 1921.</p>", "utf-8")
    assert page is not None
    assert "Café Müller" in page.text
    assert "bolts since 1921" in page.text


def test_a_page_that_only_a_script_fills_has_no_text() -> None:
    html = (
        b"<html><head><title>App</title></head><body><noscript>Please enable JavaScript to run this app."
        b"</noscript><div id=root></div><script>document.write('Hello, we make bolts')</script></body></html>"
    )
    assert extract(URL, html, None) is None


@pytest.mark.parametrize("html", [b"", b"   ", b"<!-- -->", b"<html></html>", b"<?xml version='1.0'?>"])
def test_an_empty_page_has_no_text(html: bytes) -> None:
    assert extract(URL, html, None) is None


def test_a_long_page_is_cut() -> None:
    html = b"<html><head><title>" + b"t" * 999 + b"</title></head><body>" + b"<p>We make bolts.</p>" * 2000
    page = extract(URL, html, None)
    assert page is not None
    assert len(page.text) == 6000
    assert len(page.title or "") == 200


def test_scripts_styles_and_comments_are_no_text() -> None:
    html = b"<body><p>We make bolts.</p><script>alert(1)</script><style>p{}</style><!-- hidden --></body>"
    page = extract(URL, html, None)
    assert page is not None
    assert page.text == "We make bolts."


@settings(max_examples=60)
@given(
    st.binary(max_size=300) | st.sampled_from([b"a&#0;b", b"a&#xD800;b", b"a\x00b"]),
    st.sampled_from([None, "utf-8", "utf-16", "latin-1", "idna", "hex", "\x00"]),
)
def test_no_bytes_make_it_fail_or_give_text_that_cannot_be_kept(html: bytes, charset: str | None) -> None:
    page = extract(URL, b"<html><title>" + html + b"</title><body><p>bolts " + html, charset)
    text = (page.title or "") + page.text if page else ""
    assert "\x00" not in text  # which no database keeps
    assert text.encode("utf-8") is not None
