"""What forms call the fields of a lead in the languages of the world: the words that people see beside a box.

The names that machines give them are in `model/fields.py`; what an owner calls them, in connections.yaml.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

from orchestration_project.data.asked import by_sentence, short_forms
from orchestration_project.data.label_words import WORDS
from orchestration_project.text import words

_KEPT = 8_192  # of labels: a form asks the same ones again and again
_NOTE = re.compile(
    r"[(\[（](?:\s*(?:optional|required|mandatory|facultati\w*|obligatoire|obligatori\w*|opcional|opzionale|freiwillig"
    r"|pflichtfeld|optioneel|verplicht|valfritt|valgfri\w*|nieobowiązkowe|wymagane|nepovinné|povinné|необязательно"
    r"|обязательно|任意|必須|选填|必填|선택|필수|\d+)\s*)[)\]）]|[*:：?？!]+$",
    re.IGNORECASE,
)
_GREETED = re.compile(
    r"^(?:please |bitte |s'il vous plaît |por favor )?(?:enter|give us|tell us|what is|what's|provide|"
    r"fill in) ",
    re.IGNORECASE,
)

_YOURS = words(
    """
    your my the ihr ihre ihren dein deine deinen der die das den votre ton ta vos tes le la les l' su sus tu
    tus el los las il lo i gli suo sua tuo tua il tuo la tua o a os as seu sua teu tua jouw je uw de het din
    ditt dine dit deres ditt sinun twój twoja twoje pana pani państwa váš vaše vaša tvoje vaše jméno az ön a
    te ön numele dvs tău ta al dvs vaše vaši vašu vaš vaša tvoj το τη σας σου το όνομά ваше ваш ваша ваши
    твоё вашето вашият вашата teie sinu jūsu jūsų sizin siz nomor anda nama của bạn ご お あなたの
    您的 你的 ваше
    """
)


@cache
def _fields() -> Mapping[str, str]:
    by_word: dict[str, str] = {}
    for field, listed in WORDS.items():
        for word in listed.split("|"):
            by_word.setdefault(plain(word.strip()), field)
    return by_word


_ALTERNATIVES = re.compile(r"\s*[/|]\s*|\s(?:or|oder|ou|o|of|eller|lub|или)\s", re.IGNORECASE)


@lru_cache(_KEPT)
def usual_field(label: str) -> str | None:
    """The lead field that a label asks for, in whatever language: `Ihre Nachricht *` is the message."""
    by_word = _fields()
    found = next((by_word[form] for form in _forms(label) if form in by_word), None)
    if found is None and len(parts := _ALTERNATIVES.split(label)) > 1:
        # `Comment or Message`, `이메일 / E-Mail`: where both ask for the same
        both = {
            by_word.get(form)
            for part in parts
            for form in [next((f for f in _forms(part) if f in by_word), "")]
        }
        if (one := both.pop() if len(both) == 1 else None) is not None:
            return one
    return found or _asked(label)


def _asked(label: str) -> str | None:
    for short, fields in short_forms(label):
        for form in _forms(short):
            if (found := _fields().get(form)) is not None and (fields is None or found in fields):
                return found
    return by_sentence(label)


@lru_cache(_KEPT)
def plain(text: str) -> str:
    """Without case, blanks and punctuation: `E-Mail` and `e_mail` are one."""
    if text.isascii():
        return "".join(filter(str.isalnum, text.casefold()))
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(sign for sign in folded if sign.isalnum() or unicodedata.category(sign).startswith("M"))


def _forms(label: str) -> Iterator[str]:
    """A label as it is, and without what is said beside the word that counts."""
    yield plain(label)
    bare = _NOTE.sub("", label).strip()
    bare = _GREETED.sub("", bare)
    yield plain(bare)
    parts = bare.replace("-", "- ").replace("_", " ").replace("’", "'").replace("'", "' ").split()
    parts = [part.rstrip("-") for part in parts]
    while len(parts) > 1 and (parts[0].casefold() in _YOURS or parts[0].casefold().endswith("'")):
        parts = parts[1:]
        yield plain("".join(parts))
    yield plain("".join(parts)).removeprefix("您的").removeprefix("你的").removeprefix("あなたの")
