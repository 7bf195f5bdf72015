"""Which country a lead is in, as far as the form tells: a field for the country, an address, the ending of a
domain, the language of the page. The strongest hint comes first.

What a phone number tells of it is in `phones.py`.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import cast

from orchestration_project.data.labels import plain
from orchestration_project.text import words

_COUNTRY = words(
    """
    country countrycode countryregion land staat pays país pais paese nação maa kraj země krajina
    ország țară
    tara країна страна държава χώρα ülke ulke država drzava riik valsts šalis 国 国家 國家 国・地域
    나라 국가 الدولة البلد
    מדינה ארץ negara quốcgia ประเทศ देश iso2 countryiso countryname location nationality
    """
)
_ADDRESS = words(
    """
    address fulladdress postaladdress streetaddress adresse anschrift dirección direccion indirizzo endereço
    morada adres adress adresa osoite cím адрес διεύθυνση 住所 地址 주소 العنوان כתובת alamat
    địachỉ ที่อยู่ पता
    location city ort stadt ville ciudad
    """
)
_LANGUAGE = frozenset(
    [
        "language",
        "lang",
        "locale",
        "sprache",
        "langue",
        "idioma",
        "lingua",
        "taal",
        "språk",
        "browserlanguage",
        "acceptlanguage",
        "pagelanguage",
    ]
)
_TIME_ZONE = frozenset({"timezone", "tz"})
# sold to anybody, or of nobody in particular
_SOLD = words(
    """
    co io me tv ai cc ws fm am gg la ly to vc sh gl is it so st bz nu tk ml ga cf gq eu su ac re pw im je id
    """
) - {"it", "is", "id"}
_ENDING = {"uk": "GB", "ac": "SH"}
_LOCALE = re.compile(r"([a-z]{2,3})(?:[-_]([A-Z][a-z]{3}))?(?:[-_]([A-Za-z]{2}))?(?![A-Za-z])")
_EVERYWHERE = frozenset({"en", "es", "fr", "pt", "ar", "zh", "de", "nl", "ru"})
"""Spoken in several countries: without one beside it the language of a page tells none for sure."""
_LETTERS = 2
_LONGEST_CODE = 3
_LONGEST_NAME = 4  # words


def regions_told(
    answers: Mapping[str, str], website: str | None, email: str | None
) -> tuple[tuple[str, bool], ...]:
    """ISO 3166 codes, and whether that country is named and not only likely. The first one counts most."""
    found: dict[str, bool] = {}
    for region, sure in _told(answers, website, email):
        found[region] = found.get(region, False) or sure
    return tuple(found.items())


def tells_country(key: str) -> bool:
    """Whether what stands under this name of a form's is read as a country."""
    return plain(key.rpartition(".")[2]) in _COUNTRY


def _told(answers: Mapping[str, str], website: str | None, email: str | None) -> Iterator[tuple[str, bool]]:
    keys = {key: plain(key.rpartition(".")[2]) for key in answers}
    for key, text in answers.items():
        if keys[key] in _COUNTRY and (region := _named(text)) is not None:
            yield region, True
    for key, text in answers.items():
        if keys[key] in _ADDRESS and (region := _of_address(text)) is not None:
            yield region, True
    for domain in (website, email):
        ending = re.split(r"[/?#:]", (domain or "").rpartition("@")[2].partition("://")[2] or (domain or ""))[
            0
        ].rpartition(".")[2]
        if len(ending) == _LETTERS and ending not in _SOLD:
            yield _ENDING.get(ending, ending.upper()), False
    for key, text in answers.items():
        if keys[key] in _LANGUAGE:
            yield from _of_language(text)


def _of_language(text: str) -> Iterator[tuple[str, bool]]:
    found = _LOCALE.match(text.strip())
    if found is None:
        if (region := _spoken().get(plain(text))) is not None:
            yield region, False
        return
    language, region = found[1].casefold(), found[3]
    if region:
        yield region.upper(), False
    elif language not in _EVERYWHERE or language == "de":
        yield from ((region, False) for region in (_likely(language),) if region)


