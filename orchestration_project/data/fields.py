"""Which field of a form is which field of a lead, whatever the form calls it.

What stands in the field is read in the module of that field, not here.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from orchestration_project.data.payload import flatten
from orchestration_project.data.text import one_line
from orchestration_project.model import JsonObject, Problem

BUILT_IN_NAMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "id": ("id", "submission_id", "response_id", "external_id"),
        "crm_contact_id": ("crm_contact_id",),
        "submitted_at": ("submitted_at", "created_at", "timestamp"),
        "email": ("email", "email_address", "mail", "your_email", "work_email"),
        "name": ("name", "full_name", "your_name", "contact_name"),
        "first_name": ("first_name", "given_name", "forename", "name.first"),
        "last_name": ("last_name", "family_name", "surname", "name.last"),
        "phone": (
            *("phone", "tel", "telephone", "mobile"),
            *("phone_number", "telephone_number", "mobile_number"),
        ),
        "company": ("company", "organisation", "organization", "company_name", "business_name"),
        "website": ("website", "url", "website_url", "company_website"),
        "message": ("message", "comments", "comment", "enquiry", "inquiry", "your_message"),
        "budget": ("budget", "monthly_budget"),
        "service": ("service", "services"),
        "consent": ("consent", "marketing_consent", "newsletter", "marketing_opt_in"),
        "time_zone": ("time_zone",),
        "honeypot": ("honeypot", "hp", "_gotcha", "website_url_confirm"),
        "utm_source": ("utm_source",),
        "utm_medium": ("utm_medium",),
        "utm_campaign": ("utm_campaign",),
        "utm_term": ("utm_term",),
        "utm_content": ("utm_content",),
        "referrer": ("referrer", "referer"),
        "landing_page": ("landing_page", "landing_page_url"),
    }
)
"""Compared without case and punctuation: `E-Mail` and `e_mail` are `email`."""

LEAD_FIELDS = frozenset(BUILT_IN_NAMES)
"""What the owner may give further names to, under `fields:` in connections.yaml."""

# Containers that services put around a form's answers; they say nothing about the field inside.
_WRAPPERS = frozenset(
    {"answers", "body", "contact", "data", "fields", "form", "formresponse", "hidden", "payload", "person"}
    | {"properties", "response", "submission", "values"}
)
_MAX_KEY_CHARACTERS = 200


@dataclass(frozen=True)
class MappedFields:
    values: Mapping[str, str]  # lead field: text, never blank
    extra: Mapping[str, str]  # the form's own key: text of what belongs to no lead field
    problems: tuple[Problem, ...]


def map_fields(payload: JsonObject, fields: Mapping[str, tuple[str, ...]]) -> MappedFields:
    """`fields` are the owner's names for lead fields; they add to the built-in names and win over them."""
    unused: dict[str, str] = {}
    paths: dict[str, list[str]] = defaultdict(list)
    for path, text in flatten(payload):
        key = one_line(path, _MAX_KEY_CHARACTERS)
        unused[key] = text
        paths[_plain(key)].append(key)

    values: dict[str, str] = {}
    asked: set[str] = set()  # fields the form has, filled in or not
    for names in (fields, BUILT_IN_NAMES):
        for lead_field, path in _matches(names, paths):
            if path in unused and lead_field not in values:
                asked.add(lead_field)
                text = unused.pop(path)
                if text.strip():
                    values[lead_field] = text

    extra = {path: text for path, text in unused.items() if text.strip()}
    return MappedFields(values, extra, tuple(_renamed(asked, extra, fields)))


def _matches(
    names: Mapping[str, tuple[str, ...]], paths: Mapping[str, list[str]]
) -> Iterator[tuple[str, str]]:
    for lead_field in BUILT_IN_NAMES:
        for name in names.get(lead_field, ()):
            for path in paths.get(_plain(name), ()):
                yield lead_field, path


def _plain(path: str) -> str:
    *around, last = path.casefold().split(".")
    telling = [part for part in around if part not in _WRAPPERS and not part.isdigit()]
    return "".join(character for character in "".join([*telling, last]) if character.isalnum())


_MAIL = re.compile(r"[^\s@<>]+@[^\s@<>]+\.[^\s@<>.]{2,}")
_PHONE = re.compile(r"(?:\+|0)(?:[ ()./-]*\d){9,14}")
_SENTENCE_WORDS = 8
_LOOKS: tuple[tuple[str, str, Callable[[str], bool]], ...] = (
    ("email", "an e-mail address", lambda text: bool(_MAIL.fullmatch(text))),
    ("phone", "a phone number", lambda text: bool(_PHONE.fullmatch(text))),
    ("message", "a longer text", lambda text: len(text.split()) >= _SENTENCE_WORDS),
)


def _renamed(
    asked: set[str], extra: Mapping[str, str], fields: Mapping[str, tuple[str, ...]]
) -> Iterator[Problem]:
    """A form that was edited is the usual reason for a field that is suddenly gone: say where it went."""
    for lead_field, what, fits in _LOOKS:
        path = next((path for path, text in extra.items() if fits(text.strip())), None)
        if lead_field not in asked and path is not None:
            expected = " or ".join(f"`{name}`" for name in fields.get(lead_field, ()))
            missing = f"question {expected} for the field {lead_field}" if expected else f"field {lead_field}"
            yield Problem(
                field=lead_field,
                code="renamed",
                message=f"The form has no {missing}, but `{path}` holds {what}. "
                f"If the form renamed it, add `fields: {{{lead_field}: [{path}]}}` "
                "to its line in connections.yaml, then replay.",
            )
