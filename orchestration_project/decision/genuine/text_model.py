"""The text model: how much the words of a submission are like unwanted ones. Weights over hashed words and
parts of words, so it reads many languages, loads in a millisecond and needs no library.

The weights are made by `benchmarks/train_genuine.py`; what a firm's own labels add
to them is learned in `history/evaluation/own_words.py`.
"""

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import combinations, islice, pairwise
from zlib import crc32

from orchestration_project.decision import genuine
from orchestration_project.decision.genuine.fold import LONGEST, fold
from orchestration_project.decision.genuine.pitch_words import asks, families
from orchestration_project.model import Frozen

BUCKETS = 1 << 17
_HEADER = 16  # bytes: scale and bias as text, in WEIGHTS
_MOST_WORDS = 400
_TELLING = 5  # letters: "with" and "your" explain nothing to a person
_LONG_WORDS = 130
FEW_WORDS = 10
"""Of fewer, each is much of what was said: a text is the less sure the shorter it is."""
_FAMILY = 0.15
"""How much a family of `pitch_words.py` counts beside the words, whose shares' squares add up to 1."""
_PART = 0.3
"""How much a part of a word counts beside a word: it knows other forms of it, and mistakes others for it."""
_MONEY = "_money"
_TOKEN = re.compile(
    r"https?://\S+|www\.\S+|\S+@\S+|[$€£¥₽]\s?\d[\d.,]*|\d[\d.,]*\s?[$€£¥₽%]|[^\W\d_]+|\d+|[!?]"
)
_NO_SPACES = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")


class Reading(Frozen):
    """`logit`: above 0 it is more like unwanted texts. `without_best`: the same without the word that speaks
    most for it. `words`: which do."""

    logit: float
    without_best: float = 0.0
    words: tuple[str, ...] = ()


@lru_cache(maxsize=256)  # as `fold` is: a text's are asked for several times
def tokens(text: str) -> tuple[str, ...]:
    return tuple(_token(found.group()) for found in islice(_TOKEN.finditer(fold(text).text), _MOST_WORDS))


def words_in(text: str) -> int:
    """About how many words there are, also where no space stands between them."""
    return len(tokens(text)) + len(_NO_SPACES.findall(text)) // 2


def names_a_price(text: str) -> bool:
    return _MONEY in tokens(text)


def features(text: str) -> Iterator[tuple[str, str]]:
    """Each feature, with the words it stands for: words, pairs of them, and parts of longer ones."""
    folded = fold(text).text
    said = sorted(families(folded)) + ["asks"] * asks(folded)
    yield from ((f"f {name}", "") for name in said)
    yield from ((f"f {name} {other}", "") for name, other in combinations(said, 2))
    words = tokens(text)
    yield from ((f"p {one} {two}", f"{one} {two}") for one, two in pairwise(words))
    for word in words:
        yield f"w {word}", word
        if word[0] != "_" and len(word) > 3:  # noqa: PLR2004 - a short word is its own part
            for size in (4, 5) if len(word) > 4 else (4,):  # noqa: PLR2004 - as long as the parts
                padded = f" {word} "
                for start in range(len(padded) - size + 1):
                    yield f"c {padded[start : start + size]}", word
        if _NO_SPACES.search(word):
            for start in range(len(word) - 1):
                yield f"c {word[start : start + 2]}", word[start : start + 2]


def bucket(feature: str) -> int:
    return crc32(feature.encode()) % BUCKETS


def counted(text: str) -> dict[int, float]:
    """Each bucket's share: what a text holds, whatever its length."""
    return _shares([(bucket(feature), feature[0]) for feature, _ in features(text)], text)


def _shares(found: Sequence[tuple[int, str]], text: str) -> dict[int, float]:
    """Of each bucket, and what is in it: a word or a pair of them, a part of one, a family."""
    all_of_it = dict(found)
    # a long letter speaks of many things by the way
    of_family = _FAMILY * min(1.0, _LONG_WORDS / len(tokens(text))) if all_of_it else 0.0
    kinds = [*all_of_it.values()]
    parts, families_ = kinds.count("c"), kinds.count("f")
    share = 1 / math.sqrt(len(kinds) - families_ - parts + parts * _PART**2 or 1.0)
    of_kind = {"c": share * _PART, "f": of_family}
    return {each: of_kind.get(kind, share) for each, kind in all_of_it.items()}


def read(text: str, own: Mapping[int, float] | None = None) -> Reading:
    """With the weights that a firm's own labels have added, where there are such."""
    scale, bias, weights = _weights()
    found = [(bucket(feature), feature[0], word) for feature, word in features(text)]
    share = _shares([(each, kind) for each, kind, _ in found], text)
    if not share or not any(map(str.isalpha, text)):
        return Reading(logit=0.0)
    added = own or {}
    per_bucket = {
        each: (_signed(weights[each]) * scale + added.get(each, 0.0)) * part for each, part in share.items()
    }
    by_words: dict[str, float] = {}
    for each, _, word in found:
        if word and word[0] != "_":
            by_words[word] = by_words.get(word, 0.0) + per_bucket[each]
    best = sorted((word for word in by_words if by_words[word] > 0), key=lambda word: -by_words[word])
    told = _telling(best)
    # of a long letter it reads the beginning only, and is the less sure of the whole; a few words say little
    sure = min(1.0, LONGEST / max(1, len(text)), words_in(text) / FEW_WORDS)
    logit = (bias + sum(per_bucket.values())) * sure
    without_best = logit - (by_words[best[0]] if best else 0.0)
    return Reading(
        logit=logit,
        without_best=without_best,
        words=tuple(told[:5]),
    )


def _telling(best: Iterable[str]) -> list[str]:
    """Those that tell a person something: a longer word once, alone or in a pair. `_number` is our word."""
    told: list[str] = []
    for each in (one for one in best if "_" not in one):
        long = [word for word in each.split() if len(word) >= _TELLING or not word.isascii()]
        if long and not any(word in one for word in long for one in told):
            told.append(each)
    return told


def packed(scale: float, bias: float, weights: bytes) -> bytes:
    return f"{scale:.5f}".ljust(8)[:8].encode() + f"{bias:.5f}".ljust(8)[:8].encode() + weights


@cache
def _weights() -> tuple[float, float, bytes]:
    data = (files(genuine) / "weights.bin").read_bytes()
    return float(data[:8]), float(data[8:_HEADER]), data[_HEADER:]


def _signed(byte: int) -> int:
    return byte - 256 if byte > 127 else byte  # noqa: PLR2004 - two's complement


def _token(word: str) -> str:
    if word.startswith(("http", "www.")):
        return "_url"
    if "@" in word[1:]:
        return "_mail"
    if word[0] in "$€£¥₽" or word[-1] in "$€£¥₽":
        return _MONEY
    return "_number" if word[0].isdigit() else word
