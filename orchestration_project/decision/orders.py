"""Orders in a stranger's text: to a language model that reads it, or, by way of a model, to us.

A text is folded first, so that look-alike and spaced letters hide nothing. The patterns are in
`lists/orders.txt`; what follows from an order is decided in `second_opinion.py`.
"""

import base64
import codecs
import re
from collections.abc import Iterator
from functools import cache, lru_cache

from orchestration_project.decision.genuine.fold import fold
from orchestration_project.decision.lists import sections
from orchestration_project.model import Context, Frozen, Lead

_TAGS = re.compile("[\U000e0020-\U000e007e]")
"""Characters that no screen shows, each standing for a letter."""
_LONGEST = 8_000
_CODES = re.compile(r"(?<![\w/+])[A-Za-z0-9+/]{16,}(?![\w/+])")
_HEX = re.compile(r"(?<!\w)(?:[0-9a-f]{2} ?){8,}(?!\w)", re.IGNORECASE)
_BINARY = re.compile(r"(?<!\w)(?:[01]{8}\s?){4,}(?!\w)")
_TURNED = re.compile(r"vafgehpgvba|cerivbhf|vtaber|fpber|cevbevgl", re.IGNORECASE)
"""Instruction, previous, ignore, score, priority."""
_MOST_CODES = 5
_PART = re.compile(r"<([A-Z]+)>")
_TWO_CASED = re.compile("[\u0130\u0131\u017f\u03c2\u1c80-\u1c88\ufb05\ufb06]")
"""Letters that a pattern without regard to case takes for another one which `lower` does not make of them."""


class Order(Frozen):
    where: str  # "the message"
    says: str  # "says to set its rules aside"
    quote: str


def orders(context: Context) -> tuple[Order, ...]:
    """What in anything that a model reads of a lead is meant for the model; the first of each place."""
    found = tuple(
        Order(where=where, says=says[0], quote=says[1])
        for where, text in texts(context)
        if (says := order_in(text)) is not None
    )
    return (
        found
        or tuple(
            Order(where="the fields together", says=says[0], quote=says[1])
            for text in _together(context.lead)
            if (says := order_in(text)) is not None
        )[:1]
    )


def _together(lead: Lead) -> Iterator[str]:
    """The fields as one text: an order may begin in one and go on in the next, in the middle of a word."""
    fields = [lead.message, *lead.extra.values(), lead.company.name or "", lead.asked_service or ""]
    said = [field.strip() for field in fields if field.strip()]
    if len(said) > 1:
        yield from (between.join(said) for between in (" ", ""))


@lru_cache(maxsize=256)  # of the same texts, the scorer and the second opinion both ask
def order_in(text: str) -> tuple[str, str] | None:
    """What it says, and the words; None where it gives no order."""
    hidden = "".join(chr(ord(letter) - 0xE0000) for letter in _TAGS.findall(text[:_LONGEST]))
    whole, end = fold(text).text, fold(text[-2_000:]).text
    # the lines as they are, since a note to the system stands at the beginning of one
    lines = text[:_LONGEST] if text[:_LONGEST].lower() != whole else ""
    for reading in dict.fromkeys((lines, whole, end, hidden, *_decoded(text[:_LONGEST]))):
        if reading and (found := _first(reading)):
            says, begin, over = found
            return says, " ".join(reading[begin:over].split())[:120]
    return None


def _first(reading: str) -> tuple[str, int, int] | None:
    """What it says, from where to where. Small letters are searched three times as fast as without regard to
    case, since a pattern then knows by which letters it can begin."""
    lowered = None if _TWO_CASED.search(reading) else reading.lower()
    for says, (of_small, of_any) in _patterns().items():
        if found := of_any.search(reading) if lowered is None else of_small.search(lowered):
            return says, found.start(), found.end()
    return None


def _decoded(text: str) -> Iterator[str]:
    """What a model could read in codes: base64, hexadecimal and binary digits; letters turned by thirteen."""
    for code in _CODES.findall(text)[:_MOST_CODES]:
        try:
            yield base64.b64decode(code + "=" * (-len(code) % 4), validate=True).decode()
        except ValueError:
            continue
    for digits, base, size in ((_HEX, 16, 2), (_BINARY, 2, 8)):
        for code in digits.findall(text)[:_MOST_CODES]:
            plain = "".join(code.split())
            pairs = (plain[at : at + size] for at in range(0, len(plain), size))
            yield "".join(chr(int(pair, base)) for pair in pairs)
    if _TURNED.search(text):
        yield codecs.decode(text, "rot13")


def texts(context: Context) -> Iterator[tuple[str, str]]:
    """All that strangers have written and a model reads, with where it stands."""
    lead, page, profile = context.lead, context.website.value, context.company.value
    yield "the message", lead.message
    yield "the company's name", lead.company.name or ""
    yield "the service asked for", lead.asked_service or ""
    for name, value in lead.extra.items():
        yield f"the field {name[:40]}", f"{name}: {value}"
    if page is not None:
        yield "the website", f"{page.title or ''}\n{page.text}"
    if profile is not None:
        yield (
            "the company's profile",
            f"{profile.name or ''} {profile.industry or ''}\n{profile.description or ''}",
        )


@cache
def _patterns() -> dict[str, tuple[re.Pattern[str], re.Pattern[str]]]:
    """Each for small letters, and for any."""
    listed = sections("orders")
    parts = {name: f"(?:{'|'.join(lines)})" for name, lines in listed.items() if name.isupper()}
    made = {
        name: _PART.sub(lambda part: parts[part[1]], "|".join(lines))
        for name, lines in listed.items()
        if not name.isupper()
    }
    return {name: (re.compile(words), re.compile(words, re.IGNORECASE)) for name, words in made.items()}
