"""What the months are called, in the languages in which forms and sheets write dates.

How a date is read is in `moments.py`.
"""

import unicodedata
from functools import cache

_MONTHS = (
    "january januar janvier enero gennaio janeiro januari stycznia leden ledna января січня ocak",
    "february februar février febrero febbraio fevereiro februari lutego února февраля лютого şubat",
    "march märz mars marzo março maart marca marts března марта березня mart",
    "april avril abril aprile kwietnia dubna апреля квітня nisan",
    "may mai mayo maggio maio mei maj maja května мая травня mayıs",
    "june juni juin junio giugno junho czerwca června июня червня haziran",
    "july juli juillet julio luglio julho lipca července июля липня temmuz",
    "august août agosto augustus augusti sierpnia srpna августа серпня ağustos",
    "september septembre septiembre settembre setembro września září сентября вересня eylül",
    "october oktober octobre octubre ottobre outubro października října октября жовтня ekim",
    "november novembre noviembre novembro listopada listopadu ноября kasım",
    "december dezember décembre diciembre dicembre dezembro grudnia prosince декабря грудня aralık",
)
_FEWEST = 3  # letters: `ma` may be May and March


@cache
def month_named(word: str) -> int | None:
    """By its name, or by the beginning of one, where that is enough."""
    plain = _without_accents(word)
    if len(plain) < _FEWEST:
        return None
    named = {number for number, names in _plain_names() if plain in names}
    begun = {number for number, names in _plain_names() if any(name.startswith(plain) for name in names)}
    found = named or begun
    return found.pop() if len(found) == 1 else None


@cache
def _plain_names() -> tuple[tuple[int, frozenset[str]], ...]:
    return tuple(
        (number, frozenset(_without_accents(names).split())) for number, names in enumerate(_MONTHS, 1)
    )


def _without_accents(text: str) -> str:
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))
