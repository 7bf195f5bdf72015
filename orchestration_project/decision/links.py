"""Finding links and e-mail addresses in a text that a stranger, or a model that read one, has written.

Reading what is behind a link belongs to the website connector.
"""

import re
from functools import cache

from linkify_it import LinkifyIt
from linkify_it.tlds import TLDS

# characters that are not seen, and would hide a link from the search but not from a mail program
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff\U000e0000-\U000e007f]")
_SPACES = re.compile(r"\s+")
# wider than what a mail server takes: an address of an inner network is one, too
_EMAIL = re.compile(r"(?<![^\s@<>()\[\],;:\"'])[^\s@<>()\[\],;:\"']+@[^\s@<>()\[\],;:\"']*\w")
_WWW = re.compile(r"\bwww\.\S+", re.IGNORECASE)
_REMOVED = "[link removed]"


@cache
def _finder() -> LinkifyIt:
    # by itself it knows two-letter domains and a few more; forms bring .app, .online and the rest
    return LinkifyIt(options={"fuzzy_ip": True}).tlds(TLDS)


def links_in(text: str) -> tuple[str, ...]:
    """Links as they stand in the text, e-mail addresses left out."""
    return tuple(found.text for found in _finder().match(text) or () if found.schema != "mailto:")


def mask_emails(text: str, mask: str) -> str:
    return _EMAIL.sub(lambda _: mask, text)


def without_links(text: str) -> str:
    """The text on one line, with `[link removed]` in place of each link and e-mail address."""
    text = _WWW.sub(_REMOVED, mask_emails(_INVISIBLE.sub("", text), _REMOVED))
    pieces: list[str] = []
    end = 0
    for found in _finder().match(text) or ():
        pieces += [text[end : found.index], _REMOVED]
        end = found.last_index
    return _SPACES.sub(" ", "".join([*pieces, text[end:]])).strip()


def has_link(text: str) -> bool:
    """True for a link or an e-mail address."""
    return _REMOVED in without_links(text)
