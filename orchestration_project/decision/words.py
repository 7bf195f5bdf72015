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
    alternatives = "|".join(map(_and_its_plural, ordered))
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)" if ordered else r"(?!)", re.IGNORECASE)


_LEAST = 4
"""Letters of a word that is also looked for in the plural: with an s, "vat" would find other things."""
_HAS_A_PLURAL = re.compile(rf"(?:^|\s)[a-z-]*[a-z]{{{_LEAST - 1}}}[a-rt-z]$", re.IGNORECASE)
_TO_IES = re.compile(r"[^aeiou]y$", re.IGNORECASE)
_TO_ES = re.compile(r"(?:x|z|ch|sh)$", re.IGNORECASE)


def _and_its_plural(phrase: str) -> str:
    """Of the last word, as English makes one: deadlines, vacancies, taxes."""
    words = r"\s+".join(map(re.escape, phrase.split()))
    if not _HAS_A_PLURAL.search(phrase):
        return words
    if _TO_IES.search(phrase):
        return f"{words[:-1]}(?:y|ies)"
    return f"{words}(?:es)?" if _TO_ES.search(phrase) else f"{words}s?"


def find_phrases(text: str, phrases: tuple[str, ...]) -> Iterator[re.Match[str]]:
    """Every place where one of the phrases stands as whole words, whatever its case, or in the plural."""
    return _pattern(phrases).finditer(text)


def affirmed(text: str, phrases: tuple[str, ...]) -> Iterator[re.Match[str]]:
    """The same without those of which somebody says that they do not want them: "we do not need payroll"."""
    found = list(find_phrases(text, phrases))
    stretches = refused(text) if found else ()
    return (match for match in found if not is_refused(text, *match.span(), stretches))


def distinct_phrases(text: str, phrases: tuple[str, ...]) -> frozenset[str]:
    """The phrases that occur, each once however often it is repeated, in singular or plural."""
    return _distinct(find_phrases(text, phrases))


def distinct_affirmed(text: str, phrases: tuple[str, ...]) -> frozenset[str]:
    """Of `affirmed`, each phrase once."""
    return _distinct(affirmed(text, phrases))


def _distinct(found: Iterator[re.Match[str]]) -> frozenset[str]:
    each = (" ".join(match.group().casefold().split()) for match in found)
    return frozenset({_singular(phrase): phrase for phrase in each}.values())


def _singular(phrase: str) -> str:
    """Only to tell whether two are one word: what comes out need not be one."""
    return re.sub(r"(?<=[^aeious])ies$", "y", phrase).removesuffix("s").removesuffix("e")


def without_phrases(text: str, phrases: tuple[str, ...]) -> str:
    return _pattern(phrases).sub(" ", text)


def word_count(text: str) -> int:
    return len(text.split())
