"""Making text from outside safe to store, to compare and to show.

What a text means (a name, a number, a message) is decided in the module of that field.
"""

import re
import unicodedata

_JOINERS = "\u200c\u200d"  # Persian and Hindi spell with them, and most emoji are built with them
_NEWLINES = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_MAX_MARKS = 30  # on one letter, as in the Stream-Safe Text Format of Unicode's UAX 15


def storable(text: str) -> str:
    """Without what PostgreSQL and UTF-8 cannot hold: U+0000 goes, a lone surrogate becomes U+FFFD."""
    return text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def one_line(text: str, limit: int) -> str:
    """For names, addresses and the like: nothing invisible, single spaces, at most `limit` characters."""
    # some slack, because spaces are collapsed; the cut keeps a hostile megabyte from costing time
    seen = _visible(storable(text[: 4 * limit]), keep="")
    return _composed(" ".join(seen.split()))[:limit].strip()


def paragraphs(text: str, limit: int) -> str:
    """For messages: line breaks and tabs stay, other control and direction characters go."""
    return _composed(_visible(storable(text[:limit]), keep=_JOINERS))[:limit].strip()


def _visible(text: str, keep: str) -> str:
    # Cf holds the zero-width and bidi characters, and the tag characters that hide text from a reader
    return "".join(
        character
        for character in _NEWLINES.sub("\n", text)
        if character in "\n\t" or character in keep or unicodedata.category(character) not in {"Cc", "Cf"}
    )


def _composed(text: str) -> str:
    """NFC. Long runs of combining marks are cut first: normalising them takes quadratic time."""
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MAX_MARKS:
            kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept))
