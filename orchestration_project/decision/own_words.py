"""What of a model's words may go out: an opening that says nothing but what the playbook says, and reasons
without orders in them. Everything else is left out; then the playbook's own words stand.

A model reads strangers' texts, so each word of it may be a stranger's.
"""

import re
import unicodedata
from functools import lru_cache

from orchestration_project.decision.genuine.fold import fold
from orchestration_project.decision.lists import sections, words
from orchestration_project.decision.orders import order_in
from orchestration_project.links import has_link
from orchestration_project.model import Lead
from orchestration_project.playbook.model import Playbook

_WORD = re.compile(r"[^\W_]+(?:['\u2019][^\W\d_]+)?")
_NOT_TEXT = re.compile(r"[\d@#/\\_$€£¥%+=*<>{}\[\]|^~`:;&]|\.\S|\S\(\S")
_COMPANY = re.compile(r"[^\W\d_][\w&.,'\u2019() -]{0,59}")
_DOTTED = re.compile(r"\w\w\.\w")
_MOST_COMPANY_WORDS = 5
_NEVER = words("own_words", "never")
_SENTENCE = re.compile(r"(?<=[.!?…])\s+|\n+")
_DEMAND = re.compile(
    rf"(?<![\w-])(?:{'|'.join(sections('own_words')['demands'])})"
    rf"(?=\s+(?:{'|'.join(sections('own_words')['things'])}))",
    re.IGNORECASE,
)
_ACCOUNT = re.compile(
    r"\b[a-z]{2}\d{2}(?: ?[a-z0-9]{4}){3,7}\b|(?:\+|00)\d[\d ()/.-]{6,}\d|\b\d(?:[ ()/.-]?\d){8,}\b|"
    r"(?<!\w)@\w{2,}|"
    r"\b\w+ ?(?:\(dot\)|\[dot\]| dot ) ?(?:com|net|org|io|co|example)\b",
    re.IGNORECASE,
)


def may_open(opening: str, lead: Lead, playbook: Playbook) -> bool:
    """Whether each word of the sentence is small talk, the playbook's, or the lead's own company's name."""
    text = unicodedata.normalize("NFKC", opening).strip()
    if not text:
        return False
    company = lead.company.name or ""
    rest = text.replace(company, " ") if company and _plain_company(company) else text
    rest = _titles(tuple(service.title for service in playbook.services)).sub(" ", rest)
    if has_link(text) or _NOT_TEXT.search(rest) or fold(text).disguised or order_in(text):
        return False
    said = {word.replace("\u2019", "'") for word in _WORD.findall(rest.casefold())}
    known = _small_talk(playbook.business.language)
    return bool(known) and not said & _NEVER and said <= known | _offered(playbook)


@lru_cache(maxsize=16)
def _titles(titles: tuple[str, ...]) -> re.Pattern[str]:
    # the longest first, as one may begin with another
    ordered = sorted(titles, key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, ordered)) or '(?!)'})(?!\w)", re.IGNORECASE)


def without_orders(text: str) -> str:
    """The sentences that demand nothing and name no account, number or handle."""
    kept = [
        sentence
        for sentence in _SENTENCE.split(text)
        if not (
            _DEMAND.search(sentence) or _ACCOUNT.search(sentence) or has_link(sentence) or order_in(sentence)
        )
    ]
    return " ".join(kept).strip()


def _plain_company(name: str) -> bool:
    parts = _WORD.findall(name.casefold())
    return bool(
        _COMPANY.fullmatch(name)
        and len(parts) <= _MOST_COMPANY_WORDS
        and not has_link(name)
        and not set(parts) & _NEVER
        and not any(letter.isdigit() for letter in name)
        and not _DOTTED.search(name)
    )


def _small_talk(language: str) -> frozenset[str]:
    return words("own_words", language) if language in sections("own_words") else frozenset()


def _offered(playbook: Playbook) -> frozenset[str]:
    """What the services are called and described by, and who we are."""
    said = [playbook.business.name]
    said += [
        f"{service.title} {service.description} {' '.join(service.words)}" for service in playbook.services
    ]
    return frozenset(word for text in said for word in _WORD.findall(text.casefold()) if not word.isdigit())
