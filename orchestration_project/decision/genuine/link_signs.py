"""Signs in the links of a submission: how many, of what else there is, and where they lead.

What is written beside them is looked at in `signs.py`, of whom they are in `sender_signs.py`.
"""

import re
from collections.abc import Iterator, Sequence

from orchestration_project.decision.genuine.fold import Folded, fold
from orchestration_project.decision.genuine.pitch_words import MESSENGERS, asks
from orchestration_project.decision.genuine.sign import Sign
from orchestration_project.decision.lists import words
from orchestration_project.links import links_in
from orchestration_project.model import Lead

LOOKED_AT = 5_000  # characters; finding links in a text made to slow us down is not linear
MANY_LINKS = 5
_ASKS = 4  # words
_LETTERS = re.compile(r"[^\W\d_]+")
_HOST = re.compile(r"^[a-z]+:/*")
_SHORTENERS = words("shorteners", "hosts")
_CHEAP = words("given_names", "cheap_domains")
_LINK_WORD = re.compile(r"\[url|<a\s|href=|\[link", re.IGNORECASE)


def link_signs(lead: Lead, message: Folded, own_domain: str) -> Iterator[Sign]:
    text = lead.message[:LOOKED_AT]
    # whoever names a page of the business itself has been there
    links = [
        link for link in links_in(text) if "." in link and not (own_domain and own_domain in _host(link))
    ]
    letters = len("".join(text.split()))
    if len(links) >= MANY_LINKS:
        yield Sign(kind="links", says=f"it has {MANY_LINKS} links or more", weight=5.5)
    elif links and sum(map(len, links)) * 2 >= letters:
        one_thing = _one_thing_asked_for(links, _without(text, links))
        yield Sign(kind="links", says="the message is mostly links", weight=1.5 if one_thing else 5.5)
    elif links and len(re.findall(r"[^\W\d_]+", lead.message)) - 4 * len(links) < 8:  # noqa: PLR2004 - a few words
        yield Sign(kind="links", says="a link, and hardly a word beside it", weight=1.8)
    elif len(links) > 1:
        yield Sign(kind="links", says=f"it has {len(links)} links", weight=0.4 * (len(links) - 1))
    if _LINK_WORD.search(text):
        yield Sign(kind="links", says="it has the markup of a link", weight=5.0)
    if MESSENGERS.search(message.text):
        yield Sign(kind="links", says="it leads to a messenger", weight=1.0)
    hosts = [_host(link) for link in links]
    if any(host in _SHORTENERS or host.partition(".")[2] in _SHORTENERS for host in hosts):
        yield Sign(kind="links", says="it hides where its link leads", weight=2.2)
    elif any(host.endswith(f".{ending}") for host in hosts for ending in _CHEAP):
        yield Sign(kind="links", says="its link is of a cheap kind of domain", weight=1.2)
    if own_domain and own_domain in message.text and hosts:
        yield Sign(kind="links", says="it names your own site, and links to another", weight=1.0)


def _one_thing_asked_for(links: Sequence[str], beside: str) -> bool:
    """A long link and a sentence about it, or some pages of one site and a request: not links and no more."""
    said = len(_LETTERS.findall(beside))
    if len(links) == 1:
        return said >= _ASKS
    return len({_host(link) for link in links}) == 1 and said >= 2 * _ASKS and asks(fold(beside).text)


def _host(link: str) -> str:
    return _HOST.sub("", link.casefold()).partition("/")[0].removeprefix("www.")


def _without(text: str, links: Sequence[str]) -> str:
    for link in links:
        text = text.replace(link, " ")
    return text
