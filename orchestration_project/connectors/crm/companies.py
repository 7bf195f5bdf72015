"""Which of a CRM's companies a lead belongs to, and how sure that is. Pure.

By the domain where it is the company's own (`domains.py`); by the name only with care. Asking the CRM, and
making a company, is its connector's part.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

from orchestration_project.domains import own_domain
from orchestration_project.model import Frozen

SAME_NAME = 97.0
ALIKE = 86.0
"""Of 100, by `rapidfuzz`: from here on a name is worth a person's look."""
_LONG_ENOUGH = 5  # letters

_NO_COMPANY = frozenset(
    {"", "a", "aucun", "aucune", "autonomo", "company", "freelance", "freelancer", "geen", "individual"}
    | {"kein", "keine", "me", "myself", "na", "nil", "ninguna", "ninguno", "no", "no company", "none"}
    | {"not applicable", "nothing", "null", "personal", "private", "privat", "self", "self employed"}
    | {"selfemployed", "selbststandig", "sole trader", "student", "tba", "tbc", "tbd", "test", "undefined"}
    | {"unknown", "x", "xx", "xxx", "zzp"}
)


class Company(Frozen):
    """As the CRM has it."""

    id: str
    name: str = ""
    website: str = ""  # or its domain


class Match(NamedTuple):
    company: Company | None
    remark: str = ""
    """For the people in the CRM: how sure the link is, or what looks alike and was not linked."""


def company_name(typed: str) -> str:
    """Empty for what people type where they have no company: `N/A`, `-`, `self-employed`."""
    plain = " ".join(re.sub(r"[\W_]+", " ", _folded(typed)).split())
    return "" if plain in _NO_COMPANY or plain.replace(" ", "") in _NO_COMPANY else typed.strip()


def match(name: str, domain: str | None, companies: Sequence[Company]) -> Match:
    """`domain` is the lead's company's own; `companies` those that the CRM found, the oldest first."""
    if domain:
        for company in companies:
            if own_domain(company.website) == domain:
                return Match(company)
    by_name = [
        company
        for company in companies
        # another domain of its own: another firm of that name
        if domain is None or own_domain(company.website) is None
    ]
    rated = sorted(((alike(name, each.name), each) for each in by_name), key=lambda pair: -pair[0])
    same = [company for likeness, company in rated if likeness >= SAME_NAME]
    if len(same) == 1:
        return Match(same[0], f"Linked to the company {same[0].name} by its name alone.")
    if same:
        return Match(None, f"{len(same)} companies are called {same[0].name}: link the right one by hand.")
    if rated and rated[0][0] >= ALIKE:
        likeness, company = rated[0]
        return Match(None, f"Not linked to {company.name}, whose name is {likeness:.0f} % alike.")
    return Match(None)


def search_word(name: str) -> str:
    """The word by which a CRM's search finds companies that may be called so: the longest that is no legal
    form."""
    from cleanco import basename  # noqa: PLC0415 - only for those who have such a CRM

    return max((str(basename(name)) or name).split() or [name], key=len)


def alike(one: str, other: str) -> float:
    """0 to 100; legal forms, accents and case do not count."""
    from rapidfuzz import fuzz  # noqa: PLC0415 - only for those who have such a CRM

    one, other = _plain(one), _plain(other)
    if not one or not other:
        return 0.0
    if one == other:
        return 100.0
    # short names are alike too soon: ABC and ABD are two firms
    return fuzz.ratio(one, other) if min(len(one), len(other)) >= _LONG_ENOUGH else 0.0


def _plain(name: str) -> str:
    from cleanco import basename  # noqa: PLC0415 - as above

    whole = re.sub(r"[^\w&+]+", " ", _folded(name)).strip()
    return _folded(str(basename(name)).strip(" .,")) or whole


def _folded(text: str) -> str:
    marks = unicodedata.normalize("NFKD", text.casefold())
    return " ".join("".join(sign for sign in marks if not unicodedata.combining(sign)).split())
