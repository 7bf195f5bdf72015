"""Signs in who a sender says they are: the name, the address, and whether one belongs to the other.

What they wrote is looked at in `signs.py`. A name of any country is none of these signs by itself.
"""

import re
import unicodedata
from collections.abc import Iterator
from itertools import pairwise

from disposable_email_domains import blocklist

from orchestration_project.decision.genuine.fold import fold
from orchestration_project.decision.genuine.gibberish import gibberish_share, is_gibberish
from orchestration_project.decision.genuine.pitch_words import asks
from orchestration_project.decision.genuine.sign import Sign
from orchestration_project.decision.lists import words
from orchestration_project.domains import is_free_mail, registrable_domain
from orchestration_project.links import has_link, links_in
from orchestration_project.model import Lead

_GIVEN = words("given_names", "names")
_ENDINGS = words("given_names", "endings")
_CHEAP = words("given_names", "cheap_domains")
_OFFICES = words("given_names", "offices")
_SELLING = words("given_names", "selling_domains")
_NOT_SELLING = re.compile("|".join(sorted(words("given_names", "not_selling_domains"))))
_SHORTEST = 3
_TOO_LONG = 9  # letters behind a given name
_NO_REPLY = re.compile(r"(?:no|do-?not|not)[-_.]?reply", re.IGNORECASE)
_CODE = re.compile(r"(?=.*\d)(?=.*[a-z])[a-z0-9]{8,}", re.IGNORECASE)
_SAYS_LITTLE = 3  # words
_LOOKED_AT = 5_000  # characters; as in `signs.py`
_HOST = re.compile(r"^(?:[a-z]+:/*)?(?:www\.)?")
_FILLED_IN = re.compile(r"8\d{10}")
_GIANTS = frozenset(["google", "facebook", "microsoft", "apple", "amazon", "youtube", "yahoo", "instagram"])
_NOTHING = words("asking", "nothing")
_WORD = re.compile(r"[^\W\d_]+")
_FRAGMENT = 5  # words


def sender_signs(lead: Lead, own_domain: str) -> Iterator[Sign]:
    name = (lead.person.full_name or "").strip()
    yield from _name(lead, name)
    yield from _told(lead)
    email = (lead.person.email or "").casefold()
    local, _, host = email.rpartition("@")
    if not host:
        return
    if host in blocklist or registrable_domain(host) in blocklist:
        yield Sign(kind="disposable", says=f"the address is thrown away after use ({host})", weight=1.6)
    elif any(host.endswith(f".{ending}") for ending in _CHEAP):
        yield Sign(kind="sender", says="the address is of a cheap kind of domain", weight=0.7)
    if not asks(fold(lead.message).text) and (word := _sells(host)):
        yield Sign(
            kind="sender", says=f"the name of the address's domain sells something ({word})", weight=0.9
        )
    if _NO_REPLY.match(local):
        yield Sign(kind="sender", says="nobody can reply to the address", weight=2.5)
    if own_domain and f".{host}".endswith(f".{own_domain}"):
        yield Sign(kind="sender", says=f"the address pretends to be one of yours ({own_domain})", weight=1.5)
    if is_machine_local(local):
        yield Sign(kind="sender", says="the address is letters without words", weight=1.2)
    elif is_free_mail(email) and not _may_belong(name, local):
        yield Sign(kind="sender", says="nothing in the address recalls the name", weight=0.7)


def _told(lead: Lead) -> Iterator[Sign]:
    """What the other fields tell: a number that is none, a company not theirs, their site, nothing at all."""
    # kept as it was typed where it is no number here or abroad
    if _FILLED_IN.fullmatch(lead.extra.get("phone", "").strip()):
        yield Sign(kind="sender", says="the phone number is one as machines fill it in", weight=1.5)
    email, company = lead.person.email or "", lead.company.name or ""
    if company.strip().casefold() in _GIANTS and is_free_mail(email):
        yield Sign(kind="sender", says="the company is one that would not write from there", weight=1.3)
    said = _WORD.findall(lead.message.casefold())
    told = lead.person.phone or company or lead.asked_service or lead.budget or lead.extra
    if said and not told and len(said) <= _FRAGMENT and _NOTHING.issuperset(said):
        yield Sign(kind="words", says="the message is a greeting and no more", weight=1.5)
    host = email.rpartition("@")[2].casefold()
    links = links_in(lead.message[:_LOOKED_AT]) if host and not is_free_mail(email) else ()
    own = any(host == _HOST.sub("", link.casefold()).partition("/")[0] for link in links)
    if own and not asks(fold(lead.message).text):
        yield Sign(kind="links", says="it links to the sender's own site, and asks for nothing", weight=0.9)


