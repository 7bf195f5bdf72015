"""What of a submission may be quoted, and whether a quote really stands there.

What follows from a made-up quote is decided in `answer.py`.
"""

import re
import unicodedata

from orchestration_project.model import Lead

_WORD = re.compile(r"\w+")
_SHORTEST = 2  # letters; less stands in every text, and proves nothing


def quotable(lead: Lead) -> tuple[str, ...]:
    """What the person wrote or chose, text by text."""
    texts = (lead.message, lead.asked_service, lead.company.name, *lead.extra.values())
    return tuple(text for text in texts if text)


def sort_quotes(quotes: list[str], lead: Lead, said_before: str = "") -> tuple[list[str], list[str]]:
    """The quotes that occur in the submission, or in what the same person said a short time before, and those
    that do not. Blank ones are neither."""
    texts = [_plain(text) for text in (*quotable(lead), said_before)]
    occur: list[str] = []
    made_up: list[str] = []
    for quote in quotes:
        wanted = _plain(quote)
        if not wanted:
            continue
        found = len(wanted) >= _SHORTEST and any(wanted in text for text in texts)
        (occur if found else made_up).append(quote.strip())
    return occur, made_up


def _plain(text: str) -> str:
    """The words alone: a model sets quote marks, dashes, dots and line breaks its own way."""
    return " ".join(_WORD.findall(unicodedata.normalize("NFKC", text).casefold()))
