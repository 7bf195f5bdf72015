"""Which domain is a company's own, and which website address can be one.

Whose a domain is says `orchestration_project/domains.py`; reading that website is the connector's part.
"""

from pydantic import HttpUrl, TypeAdapter, ValidationError

from orchestration_project.data.addresses import near_provider
from orchestration_project.domains import is_free_mail, is_shared, own_domain, registrable_domain
from orchestration_project.model import Problem
from orchestration_project.text import one_line

_MAX_CHARACTERS = 2_000
_HTTP_URL = TypeAdapter(HttpUrl)
_INVALID_WEBSITE = Problem(
    field="website",
    code="invalid",
    message="This is not the address of a public website. Look the company up by its name.",
)


def company_domain(email: str | None, website: str | None, ours: frozenset[str] = frozenset()) -> str | None:
    """The company's own domain: of the e-mail address, else of the website. `ours` is nobody's company but
    ours. A mistyped provider is no company, and neither is what many have an address of."""
    host = email.rpartition("@")[2] if email else ""
    if email and not is_free_mail(email) and not near_provider(host):
        domain = registrable_domain(host)
        domain = None if domain and is_shared(domain) else domain
    else:
        domain = own_domain(website) if website else None
    return None if domain in ours else domain


def is_page_of(text: str, domains: frozenset[str]) -> bool:
    """Is the address one of these domains?"""
    website, _problem = read_website(text)
    host = HttpUrl(website).host if website else None
    return host is not None and registrable_domain(host) in domains


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
