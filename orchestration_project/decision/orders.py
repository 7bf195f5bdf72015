"""Orders in a stranger's text: to a language model that reads it, or, by way of a model, to us.

A text is folded first, so that look-alike and spaced letters hide nothing. The patterns are in
`lists/orders.txt`; what follows from an order is decided in `second_opinion.py`.
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache

from orchestration_project.decision.genuine.fold import fold
from orchestration_project.decision.lists import sections
from orchestration_project.model import Context, Frozen

_TAGS = re.compile("[\U000e0020-\U000e007e]")
"""Characters that no screen shows, each standing for a letter."""
_LONGEST = 8_000
_PART = re.compile(r"<([A-Z]+)>")


class Order(Frozen):
    where: str  # "the message"
    says: str  # "says to set its rules aside"
    quote: str


def orders(context: Context) -> tuple[Order, ...]:
    """What in anything that a model reads of a lead is meant for the model; the first of each place."""
    return tuple(
        Order(where=where, says=found[0], quote=found[1])
        for where, text in texts(context)
        if (found := order_in(text)) is not None
    )


@lru_cache(maxsize=256)  # of the same texts, the scorer and the second opinion both ask
def order_in(text: str) -> tuple[str, str] | None:
    """What it says, and the words; None where it gives no order."""
    hidden = "".join(chr(ord(letter) - 0xE0000) for letter in _TAGS.findall(text[:_LONGEST]))
    whole, end = fold(text).text, fold(text[-2_000:]).text
    # the lines as they are, since a note to the system stands at the beginning of one
    lines = text[:_LONGEST] if text[:_LONGEST].lower() != whole else ""
    for reading in dict.fromkeys((lines, whole, end, hidden)):
        for says, pattern in _patterns().items():
            if reading and (found := pattern.search(reading)):
                return says, " ".join(found.group().split())[:120]
    return None


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
def _patterns() -> dict[str, re.Pattern[str]]:
    listed = sections("orders")
    parts = {name: f"(?:{'|'.join(lines)})" for name, lines in listed.items() if name.isupper()}
    return {
        name: re.compile(_PART.sub(lambda part: parts[part[1]], "|".join(lines)), re.IGNORECASE)
        for name, lines in listed.items()
        if not name.isupper()
    }
