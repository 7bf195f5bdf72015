"""One reading of a text for all who look for words in it: look-alike letters, hidden characters, spaced and
numbered letters are what a reader takes them for.

What is found in the text is for the callers to say.
"""

import re
import unicodedata
from functools import cache, lru_cache

from orchestration_project.model import Frozen
from orchestration_project.text import as_shown

LONGEST = 6_000
"""Characters that are looked at: whoever has something to say has said it by then."""
_SPACED = re.compile(r"(?<!\w)(?:[^\W\d_](?:\s|[.\-_*·|]{1,2})){3,}[^\W\d_](?!\w)")
_BETWEEN = re.compile(r"[\s.\-_*·|]+")
# possessive: a word that fails is left at once, a long code of letters and digits would take years otherwise
# an address of a mailbox is nobody's disguise; bounded, or a long row of letters would take as long
_ADDRESS = r"[\w.+\-]{1,64}+@[\w\-]++\.\w"
_NUMBERED = re.compile(rf"(?<![\w@./])(?!{_ADDRESS})[a-z]++[013457@$!|]++[a-z][a-z013457@$!|]*+(?!\w)")
_BORDERS = re.compile(r"[!|]")
_WORD = 3  # letters
_NUMBERS = str.maketrans("013457@$!|", "oieastasil")


class Folded(Frozen):
    text: str  # one line, lower case
    disguised: int  # words that were written so that a machine does not read them


@lru_cache(maxsize=256)  # all who look at a lead ask for the same few texts
def fold(text: str) -> Folded:
    """Of at most LONGEST characters."""
    shown = as_shown(text[:LONGEST])
    plain, mixed = _as_latin(shown)
    plain = unicodedata.normalize("NFC", plain.casefold())
    disguised = mixed

    def join(found: re.Match[str]) -> str:
        nonlocal disguised
        disguised += 1
        return _BETWEEN.sub("", found.group())

    def letters(found: re.Match[str]) -> str:
        nonlocal disguised
        pieces = _BORDERS.split(found.group())
        if all(piece.isalpha() and len(piece) >= _WORD for piece in pieces):
            return found.group()  # two words and no space: "great!thanks"
        disguised += 1
        return found.group().translate(_NUMBERS)

    return Folded(text=_NUMBERED.sub(letters, _SPACED.sub(join, plain)), disguised=disguised)


def _as_latin(text: str) -> tuple[str, int]:
    """In a text of Latin letters, letters of others that look like them are these; and how many words had
    such letters beside Latin ones."""
    if text.isascii():
        return text, 0
    foreign = {letter for letter in text if _script(letter) in ("CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE")}
    latin = sum("a" <= letter.lower() <= "z" for letter in text)
    if not foreign or sum(letter in foreign for letter in text) * 2 > latin:
        return text, 0
    mixed = sum(
        any(letter in foreign for letter in word) and any("a" <= letter.lower() <= "z" for letter in word)
        for word in text.split()
    )
    return text.translate({ord(letter): _look_alike(letter) for letter in foreign}), mixed


def _script(letter: str) -> str:
    return "" if letter < "\u0370" else unicodedata.name(letter, "").partition(" ")[0]


@cache
def _look_alike(letter: str) -> str:
    # its tables take a fifth of a second, and few texts need them
    from confusable_homoglyphs import confusables  # noqa: PLC0415

    for other in confusables.confusables_data.get(letter, ()):
        if len(other["c"]) == 1 and "a" <= other["c"].lower() <= "z":
            return other["c"]
    return letter
