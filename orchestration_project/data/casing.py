"""The usual capitals of a name that was typed in one case only. A name in mixed case is its bearer's own
affair.

No letter is added, dropped or made another one: what has no plain counterpart stays as it was typed.
"""

import re

from orchestration_project.text import words

_PARTICLES = words(
    """
    af al av bin bint da das de degli dei del della delle den der des di do dos du el ibn la las le los op 't
    te ten ter van von zu zum zur
    """
)
_CAPITAL_AFTER = frozenset(["o", "d", "l", "n", "m", "t", "dall", "dell", "dall'", "sant", "nell", "all"])
_NUMBERS = frozenset(["ii", "iii", "iv", "vi", "vii", "viii"])
_TURKISH = frozenset("İıŞşĞğ")
_WORD = re.compile(r"[^\W\d_]+", re.UNICODE)
_SHORTEST_MC = 5


def cased(text: str, beside: str = "") -> str:
    """`JOHN MCDONALD` is John McDonald, `ayşe işik` is Ayşe Işik only where the letters say that she is
    Turkish."""
    if not (text.isupper() or text.islower()):
        return text
    turkish = bool(_TURKISH & set(text + beside))
    words = text.split(" ")
    return " ".join(
        _lower(word, turkish=turkish)
        # a particle is one before a name: as the last word it is a name itself
        if word.casefold() in _PARTICLES and number + 1 < len(words) and (number > 0 or word.islower())
        else _word(word, turkish=turkish)
        for number, word in enumerate(words)
    )


def _word(word: str, *, turkish: bool) -> str:
    if word.casefold().rstrip(".,") in _NUMBERS and word.isupper():
        return word
    pieces: list[str] = []
    end = 0
    for found in _WORD.finditer(word):
        between, part = word[end : found.start()], found[0]
        before = word[: found.start()]
        if between in {"'", "\u2019"} and not _capital_after(before[:-1]):
            part = _lower(part, turkish=turkish)  # Sa'ad, and not Sa'Ad
        else:
            part = _capital(part, turkish=turkish)
        pieces += [between, part]
        end = found.end()
    return "".join([*pieces, word[end:]])


def _capital_after(before: str) -> bool:
    last = re.split(r"[\W\d_]", before)[-1].casefold()
    return last in _CAPITAL_AFTER


def _capital(part: str, *, turkish: bool) -> str:
    if part[:2] == "IJ" and len(part) > 2:  # noqa: PLR2004 - the Dutch letter of two signs
        return part[:2] + _lower(part[2:], turkish=turkish)
    rest = _lower(part[1:], turkish=turkish)
    first = _upper(part[0], turkish=turkish)
    if (first + rest[:1]) == "Mc" and len(part) >= _SHORTEST_MC:
        return "Mc" + _upper(rest[1], turkish=turkish) + rest[2:]
    return first + rest


def _lower(text: str, *, turkish: bool) -> str:
    if turkish:
        text = text.replace("I", "ı").replace("İ", "i")
    # as a whole first: a sigma at a word's end is another letter
    whole = text.lower()
    if len(whole) == len(text):
        return whole
    return "".join(sign.lower() if len(sign.lower()) == 1 else sign for sign in text)


def _upper(sign: str, *, turkish: bool) -> str:
    if turkish and sign == "i":
        return "İ"
    upper = sign.upper()
    return upper if len(upper) == 1 else sign
