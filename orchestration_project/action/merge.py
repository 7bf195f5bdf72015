"""Which fields of a CRM contact we may write, so that nothing a person entered is ever lost.

Pure, and the same for every CRM; reading and writing contacts belongs to `crm_contact.py`.

What we wrote last is kept in the contact itself, as `lead_written`: a short hash of each of our
properties. A property that no longer has its hash was changed by a person. It works without the ledger,
and a restored or merged contact tells the truth about itself.
"""

import hashlib
import json
from collections.abc import Mapping

from pydantic import TypeAdapter, ValidationError

from orchestration_project.data.same_value import (
    canonical,
    is_blank,
    is_same_number,
    is_same_site,
    is_same_text,
)
from orchestration_project.model import Contact, Frozen

WRITTEN = "lead_written"
WRITE_ONCE = frozenset({"lead_first_source", "lead_first_medium", "lead_first_campaign"})
NAME_PARTS = ("first_name", "last_name")
"""Of the name, and written with it or not at all."""
FINGERPRINT = 8  # hex digits; with it the record fits the 255 characters of a plain CRM field

_record = TypeAdapter(dict[str, str])


class ContactChange(Frozen):
    """What to write, and the names of the fields that differ and stay as they are."""

    fields: dict[str, str]
    properties: dict[str, str]
    conflicts: tuple[str, ...] = ()


def merge_contact(
    existing: Contact | None,
    fields: Mapping[str, str],
    properties: Mapping[str, str],
    last_written: Mapping[str, str],
) -> ContactChange:
    """Blank fields are filled, equal ones left. A field that says something else stays, whoever wrote it:
    anybody can type another person's address into a form. Our own properties follow the newest lead
    unless a person changed them; the first touch is written once."""
    known = _fields_of(existing)
    ours = existing.properties if existing else {}
    new_fields: dict[str, str] = {}
    new_properties: dict[str, str] = {}
    conflicts: list[str] = []

    for name, value in _of_their_own(fields).items():
        if is_blank(value) or _is_same(name, known.get(name, ""), value):
            continue
        if is_blank(known.get(name, "")):
            new_fields[name] = value
        else:
            conflicts.append(name)
    new_fields |= _parts(fields) if "name" in new_fields else {}

    for name, value in properties.items():
        present = ours.get(name, "")
        if canonical(present) == canonical(value):
            continue
        may_follow = name not in WRITE_ONCE and last_written.get(name) == fingerprint(present)
        if is_blank(present) or may_follow:
            new_properties[name] = value
        elif name not in WRITE_ONCE:
            conflicts.append(name)

    if new_properties:
        record = {**last_written, **{name: fingerprint(value) for name, value in new_properties.items()}}
        new_properties[WRITTEN] = json.dumps(record, separators=(",", ":"), sort_keys=True)
    return ContactChange(fields=new_fields, properties=new_properties, conflicts=tuple(conflicts))


def only_told(change: ContactChange) -> ContactChange:
    """The contact is another person's: its own fields stay as they are, gaps too, and the note tells ours."""
    told = tuple(name for name in _of_their_own(change.fields) if name not in change.conflicts)
    return change.model_copy(update={"fields": {}, "conflicts": (*change.conflicts, *told)})


def _of_their_own(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if name not in NAME_PARTS}


def _parts(fields: Mapping[str, str]) -> dict[str, str]:
    return {part: fields[part] for part in NAME_PARTS if fields.get(part)}


def last_written(contact: Contact | None) -> dict[str, str]:
    """The hashes of what we wrote last. Empty if a person broke the record: then all of it is theirs."""
    try:
        return _record.validate_json(contact.properties.get(WRITTEN, "") if contact else "")
    except ValidationError:
        return {}


def fingerprint(value: str) -> str:
    """Hash of a value, 8 hex digits; equal for values that a CRM's tidying makes of one another."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()[:FINGERPRINT]


def _fields_of(contact: Contact | None) -> dict[str, str]:
    if contact is None:
        return {}
    return {
        "email": contact.email or "",
        "name": contact.name or "",
        "phone": contact.phone or "",
        "company": contact.company or "",
        "website": contact.website or "",
    }


def _is_same(field: str, present: str, wanted: str) -> bool:
    if field == "website":
        return is_same_site(present, wanted)
    return is_same_text(present, wanted) or (field == "phone" and is_same_number(present, wanted))
