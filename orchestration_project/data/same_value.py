"""Whether two values mean the same, once a service has tidied one of them up its own way. Pure."""

import unicodedata

from orchestration_project.text import printed


def canonical(value: str) -> str:
    """What is left of a value once a CRM has tidied it up its own way."""
    return " ".join(unicodedata.normalize("NFKC", printed(value)).casefold().split())


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
