"""Whether two values mean the same, once a service has tidied one of them up its own way. Pure."""

import html
import unicodedata

from orchestration_project.text import printed

_SIGNS = str.maketrans("’‘`“”„–—‐", "'''\"\"\"---")


def canonical(value: str) -> str:
    """What is left of a value once a CRM has tidied it up its own way."""
    return " ".join(unicodedata.normalize("NFKC", printed(value)).casefold().split())


def is_same_text(one: str, other: str) -> bool:
    """Also where a service has curled a quote, written a dash or an `&` its way, or left out what nobody
    sees."""
    return canonical(one) == canonical(other) or _plainly(one) == _plainly(other)


def _plainly(value: str) -> str:
    seen = "".join(sign for sign in html.unescape(value) if unicodedata.category(sign) != "Cf")
    return canonical(seen.translate(_SIGNS)).rstrip(".")


def is_blank(value: str) -> bool:
    return not canonical(value)


def is_same_number(one: str, other: str) -> bool:
    # costs start-up time
    import phonenumbers  # noqa: PLC0415

    same = (phonenumbers.MatchType.NSN_MATCH, phonenumbers.MatchType.EXACT_MATCH)
    return phonenumbers.is_number_match(one, other) in same


def is_same_site(one: str, other: str) -> bool:
    return _site(one) == _site(other)


def _site(url: str) -> str:
    return canonical(url).split("://")[-1].removeprefix("www.").rstrip("/")