def _sells(host: str) -> str:
    """What a firm's own domain says in its name of what spam sells: the longest of the words."""
    name = (registrable_domain(host) or host).partition(".")[0].replace("-", "")
    name = _NOT_SELLING.sub(" ", name)
    return max((word for word in _SELLING if word in name), key=len, default="")


def _name(lead: Lead, name: str) -> Iterator[Sign]:
    local = (lead.person.email or "").partition("@")[0]
    if is_machine_name(name):
        # somebody forgot the space: JohnSmith, john.smith@
        related = name.casefold() in "".join(filter(str.isalpha, local.casefold()))
        if not (related and any(a.islower() and b.isupper() for a, b in pairwise(name))):
            says = "the name is one as machines make them up"
            yield Sign(kind="gibberish", says=says, weight=1.0 if related else 1.8)
    elif _CODE.fullmatch(name):
        yield Sign(kind="gibberish", says="the name is letters and numbers", weight=1.5)
    elif gibberish_share(name) == 1:
        little = len(lead.message.split()) < _SAYS_LITTLE
        yield Sign(kind="gibberish", says="the name is letters without words", weight=3.0 if little else 1.5)
    company = lead.company.name or ""
    if gibberish_share(company) == 1:
        yield Sign(kind="gibberish", says="the company is letters without words", weight=0.8)
    for field, value in (("name", name), ("company", company)):
        if re.search(r"https?://|www\.", value, re.IGNORECASE):
            yield Sign(kind="links", says=f"the {field} is a link", weight=5.5 if field == "name" else 1.5)
        elif field == "name" and value and has_link(value):
            yield Sign(kind="links", says=f"the {field} has a link in it", weight=1.5)


def is_machine_name(name: str) -> bool:
    """A given name with letters behind it, or a letter in the middle of it, in one word: "JamesNeubs"."""
    if not name.isalpha() or not name.isascii() or not name[0].isupper():
        return False
    lower = name.casefold()
    camel = any(a.islower() and b.isupper() for a, b in pairwise(name))
    # of three letters there are too many at the beginning of honest names
    cuts = range(_SHORTEST if camel else _SHORTEST + 1, len(lower))
    rests = [lower[cut:] for cut in cuts if lower[:cut] in _GIVEN]
    return (
        bool(rests)
        and lower not in _GIVEN
        and all(1 < len(rest) <= _TOO_LONG or camel for rest in rests)
        and not any(rest in _GIVEN or rest in _ENDINGS for rest in rests)
    )


def is_machine_local(local: str) -> bool:
    """Of the part before the @: one long word that nobody can say."""
    word = "".join(filter(str.isalpha, local.partition("+")[0]))
    return len(word) >= 8 and word.isascii() and is_gibberish(word)  # noqa: PLR2004 - initials and shorter names are no words either


def _may_belong(name: str, local: str) -> bool:
    """Does anything in the address recall the name? True where neither tells."""
    letters = _plain(local)
    parts = [part for part in map(_plain, re.split(r"[\W_]+", name)) if len(part) >= _SHORTEST]
    if not parts or len(letters) < _SHORTEST or letters in _OFFICES:
        return True
    joined = "".join(parts)
    initials = "".join(part[0] for part in parts)
    return (
        any(part[:_SHORTEST] in letters for part in parts)
        or letters[:_SHORTEST] in joined
        or letters.startswith(initials)
        or letters.endswith(initials)
        or any(office in letters for office in _OFFICES if len(office) > _SHORTEST)
    )


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if "a" <= letter <= "z")
