"""What unwanted mail speaks of, in families: one family alone is in many a genuine message, and says nothing.

How much families count together is for the text model and `signs.py`. The patterns are in `lists/pitch.txt`.
"""

import re
from collections.abc import Mapping
from functools import cache, lru_cache

from orchestration_project.decision.lists import sections

MESSENGERS = re.compile(r"t\.me/|wa\.me/|@\w{5,} (?:on|in) telegram|telegram ?[:@]|whats ?app ?[:+]")


@lru_cache(maxsize=256)  # as `fold` is
def families(folded: str) -> Mapping[str, tuple[str, ...]]:
    """By family, the different things that are said of it, in order. Of a text as `fold` gives it."""
    found = {
        name: tuple(dict.fromkeys(match.group() for match in pattern.finditer(folded)))
        for name, pattern in _families().items()
    }
    return {name: said for name, said in found.items() if said}


@cache
def _families() -> dict[str, re.Pattern[str]]:
    # no \b at the ends: scripts without spaces have no words
    return {
        name: re.compile(rf"(?<![a-z])(?:{'|'.join(lines)})(?![a-z])")
        for name, lines in sections("pitch").items()
    }
