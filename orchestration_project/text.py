"""Making text from outside safe to store, to compare and to show: the one place that knows what is not seen.

What a text means (a name, a number, a message) is decided in `data/`; what a link is, in `links.py`.
"""

import re
import unicodedata

JOINERS = "\u200c\u200d"
"""Persian and Hindi spell with them, and most emoji are built with them."""

_NEWLINES = re.compile("\r\n?|[\v\f\x85\u2028\u2029]")
_MAX_MARKS = 30  # on one letter, as in the Stream-Safe Text Format of Unicode's UAX 15
# By Unicode's categories: control characters, lone surrogates, line and paragraph separators; and Cf, which
# holds the zero-width and bidi characters, and the tag characters that hide text from a reader.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Arabic and its kin; Devanagari to Sinhala; Tibetan, Myanmar, Khmer, Mongolian: letters and the marks on
# them.
_SPELLS = re.compile("[\u0620-\u06ff\u0750-\u077f\u08a0-\u08ff\u0900-\u0dff\u0f00-\u109f\u1780-\u18aa]")
# Characters that show nothing but are no format characters to Unicode: fillers and variation selectors.
_FILLERS = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


def words(listed: str) -> frozenset[str]:
    """Of a list that a module writes over several lines."""
    return frozenset(listed.split())


def so_many(number: int, thing: str, things: str = "") -> str:
    """`1 lead`, `2 leads`, `1,200 inquiries`."""
    return f"{number:,} {thing if number == 1 else things or f'{thing}s'}"


def storable(text: str) -> str:
    """Without what PostgreSQL and UTF-8 cannot hold: U+0000 goes, a lone surrogate becomes U+FFFD."""
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def one_line(text: str, limit: int) -> str:
    """For names, addresses and the like: nothing invisible, single spaces, at most `limit` characters."""
    if len(text) <= limit and text.isascii() and text.isprintable():
        return " ".join(text.split())
    # some slack, because spaces are collapsed; the cut keeps a hostile megabyte from costing time
    seen = _within_words(_visible(storable(text[: 4 * limit]), keep=JOINERS))
    return _composed(" ".join(seen.split()))[:limit].strip()


def paragraphs(text: str, limit: int) -> str:
    """For messages of at most `limit` characters: line breaks and tabs stay, other control and direction
    characters go."""
    if len(text) <= limit and text.isascii() and text.isprintable():
        return text.strip()
    return _composed(_visible(storable(text[:limit]), keep=JOINERS))[:limit].strip()


def readable(text: str) -> str:
    """The text as it was written, without characters that hide or reorder what a person sees."""
    return _visible(text, keep=JOINERS).removesuffix("\n")


def as_shown(text: str) -> str:
    """One line of what a reader takes the text for: compatibility forms are plain ones (a full-width e-mail
    address is one, too), nothing invisible is in it, control characters and runs of blanks are one space."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    kept = _within_words(_FILLERS.sub("", text))
    shown = unicodedata.normalize(
        "NFKC", "".join(sign if sign in JOINERS else _as_shown(sign) for sign in kept)
    )
    return " ".join(shown.split())


def without_hidden(text: str) -> str:
    """The text without anything that is not seen, joiners and variation selectors too: for a search that
    must not be led astray. Line breaks and tabs stay."""
    return _FILLERS.sub("", _visible(text, keep=""))


def printed(text: str) -> str:
    """What a service keeps that drops what cannot be printed: no control characters but white space, no
    lone surrogates."""
    return "".join(sign for sign in text if unicodedata.category(sign) not in {"Cc", "Cs"} or sign.isspace())


def _within_words(text: str) -> str:
    """Joiners only where a script spells with them: between letters of Arabic, of India and its neighbours.
    Anywhere else they are there to hide something."""
    if not any(joiner in text for joiner in JOINERS):
        return text
    return "".join(
        sign
        for number, sign in enumerate(text)
        if sign not in JOINERS
        # before a vowel sign a joiner is of no use, and upsets some who draw it
        or (
            number > 0
            and _SPELLS.match(text[number - 1])
            and text[number + 1 : number + 2].isalpha()
            and _SPELLS.match(text[number + 1])
        )
    )


def _visible(text: str, keep: str) -> str:
    # what can be printed is in none of the hidden categories; a line break alone cannot
    if text.replace("\n", "").isprintable():
        return text
    return "".join(
        character
        for character in _NEWLINES.sub("\n", text)
        if character in "\n\t" or character in keep or unicodedata.category(character) not in _HIDDEN
    )


def _as_shown(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Cc", "Zl", "Zp"}:
        return " "
    # of the others, too, that are assigned to nothing: what they look like nobody knows
    return "" if category.startswith("C") else character


def _composed(text: str) -> str:
    """NFC. Long runs of combining marks are cut first: normalising them takes quadratic time."""
    if text.isascii():
        return text
    if not any(map(unicodedata.combining, text)):
        return unicodedata.normalize("NFC", text)
    kept: list[str] = []
    marks = 0
    for character in text:
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MAX_MARKS:
            kept.append(character)
    return unicodedata.normalize("NFC", "".join(kept))
