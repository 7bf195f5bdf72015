"""The readable text of an HTML page. Pure; fetching the page is `reader.py`.

Import it where it is used: its libraries take a fifth of a second, and most commands read no page.
"""

import lxml.etree
import lxml.html
import trafilatura

from orchestration_project.model import WebPage

_MOST_CHARACTERS = 6_000
_LONGEST_TITLE = 200


def extract(url: str, html: bytes, charset: str | None) -> WebPage | None:
    """Title and text; None for a page without text, such as one that a script fills in.

    `charset` is what the server said; without it UTF-8 counts if it fits, else what the page says."""
    try:
        tree = lxml.html.document_fromstring(html, parser=_parser(html, charset))
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError):
        return None  # empty, or nothing in it that a browser would show
    lxml.etree.strip_elements(tree, "script", "noscript", "style", "template", with_tail=False)
    title = " ".join((tree.findtext(".//title") or "").split())[:_LONGEST_TITLE]
    # given the tree and never the bytes, which it would try to decompress
    text = trafilatura.extract(tree, fast=True, favor_recall=True, include_comments=False)
    if not text or not text.strip():
        return None
    return WebPage(url=url, title=title or None, text=text.strip()[:_MOST_CHARACTERS])


def _parser(html: bytes, charset: str | None) -> lxml.html.HTMLParser:
    def reading(encoding: str | None) -> lxml.html.HTMLParser:
        return lxml.html.HTMLParser(encoding=encoding, remove_comments=True, remove_pis=True)

    try:
        return reading(charset or _utf8_if_it_fits(html))
    except (LookupError, ValueError):  # the server named a charset that nobody knows
        return reading(_utf8_if_it_fits(html))


def _utf8_if_it_fits(html: bytes) -> str | None:
    try:
        html.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return "utf-8"
