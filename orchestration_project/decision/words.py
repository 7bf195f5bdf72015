"""Finding the playbook's words and phrases in a text.

What a hit means is decided by the callers; what somebody says they do not want, in `negation.py`.
"""

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache

from orchestration_project.decision.negation import is_refused, refused

_CHOICE = re.compile(r"(?:^|(?<=[,;|])) ?[^\s,;|]+(?=[,;|]|$)", re.MULTILINE)
_SHORTEST = 4  # letters: "some days" is not "some day", and nobody writes VATs
_OF_ONE = frozenset({"a", "an", "one", "this", "that", "each", "every", "next", "last"})
"""A phrase with one of these speaks of one thing: "in the next months" is not next month."""


@lru_cache(maxsize=256)
def _pattern(phrases: tuple[str, ...], *, exactly: bool = False) -> re.Pattern[str]:
    # the longest first, so that "auto-enrolment" is not found as "auto"
    known = {" ".join(phrase.replace("_", " ").split()) for phrase in phrases}
    ordered = sorted(filter(None, known), key=len, reverse=True)
    alternatives = "|".join(_alternative(phrase, "" if exactly else _ending(phrase)) for phrase in ordered)
    return re.compile(rf"(?<!\w)(?:{alternatives})(?!\w)" if ordered else r"(?!)", re.IGNORECASE)


def _alternative(phrase: str, ending: str) -> str:
    if ending == "ies":
        phrase, ending = phrase[:-1], "(?:y|ies)"
    elif ending:
        ending = f"(?:{ending})?"
    return r"[\s_]+".join(map(re.escape, phrase.split())) + ending


def _ending(phrase: str) -> str:
    """Of the regular English plural of its last word; empty: it has none that would mean the same."""
    *before, word = phrase.casefold().split() or [""]
    letters = word.replace("-", "")
    known = len(letters) >= _SHORTEST and letters.isascii() and letters.isalpha()
    if not known or not _OF_ONE.isdisjoint(before):
        return ""
    if word[-1] == "y" and word[-2] not in "aeiou":
        return "ies"
    return "es" if word.endswith(("s", "x", "z", "ch", "sh")) else "s"


@lru_cache(maxsize=256)
def _phrase_of(phrases: tuple[str, ...]) -> Mapping[str, str]:
    """Which phrase a plural is of; where both are listed they are one."""
    folded = set(map(_folded, phrases))
    endings = {phrase: _ending(phrase) for phrase in folded}
    return {
        (phrase[:-1] if ending == "ies" else phrase) + ending: phrase
        for phrase, ending in endings.items()
        if ending
    }


def _folded(said: str) -> str:
    return " ".join(said.replace("_", " ").casefold().split())


def _as_words(text: str) -> str:
    """A choice of a form's, as in `payroll_for_20_staff`, is words, too, and each stays where it stood. In a
    sentence such a thing is a name."""
    return _spelled_out(text) if "_" in text else text


@lru_cache(maxsize=64)  # each list of words is looked for in the same texts
def _spelled_out(text: str) -> str:
    return _CHOICE.sub(lambda choice: choice[0].replace("_", " "), text)


def find_phrases(text: str, phrases: tuple[str, ...]) -> Iterator[re.Match[str]]:
    """Every place where one of the phrases stands as whole words, whatever its case, or in the plural."""
    return _pattern(phrases).finditer(_as_words(text))


def affirmed(text: str, phrases: tuple[str, ...]) -> Iterator[re.Match[str]]:
    """The same without those of which somebody says that they do not want them: "we do not need payroll"."""
    found = list(find_phrases(text, phrases))
    stretches = refused(found[0].string) if found else ()
    return (match for match in found if not is_refused(match.string, *match.span(), stretches))


def distinct_phrases(text: str, phrases: tuple[str, ...]) -> frozenset[str]:
    """The phrases that occur, each once however often it is repeated."""
    return frozenset(_places(find_phrases(text, phrases), phrases))


def affirmed_places(text: str, phrases: tuple[str, ...]) -> Mapping[str, int]:
    """Of `affirmed`, each phrase once, with where it stands first."""
    return _places(affirmed(text, phrases), phrases)


def _places(found: Iterator[re.Match[str]], phrases: tuple[str, ...]) -> dict[str, int]:
    phrase_of, places = _phrase_of(phrases), dict[str, int]()
    for match in found:
        said = _folded(match.group())
        places.setdefault(phrase_of.get(said, said), match.start())
    return places


def exact_phrases(text: str, phrases: tuple[str, ...]) -> frozenset[str]:
    """The phrases that occur letter by letter, of lists that have the plurals themselves."""
    found = _pattern(phrases, exactly=True).finditer(text)
    return frozenset(_folded(match.group()) for match in found)


def without_exact(text: str, phrases: tuple[str, ...]) -> str:
    return _pattern(phrases, exactly=True).sub(" ", text)


def word_count(text: str) -> int:
    return len(text.split())
