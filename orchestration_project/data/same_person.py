"""Whether two leads are of one person, maybe of one, of colleagues, or of people who share a mailbox.

Pure. Which leads are compared is `ledger/people.py`'s, what follows from it the action layer's.

Weights are of the kind Fellegi and Sunter describe: each thing that agrees or differs speaks for or against,
and what is not known says nothing. Set by hand, and held by a benchmark (`benchmarks/same_person.py`).
"""

import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Literal

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from orchestration_project.data.addresses import address_key, is_role, meant_key
from orchestration_project.domains import is_free_mail
from orchestration_project.model import EarlierLead, Lead, Resemblance

if TYPE_CHECKING:
    from nicknames import NickNamer

Kind = Literal["same", "maybe", "shared_mailbox", "colleague"]
_NEAREST: tuple[Kind, ...] = ("same", "maybe", "shared_mailbox", "colleague")
MAYBE = 5.0
"""From this weight on two leads may be of one person. A name alone is below it: there are many Ann Smiths."""

SAME_NAME, LIKE_NAME, OTHER_NAME = 4.0, 3.0, -4.0
SAME_PHONE, OTHER_PHONE = 5.0, -1.0
LIKE_ADDRESS = 4.0  # a slip of the finger, or the same local part at another provider
SAME_COMPANY, LIKE_COMPANY, OTHER_COMPANY = 2.5, 2.0, -0.5
SAME_DOMAIN = 2.5

_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "o", "ł": "l"})
_LIKE = 0.9  # Jaro-Winkler of two words of a name
_LIKE_COMPANY = 0.92
_SLIP = 1  # letters
_FORMS = """
    ltd limited llc llp plc inc corp co company gmbh ug ag kg ohg mbh sarl sas sa bv nv srl spa sl oy ab as
    aps pty the and und et y e
"""
_LEGAL = frozenset(_FORMS.split())


def resemblances(lead: Lead, others: Sequence[tuple[EarlierLead, Lead]]) -> tuple[Resemblance, ...]:
    """What each of the earlier leads is to this one, the nearest first; those of strangers are left out. Of
    somebody else who wrote several times the first one given stands for all: it is one person to tell of."""
    met: list[Resemblance] = []
    told: set[tuple[str, ...]] = set()
    for earlier, other in others:
        found = resemblance(lead, other)
        if found is None:
            continue
        if found.kind != "same":
            who = (
                found.kind,
                meant_key(other.person.email or other.ref),
                *sorted(_words(other.person.full_name)),
            )
            if who in told:
                continue
            told.add(who)
        met.append(found.model_copy(update={"stands": earlier.stands, "repeated": says_no_more(lead, other)}))
    return tuple(sorted(met, key=lambda each: _NEAREST.index(each.kind)))


def resemblance(lead: Lead, other: Lead) -> Resemblance | None:
    """What the other, earlier lead is to this one; None: somebody else's."""
    same_address = _same_address(lead, other)
    names = _names(lead, other)
    if same_address and names is not None and names < 0:
        role = is_role(lead.person.email or "")
        return _said(other, "shared_mailbox" if role else "maybe", ("the same address, another name",))
    if same_address:
        how = (
            "the same address"
            if lead.person.email == other.person.email
            else "another spelling of the address"
        )
        return _said(other, "same", (how,))
    weights = dict(_weights(lead, other, names))
    if sum(weights.values()) >= MAYBE and names is not None and names > 0:
        return _said(other, "maybe", tuple(why for why, weight in weights.items() if weight > 0))
    if _same_domain(lead, other):
        return _said(other, "colleague", ("the same company's domain in the address",))
    return None


def says_no_more(lead: Lead, other: Lead) -> bool:
    """Whether a form was sent twice: no word of the message is new, nor anything else that was filled in."""
    if not set(_folded(lead.message).split()) <= set(_folded(other.message).split()):
        return False
    filled = (
        (lead.budget, other.budget),
        (lead.asked_service, other.asked_service),
        (lead.person.phone, other.person.phone),
        (lead.company.name, other.company.name),
    )
    return all(mine is None or mine == theirs for mine, theirs in filled) and (
        other.consent or not lead.consent
    )


def _said(other: Lead, kind: Kind, why: tuple[str, ...]) -> Resemblance:
    return Resemblance(ref=other.ref, kind=kind, why=why, submitted_at=other.submitted_at)


def _weights(lead: Lead, other: Lead, names: float | None) -> Iterator[tuple[str, float]]:
    if names is not None:
        yield "the same name" if names == SAME_NAME else "a name much like it", names
    mine, theirs = lead.person.phone, other.person.phone
    if mine and theirs:
        yield "the same phone number", SAME_PHONE if mine == theirs else OTHER_PHONE
    if is_like_address(lead.person.email, other.person.email):
        yield "an address much like it", LIKE_ADDRESS
    companies = _companies(lead.company.name, other.company.name)
    if companies is not None:
        yield "the same company", companies
    elif _same_domain(lead, other):
        yield "the same company's domain", SAME_DOMAIN
    elif (lead.company.domain or "") == (other.company.domain or "-"):
        yield "the same website", SAME_DOMAIN


