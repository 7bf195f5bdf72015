"""Finding the playbook's words and phrases in a text.

What a hit means is decided by the callers; what somebody says they do not want, in `negation.py`.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from orchestration_project.decision.negation import is_refused, refused


@lru_cache(maxsize=256)
def _pattern(phrases: tuple[str, ...]) -> re.Pattern[str]:
    # the longest first, so that "auto-enrolment" is not found as "auto"
    ordered = sorted({phrase.strip() for phrase in phrases if phrase.strip()}, key=len, reverse=True)
    alternatives = "|".join(r"\s+".join(map(re.escape, phrase.split())) for phrase in ordered)
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)" if ordered else r"(?!)", re.IGNORECASE)


def find_phrases(text: str, phrases: tuple[str, ...]) -> Iterator[re.Match[str]]:
    """Every place where one of the phrases stands as whole words, whatever its case."""
    return _pattern(phrases).finditer(text)


def affirmed(text: str, phrases: tuple[str, ...]) -> Iterator[re.Match[str]]:
    """The same without those of which somebody says that they do not want them: "we do not need payroll"."""
    found = list(find_phrases(text, phrases))
    stretches = refused(text) if found else ()
    return (match for match in found if not is_refused(text, *match.span(), stretches))


def distinct_phrases(text: str, phrases: tuple[str, ...]) -> frozenset[str]:
    """The phrases that occur, each once however often it is repeated."""
    return _distinct(find_phrases(text, phrases))


def distinct_affirmed(text: str, phrases: tuple[str, ...]) -> frozenset[str]:
    """Of `affirmed`, each phrase once."""
    return _distinct(affirmed(text, phrases))


def _distinct(found: Iterator[re.Match[str]]) -> frozenset[str]:
    return frozenset(" ".join(match.group().casefold().split()) for match in found)


def without_phrases(text: str, phrases: tuple[str, ...]) -> str:
    return _pattern(phrases).sub(" ", text)


def word_count(text: str) -> int:
    return len(text.split())
