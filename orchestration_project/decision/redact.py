"""Taking a person out of a text: for the Dagster UI, and contact details out of what a model reads.

Deciding where a text may be shown belongs to the callers.
"""

import re
import unicodedata

import phonenumbers

from orchestration_project.links import mask_emails
from orchestration_project.model import Lead

# "Acme" in a text is the same company as "Acme Ltd" in the form
_LEGAL_FORM = re.compile(
    r"[\s,]+(?:ltd|limited|plc|llp|llc|inc|corp|co|gmbh|ag|kg|ug|bv|nv|sa|sas|sarl|srl|spa|ab|as|oy|pty)\.?$",
    re.IGNORECASE,
)


def redact(text: str, lead: Lead) -> str:
    """The text with the lead's names, e-mail address, phone number and company taken out. Rather too
    much goes than too little: a given name that is also a word is taken out where it is the word."""
    text = unicodedata.normalize("NFC", text)
    person = lead.person
    names = [person.full_name, person.given_name, person.family_name]
    parts = [part for name in names for part in (name or "").split()]
    company = lead.company
    short_name = _LEGAL_FORM.sub("", company.name) if company.name else None
    # addresses first: they hold the name and the domain, which would leave half of an address behind
    text = _replace(text, [person.email, person.phone], "the lead")
    text = _replace(text, [company.website, company.name, short_name, company.domain], "the company")
    text = mask_contact_details(text, person.region, "the lead")
    return _replace(text, [*names, *parts], "the lead")


def mask_contact_details(text: str, region: str | None, mask: str) -> str:
    """The text with `mask` in place of everybody's e-mail addresses and phone numbers. National phone
    numbers are read as the region's."""
    text = mask_emails(text, mask)
    pieces: list[str] = []
    end = 0
    for number in phonenumbers.PhoneNumberMatcher(text, region):
        pieces += [text[end : number.start], mask]
        end = number.end
    return "".join([*pieces, text[end:]])


def _replace(text: str, terms: list[str | None], word: str) -> str:
    found = {unicodedata.normalize("NFC", term.strip()) for term in terms if term and _tells(term)}
    if not found or _has_none_of(found, text):
        return text
    one = "|".join(_whole(term) for term in sorted(found, key=len, reverse=True))
    # "Smith, Anna" becomes one "the lead"
    return re.sub(rf"(?:{one})(?:[\s,]+(?:{one}))*", word, text, flags=re.IGNORECASE)


def _has_none_of(terms: set[str], text: str) -> bool:
    """Most texts have none. Only where that is sure: beyond ASCII, letters are the same in many ways."""
    if not text.isascii() or not all(term.isascii() for term in terms):
        return False
    lower = text.lower()
    return not any(term.split()[0].lower() in lower for term in terms)


def _whole(term: str) -> str:
    left = r"(?<!\w)" if _ends_a_word(term[0]) else ""
    right = r"(?!\w)" if _ends_a_word(term[-1]) else ""
    return left + r"\s+".join(map(re.escape, term.split())) + right


def _ends_a_word(letter: str) -> bool:
    """Scripts without capitals often write words together (田中さん, לאנה): there a name is taken out
    inside of a word, too."""
    return letter.isdigit() or letter.lower() != letter.upper()


def _tells(term: str) -> bool:
    """An initial is no name, a single Chinese character is."""
    letters = [letter for letter in term if letter.isalnum()]
    return len(letters) > 1 or any(not _ends_a_word(letter) for letter in letters)
