"""Finding the playbook's words and phrases in a text.

What a hit means is decided by the callers.
"""

import re
from collections.abc import Iterator
from functools import lru_cache


@lru_cache(maxsize=256)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    # the longest first, so that "auto-enrolment" is not found as "auto"
    ordered = sorted({phrase.strip() for phrase in phrases if phrase.strip()}, key=len, reverse=True)
    alternatives = "|".join(r"\s+".join(map(re.escape, phrase.split())) for phrase in ordered)
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)" if ordered else r"(?!)", re.IGNORECASE)


def find_phrases(text: str, phrases: tuple[str, ...]) -> Iterator[re.Match[str]]:
    """Every place where one of the phrases stands as whole words, whatever its case."""
    return _pattern(phrases).finditer(text)


def distinct_phrases(text: str, phrases: tuple[str, ...]) -> frozenset[str]:
    """The phrases that occur, each once however often it is repeated."""
    return frozenset(" ".join(match.group().casefold().split()) for match in find_phrases(text, phrases))


def without_phrases(text: str, phrases: tuple[str, ...]) -> str:
    return _pattern(phrases).sub(" ", text)


def word_count(text: str) -> int:
    return len(text.split())
