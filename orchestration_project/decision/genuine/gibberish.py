"""Letters without words, as machines fill them in: by how often one letter follows another in real words.

The table is made with the weights of the text model; see there.
"""

import re
import unicodedata
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise

from orchestration_project.decision import genuine

LETTERS = 27  # a to z, and the edge of a word
_WORD = re.compile(r"[^\W\d_]+")
_SHORTEST = 5
_ODD = -3.95
"""Below this mean of the logs of how often each pair of letters occurs, a word is none."""
_REPEATED = re.compile(r"(.)\1{3,}")
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm", "qwertzuiop", "azertyuiop")


def gibberish_share(text: str) -> float:
    """How much of the letters are in words that are none; 0 where there is no word long enough to tell."""
    words = [word for word in _WORD.findall(text[:2_000]) if len(word) >= _SHORTEST and _is_latin(word)]
    letters = sum(len(word) for word in _WORD.findall(text[:2_000]))
    odd = sum(len(word) for word in words if is_gibberish(word))
    return odd / letters if letters else 0.0


@lru_cache(maxsize=4096)  # people use the same words
def is_gibberish(word: str) -> bool:
    """Of a word of five Latin letters or more."""
    lower = word.casefold()
    if _REPEATED.search(lower) or any(lower in row + row for row in _ROWS):
        return True
    # QxGhTzRwKp: capitals in the middle of small letters, more than in McDonald or iPhone
    turns = sum(a.islower() and b.isupper() for a, b in pairwise(word))
    if turns >= 3 or (turns == 2 and mean(lower) < _ODD + 0.6):  # noqa: PLR2004 - see above
        return True
    return mean(lower) < (_ODD if len(word) > 6 else _ODD - 0.15)  # noqa: PLR2004 - a short word tells less


def mean(word: str) -> float:
    pairs = pairs_of(word)
    table = _table()
    return sum(table[pair] for pair in pairs) / len(pairs) if pairs else 0.0


def pairs_of(word: str) -> list[int]:
    plain = unicodedata.normalize("NFKD", word.casefold())
    places = [0, *(ord(letter) - 96 for letter in plain if "a" <= letter <= "z"), 0]
    return [a * LETTERS + b for a, b in pairwise(places)]


@cache
def _table() -> tuple[float, ...]:
    data = (files(genuine) / "letters.bin").read_bytes()
    return tuple(-byte / 25 for byte in data)


def _is_latin(word: str) -> bool:
    return all(letter < "\u0250" or "\u1e00" <= letter < "\u1f00" for letter in word)
