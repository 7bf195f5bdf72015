"""Whose mailbox an e-mail address is, whatever way it is spelled; and what a mistyped provider was to be.

Reading an address belongs to `emails.py`.
"""

from functools import lru_cache

from rapidfuzz.distance import DamerauLevenshtein

from orchestration_project.domains import FREE_MAIL

# What a provider says it ignores in an address: https://support.google.com/mail/answer/7436150 (dots, +tag,
# googlemail.com); the others their help pages on aliases, "plus addressing" or "sub-addressing".
_DOTS_DO_NOT_COUNT = frozenset({"gmail.com"})
_PLUS_IS_A_TAG = frozenset(
    {"gmail.com", "outlook.com", "hotmail.com", "live.com", "icloud.com", "fastmail.com", "proton.me"}
    | {"hey.com", "zoho.com", "yandex.com", "mailbox.org", "posteo.de", "gmx.de", "gmx.net"}
)
_SAME_PROVIDER = {
    "googlemail.com": "gmail.com",
    "me.com": "icloud.com",
    "mac.com": "icloud.com",
    "protonmail.com": "proton.me",
    "protonmail.ch": "proton.me",
    "pm.me": "proton.me",
    "ya.ru": "yandex.com",
    "yandex.ru": "yandex.com",
}
# Of those whose names are long enough and no words: five.com and love.com are not live.com mistyped.
_WELL_KNOWN = (
    *(
        "gmail.com",
        "googlemail.com",
        "outlook.com",
        "hotmail.com",
        "hotmail.co.uk",
        "yahoo.com",
        "yahoo.co.uk",
    ),
    *(
        "icloud.com",
        "protonmail.com",
        "t-online.de",
        "laposte.net",
        "libero.it",
        "btinternet.com",
        "comcast.net",
    ),
)
_OFFICES = """
    info office hello hi contact kontakt contacto contatto mail email admin sales vertrieb support team post
    buero service enquiries enquiry inquiries reception accounts billing finance hr jobs marketing press shop
    studio
    welcome hallo bonjour ciao secretary sekretariat verwaltung zentrale general
"""
_ROLES = frozenset(_OFFICES.split())


def address_key(email: str) -> str:
    """One key for all spellings that reach one mailbox, by the rules of the few providers that state theirs.
    Everywhere else only case is left out: dots and `+` may be another person's."""
    local, _, domain = email.casefold().rpartition("@")
    domain = _SAME_PROVIDER.get(domain, domain)
    if domain in _PLUS_IS_A_TAG:
        local = local.partition("+")[0] or local
    if domain in _DOTS_DO_NOT_COUNT:
        local = local.replace(".", "") or local
    return f"{local}@{domain}"


def meant_key(email: str) -> str:
    """The key, a mistyped provider taken for the one that was meant."""
    local, _, domain = email.casefold().rpartition("@")
    return address_key(f"{local}@{near_provider(domain) or domain}")


def is_role(email: str) -> bool:
    """An address that is an office's and not one person's: info@, sales@."""
    return email.casefold().partition("@")[0] in _ROLES


@lru_cache(maxsize=4096)
def near_provider(domain: str) -> str | None:
    """The well-known provider of which the domain is one slip away (gmial.com, gmail.co, hotmial.com); None
    where it is a provider itself, or near to none."""
    if domain in FREE_MAIL or domain in _WELL_KNOWN:
        return None
    near = [each for each in _WELL_KNOWN if DamerauLevenshtein.distance(domain, each, score_cutoff=1) <= 1]
    return near[0] if near else None