def _named(text: str) -> str | None:
    """`Germany`, `Deutschland`, `DE`, `DEU`; perhaps with more around it: `Berlin, Germany`."""
    for part in (text, *reversed(re.split(r"[,;/|()\n]", text))):
        if (region := _codes().get(plain(part)) or _called(plain(part), _LANGUAGES)) is not None:
            return region
    return None


def _of_address(text: str) -> str | None:
    """The country at the end of an address, by its name: `DE` in it may be a state or a street."""
    parts = [part.strip() for part in re.split(r"[,;\n]", text) if part.strip()]
    for part in reversed(parts[1:][-2:]):
        said = part.split()
        for start in range(max(0, len(said) - _LONGEST_NAME), len(said)):
            name = plain(" ".join(said[start:]))
            if len(name) > _LONGEST_CODE and (region := _called(name, _LANGUAGES[:9])) is not None:
                return region
    return None


def _called(name: str, languages: Sequence[str]) -> str | None:
    if name in _OTHER_NAMES:
        return _OTHER_NAMES[name]
    return next(
        (region for language in languages if (region := _names(language).get(name)) is not None), None
    )


@cache
def _names(language: str) -> Mapping[str, str]:
    from babel import Locale  # noqa: PLC0415 - costs time, and few forms ask for a country

    named = Locale.parse(language).territories.items()
    return {plain(name): code for code, name in named if len(code) == _LETTERS and code.isalpha()}


@cache
def _codes() -> Mapping[str, str]:
    """ISO 3166 codes of two letters and of three."""
    from babel.core import get_global  # noqa: PLC0415 - as above

    aliases = cast("Mapping[str, Sequence[str]]", get_global("territory_aliases"))
    threes = {
        three.casefold(): stands_for[0]
        for three, stands_for in aliases.items()
        if len(three) == _LONGEST_CODE and three.isalpha() and len(stands_for) == 1
    }
    return threes | {code.casefold(): code for code in _names("en").values()} | {"uk": "GB"}


@cache
def _spoken() -> Mapping[str, str]:
    from babel import Locale  # noqa: PLC0415 - as above

    english = {plain(name): code for code, name in Locale("en").languages.items()}
    own = {plain(Locale.parse(code).languages.get(code, "")): code for code in _LANGUAGES}
    named = english | own
    return {
        name: region
        for name, code in named.items()
        if code not in _EVERYWHERE - {"de"} and (region := _likely(code))
    }


@cache
def _likely(language: str) -> str | None:
    from babel.core import get_global  # noqa: PLC0415 - as above

    likely = str(get_global("likely_subtags").get(language, ""))
    region = likely.rpartition("_")[2]
    return region if len(region) == _LETTERS else None


_LANGUAGES = [
    "en",
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "nl",
    "sv",
    "da",
    "nb",
    "fi",
    "pl",
    "cs",
    "sk",
    "hu",
    "ro",
    "bg",
    "hr",
    "sr",
    "sl",
    "el",
    "tr",
    "ru",
    "uk",
    "et",
    "lv",
    "lt",
    "ja",
    "zh",
    "ko",
    "ar",
    "he",
    "id",
    "vi",
    "th",
    "hi",
    "ca",
]
_OTHER_NAMES = {
    **dict.fromkeys(
        ("usa", "unitedstatesofamerica", "america", "theunitedstates", "etatsunis", "eeuu"), "US"
    ),
    **dict.fromkeys(("england", "scotland", "wales", "northernireland", "greatbritain", "britain"), "GB"),
    **dict.fromkeys(("holland", "thenetherlands"), "NL"),
    **dict.fromkeys(("uae", "emirates"), "AE"),
    **dict.fromkeys(("republicofireland", "eire"), "IE"),
    "czechrepublic": "CZ",
    "korea": "KR",
    "turkey": "TR",
    "ivorycoast": "CI",
    "macedonia": "MK",
    "burma": "MM",
    "swaziland": "SZ",
    "capeverde": "CV",
}
"""What people say, and the Unicode names do not."""
