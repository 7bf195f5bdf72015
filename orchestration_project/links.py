"""What a link or an e-mail address is in a text that a stranger, or a model that read one, has written.

Reading what is behind a link belongs to the website connector; characters that hide one, to `text.py`.
"""

import re
from functools import cache, lru_cache
from typing import TYPE_CHECKING

from orchestration_project.text import as_shown, without_hidden

if TYPE_CHECKING:
    from linkify_it import LinkifyIt
    from publicsuffixlist import PublicSuffixList

_SPACES = re.compile(r"\s+")
# wider than what a mail server takes: an address of an inner network is one, too
_EMAIL = re.compile(r"(?<![^\s@<>()\[\],;:\"'])[^\s@<>()\[\],;:\"']+@[^\s@<>()\[\],;:\"']*\w")
_WWW = re.compile(r"\bwww\.\S+", re.IGNORECASE)
_REMOVED = "[link removed]"

# Browsers read the ideographic full stop as the dot of a domain.
_DOTS = str.maketrans("\u3002", ".")
# What mail programs make clickable without a public domain: me@intranet, app://open, \\server\share. (What
# ends in @ counts: a template's comma may come right behind it.)
# And `=?`, which begins an encoded word: a mail header that holds one shows what it decodes to.
_LINKLIKE = re.compile(
    r"\S@ | [/\\]{2} | \bwww\. | \b(?:mailto|tel|sms|file|javascript|data):\S | \d(?:\.\d{1,3}){3} | =\?",
    re.VERBOSE | re.IGNORECASE,
)
# What may be the last part of a domain. The ASCII reading counts, too: some programs end a link at the
# first other letter. (linkify-it is made to find well-set links and overlooks those in odd company.)
_ENDING = re.compile(r"(?<=[^\s.])\.(?=([A-Za-z]*)([^\W\d_]*)(--)?)")


def has_link(text: str) -> bool:
    """Would any program that shows the text make something of it clickable? Rather too often yes than once
    too little: whoever asks leaves the text out, and a sentence with a hole is worse than none."""
    # in each reading: a character that one program leaves out ends a word for another
    readings = (as_shown(text), without_hidden(text), text)
    return any(is_link(word) for reading in readings for word in reading.split())


def is_link(word: str) -> bool:
    """The same of one word, as `as_shown` gives it."""
    return bool(_LINKLIKE.search(word)) or _has_domain(word.translate(_DOTS))


@lru_cache(maxsize=256)  # a text is asked about several times
def links_in(text: str) -> tuple[str, ...]:
    """Well-set links as they stand in the text, e-mail addresses left out."""
    found = [each.text for each in _finder().match(text) or () if each.schema != "mailto:"]
    # what begins with www. is meant as a link, whatever its ending
    said = (each.group().rstrip(".,;:!?)") for each in _WWW.finditer(text))
    told = "\n".join(found)
    return (*found, *(each for each in said if each not in told))


def mask_emails(text: str, mask: str) -> str:
    """The text with `mask` in place of each e-mail address."""
    return _EMAIL.sub(lambda _: mask, text)


def without_links(text: str) -> str:
    """The text on one line, with `[link removed]` in place of each link and e-mail address."""
    text = _WWW.sub(_REMOVED, mask_emails(without_hidden(text), _REMOVED))
    pieces: list[str] = []
    end = 0
    for found in _finder().match(text) or ():
        pieces += [text[end : found.index], _REMOVED]
        end = found.last_index
    return _SPACES.sub(" ", "".join([*pieces, text[end:]])).strip()


@cache
def _finder() -> "LinkifyIt":
    from linkify_it import LinkifyIt  # noqa: PLC0415 - commands that look at no text are spared it
    from linkify_it.tlds import TLDS  # noqa: PLC0415 - as above

    # by itself it knows two-letter domains and a few more; forms bring .app, .online and the rest
    return LinkifyIt(options={"fuzzy_ip": True}).tlds(TLDS)


def _has_domain(word: str) -> bool:
    return any(
        punycode or _is_top_level(ascii_part.lower()) or _is_top_level((ascii_part + rest).lower())
        for ascii_part, rest, punycode in _ENDING.findall(word)
    )


def _is_top_level(label: str) -> bool:
    return _suffixes().publicsuffix(label) == label


@cache
def _suffixes() -> "PublicSuffixList":
    from publicsuffixlist import PublicSuffixList  # noqa: PLC0415 - as above

    return PublicSuffixList(accept_unknown=False, only_icann=True)
