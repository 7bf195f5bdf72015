"""The readable text of an HTML page. Pure; fetching the page is `reader.py`.

Import it where it is used: its libraries take a fifth of a second, and most commands read no page.
"""

import json
import re
from collections.abc import Iterator

import lxml.etree
import lxml.html
import trafilatura

from orchestration_project.connectors.website.page_bounds import bounded
from orchestration_project.model import WebPage

_MOST_CHARACTERS = 6_000
_LONGEST_TITLE = 200
_LITTLE = 400  # characters
# A page of which there is little more than this says nothing of a company.
_NO_SITE = re.compile(
    r"domain (?:is |may be )?(?:for sale|parked)|(?:buy|purchase) this domain"
    r"|this domain (?:name )?(?:is|has)|parked (?:free|domain)|diese domain (?:ist|steht)"
    r"|domaine (?:est )?[aà] vendre|dominio (?:est[aá] )?en venta|related searches|sedo"
    r"|hugedomains|dan\.com|checking (?:if the site connection|your browser)|just a moment"
    r"|verify (?:that )?you are (?:a )?human|are you a robot|captcha"
    r"|enable javascript and cookies|ray id|ddos protection|access denied|attention required"
    r"|unusual traffic|before you continue to|we value your privacy|we use cookies"
    r"|wir verwenden cookies|nous utilisons des cookies|utilizamos cookies"
    r"|(?:sign|log) in to (?:continue|your account)|please (?:sign|log) in"
    r"|bitte (?:melden sie sich an|einloggen)|forgot (?:your )?password|coming soon"
    r"|under construction|default web page|welcome to nginx|it works!|index of /|site not found"
    r"|account suspended",
    re.IGNORECASE,
)
_HIDDEN = (
    "//*[@hidden or translate(@aria-hidden,'TRUE','true')='true'"
    " or self::template or self::dialog[not(@open)]]"
)
_HIDING = re.compile(
    r"display:none|visibility:(?:hidden|collapse)|opacity:0(?:\.0*)?(?:;|$)"
    r"|font-size:0(?:\.\d+)?(?:px|pt|em|rem|%)?(?:;|$)|text-indent:-\d{3,}"
    r"|(?:left|top|right):-\d{3,}"
    r"|clip(?:-path)?:(?:rect\(0|inset\(100%)|(?:max-)?(?:height|width):0(?:px)?(?:;|$)|transform:scale\(0\)"
)
_COLOUR = re.compile(r"(?<![-\w])(background(?:-color)?|color):([^;]+)")


def extract(url: str, html: bytes, charset: str | None) -> WebPage | None:
    """Title and text; None for a page without text, such as one that a script fills in.

    `charset` is what the server said; without it UTF-8 counts if it fits, else what the page says."""
    try:
        html = bounded(html)
        tree = lxml.html.document_fromstring(html, parser=_parser(html, charset))
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError):
        return None  # empty, or nothing in it that a browser would show
    told = tuple(_told_beside(tree))
    _drop_hidden(tree)
    lxml.etree.strip_elements(tree, "script", "noscript", "style", "template", with_tail=False)
    title = " ".join((tree.findtext(".//title") or "").split())[:_LONGEST_TITLE]
    # given the tree and never the bytes, which it would try to decompress
    text = (trafilatura.extract(tree, fast=True, favor_recall=True, include_comments=False) or "").strip()
    if len(text) < _LITTLE and _NO_SITE.search(f"{title}\n{text}"):
        return None
    if len(text) < _LITTLE:
        # a script draws the page: what it tells search engines is all there is
        text = "\n".join(dict.fromkeys([*filter(None, [text]), *told]))
    if not any(letter.isalnum() for letter in text):
        return None
    return WebPage(url=url, title=title or None, text=text[:_MOST_CHARACTERS])


def _told_beside(tree: lxml.html.HtmlElement) -> Iterator[str]:
    """What the page says of itself to machines: its description, and the company in JSON-LD."""
    for meta in tree.iterfind(".//meta"):
        if (meta.get("name") or meta.get("property") or "").lower() in ("description", "og:description"):
            yield " ".join((meta.get("content") or "").split())[:600]
    for script in tree.iterfind(".//script"):
        if (script.get("type") or "").lower() == "application/ld+json":
            yield from _of_json_ld(script.text or "")


def _of_json_ld(text: str) -> Iterator[str]:
    try:
        found = json.loads(text[:50_000])
    except (ValueError, RecursionError):
        return
    things = (
        found if isinstance(found, list) else found.get("@graph", [found]) if isinstance(found, dict) else []
    )
    for thing in things[:20]:
        if isinstance(thing, dict):
            said = (thing.get(name) for name in ("name", "description", "slogan"))
            yield ". ".join(" ".join(each.split())[:600] for each in said if isinstance(each, str))


def _drop_hidden(tree: lxml.html.HtmlElement) -> None:
    """What a visitor does not see, a model does not read."""
    hidden = list(tree.xpath(_HIDDEN))
    for element in tree.iterfind(".//*[@style]"):
        style = "".join((element.get("style") or "").lower().split())
        colours = {name[:5]: value for name, value in _COLOUR.findall(style)}
        if _HIDING.search(style) or (len(colours) > 1 and len(set(colours.values())) == 1):
            hidden.append(element)
    for element in hidden:
        if element.getparent() is not None and element.tag not in ("html", "body"):
            element.drop_tree()


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
