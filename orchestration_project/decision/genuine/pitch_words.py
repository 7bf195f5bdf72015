"""What unwanted mail speaks of, in families: one family alone is in many a genuine message, and says nothing.

How much families count together is for the text model and `signs.py`. The patterns are in `lists/pitch.txt`.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache

from orchestration_project.decision.lists import sections

MESSENGERS = re.compile(r"t\.me/|wa\.me/|@\w{5,} (?:on|in) telegram|telegram ?[:@]|whats ?app ?[:+]")

_PROBE = 12  # words


@lru_cache(maxsize=256)  # as `fold` is
def families(folded: str) -> Mapping[str, tuple[str, ...]]:
    """By family, the different things that are said of it, in order. Of a text as `fold` gives it."""
    found = {
        name: tuple(dict.fromkeys(match.group() for match in pattern.finditer(folded)))
        for name, pattern in _families().items()
    }
    return {name: said for name, said in found.items() if said}


@lru_cache(maxsize=256)
def asks(folded: str) -> bool:
    """Whether it asks a business for something: "we need", "could you quote", "what would it cost"."""
    return bool(_asking().search(folded))


def probes(folded: str) -> bool:
    """Whether it is the sentence with which machines try forms: "I wanted to know your price"."""
    return len(folded.split()) <= _PROBE and bool(_probing().search(folded))


@cache
def _probing() -> re.Pattern[str]:
    return re.compile("|".join(sections("asking")["price_probe"]))


@cache
def _asking() -> re.Pattern[str]:
    return re.compile(rf"(?<![^\W\d_])(?:{'|'.join(sections('asking')['asks'])})")


@cache
def _families() -> dict[str, re.Pattern[str]]:
    # no \b at the ends: scripts without spaces have no words
    return {
        name: re.compile(rf"(?<![a-z])(?:{'|'.join(lines)})(?![a-z])")
        for name, lines in sections("pitch").items()
    }