def _same_address(lead: Lead, other: Lead) -> bool:
    mine, theirs = lead.person.email, other.person.email
    return bool(mine and theirs) and address_key(mine or "") == address_key(theirs or "")


def is_like_address(mine: str | None, theirs: str | None) -> bool:
    """One slip in the local part or in the domain, or the same telling local part elsewhere."""
    if not mine or not theirs or is_role(mine) or is_role(theirs):
        return False
    (local, _, domain), (local_2, _, domain_2) = (meant_key(each).rpartition("@") for each in (mine, theirs))
    if domain == domain_2:
        return DamerauLevenshtein.distance(local, local_2) <= _SLIP < len(local)
    telling = len(local) >= 6 and local == local_2  # noqa: PLR2004 - jo@ is many people's
    return telling or (local == local_2 and DamerauLevenshtein.distance(domain, domain_2) <= _SLIP)


def _same_domain(lead: Lead, other: Lead) -> bool:
    mine, theirs = lead.person.email or "", other.person.email or ""
    domain = mine.rpartition("@")[2]
    return bool(domain) and domain == theirs.rpartition("@")[2] and not is_free_mail(mine)


# --- names ----------------------------------------------------------------------------------------


def is_another_name(mine: str | None, theirs: str | None) -> bool:
    """Whether these two names are of two people; not, where one of them tells too little."""
    return _compared(mine, theirs) == OTHER_NAME


def _names(lead: Lead, other: Lead) -> float | None:
    return _compared(lead.person.full_name, other.person.full_name)


def _compared(one: str | None, two: str | None) -> float | None:
    """None where one of them has no name of two words: a first name alone is too many people's."""
    mine, theirs = _words(one), _words(two)
    if len(mine) < 2 or len(theirs) < 2:  # noqa: PLR2004
        return None
    if sorted(mine) == sorted(theirs):
        return SAME_NAME
    shorter, longer = sorted((mine, theirs), key=len)
    left = list(longer)
    for word in shorter:
        match = next((each for each in left if _like(word, each)), None)
        if match is None:
            return OTHER_NAME
        left.remove(match)
    return LIKE_NAME


def _words(name: str | None) -> list[str]:
    return [word for word in _folded(name or "").split() if len(word) > 1]


def _like(mine: str, theirs: str) -> bool:
    if JaroWinkler.similarity(mine, theirs) >= _LIKE:
        return True
    namer = _nicknames()
    return theirs in namer.nicknames_of(mine) or mine in namer.nicknames_of(theirs)


@cache
def _nicknames() -> "NickNamer":
    from nicknames import NickNamer  # noqa: PLC0415 - it reads a table, which few comparisons need

    return NickNamer()


def _companies(mine: str | None, theirs: str | None) -> float | None:
    one, two = (_company(name) for name in (mine, theirs))
    if not one or not two:
        return None
    if one == two:
        return SAME_COMPANY
    return LIKE_COMPANY if JaroWinkler.similarity(one, two) >= _LIKE_COMPANY else OTHER_COMPANY


def _company(name: str | None) -> str:
    return " ".join(word for word in _folded(name or "").split() if word not in _LEGAL)


def _folded(text: str) -> str:
    """Small letters without accents and punctuation: Müller and Mueller are one."""
    bare = text.casefold()
    if not bare.isascii():
        bare = unicodedata.normalize("NFKD", bare.translate(_GERMAN))
        bare = "".join(each for each in bare if not unicodedata.combining(each))
    return "".join(each if each.isalnum() else " " for each in bare)


def mail_key(email: str) -> str:
    """Of the keys, the one that all spellings of a mailbox have in common."""
    return f"mail:{meant_key(email)}"


def keys(lead: Lead) -> frozenset[str]:
    """Leads that may be of one person have one of these in common, so that few have to be compared."""
    person, found = lead.person, set[str]()
    if person.email:
        local, _, domain = meant_key(person.email).rpartition("@")
        found.add(mail_key(person.email))
        if not is_role(person.email):
            found.add(f"local:{local}")
        if not is_free_mail(person.email):
            found.add(f"domain:{domain}")
    if person.phone:
        found.add(f"phone:{person.phone}")
    words = sorted(_words(person.full_name))
    if len(words) > 1:
        found.add(f"name:{' '.join(words)}")
        # a slip in one word of the name leaves the others
        found.update(f"part:{word}:{_company(lead.company.name)}" for word in words if lead.company.name)
    return frozenset(found)
