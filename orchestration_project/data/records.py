"""Which of two systems is right about a lead, where they differ, and the lead as its records have it. Pure.

Which system is right is the playbook's say; reading what systems say is `copies.py`.
"""

from collections.abc import Iterator, Mapping, Sequence

from orchestration_project.data.names import read_name
from orchestration_project.data.phones import read_phone
from orchestration_project.data.same_value import is_blank, is_same_number, is_same_text
from orchestration_project.ledger.told import Rules
from orchestration_project.model import Lead
from orchestration_project.model.records import (
    KIND_OF,
    Difference,
    Held,
    Item,
    System,
    in_words,
    name_parts,
)
from orchestration_project.playbook.records import Records

_OF_A_LEAD: tuple[Item, ...] = ("name", "phone", "company")
"""What a lead is scored on, and spoken of with. Its address stays the one that it wrote from: by that its
person is known, and that consented."""


def rules_of(records: Records) -> Rules:
    """For the ledger, which knows neither the playbook nor how values compare."""

    def is_record(system: System, item: Item) -> bool:
        return records.of_item(item) == system

    return Rules(same=same, is_record=is_record)


def same(item: Item, one: str, other: str) -> bool:
    """Whether both mean the same; two blanks do."""
    if is_same_text(one, other):
        return True
    if item == "draft":
        return _is_same_draft(one, other)
    return item == "phone" and not is_blank(one) and not is_blank(other) and is_same_number(one, other)


def _is_same_draft(one: str, other: str) -> bool:
    """By their prints: the names they are to count only where both tell them."""
    (said, _, names), (said_there, _, names_there) = one.partition("-"), other.partition("-")
    return bool(said) and said == said_there and not (names and names_there)


def right_values(held: Sequence[Held], records: Records) -> dict[Item, Held]:
    """What the record says of each, where it has said something else than was known when the lead came. A
    record that is blank says nothing: a form's value is not lost to an empty field."""
    return {
        one.item: one
        for one in held
        if one.says is not None
        and not is_blank(one.says)
        and one.changes > 0
        and records.of_item(one.item) == one.system
    }


def as_recorded(lead: Lead, held: Sequence[Held], records: Records, region: str) -> Lead:
    """The lead with the values of its records in the place of its form's. A value that cannot be read leaves
    the form's. `region` is the business' own, by which national phone numbers are read."""
    right = {item: one.says or "" for item, one in right_values(held, records).items() if item in _OF_A_LEAD}
    person, company = lead.person, lead.company
    if "name" in right and not same("name", right["name"], person.full_name or ""):
        person = person.model_copy(update=_parts(right["name"]))
    if "phone" in right and not same("phone", right["phone"], person.dialled or ""):
        person = person.model_copy(update=_number(right["phone"], region))
    if "company" in right and not same("company", right["company"], company.name or ""):
        company = company.model_copy(update={"name": right["company"].strip()})
    if person is lead.person and company is lead.company:
        return lead
    return lead.model_copy(update={"person": person, "company": company})


def change_number(held: Sequence[Held], records: Records) -> int:
    """Counts the changes of the lead's records: by it each carrying has a receipt of its own."""
    return sum(one.changes for one in held if records.of_item(one.item) == one.system)


def differences(held: Sequence[Held], records: Records) -> Iterator[Difference]:
    """Where a copy says something else than the record, though nothing is under way any more."""
    by_item: dict[Item, dict[System, Held]] = {}
    for one in held:
        by_item.setdefault(one.item, {})[one.system] = one
    for item, said in by_item.items():
        if item in KIND_OF:
            yield from _against_record(item, said, records)
        else:
            yield from _against_wanted(item, said, held, records)


def _against_record(item: Item, said: Mapping[System, Held], records: Records) -> Iterator[Difference]:
    record = said.get(records.of_item(item) or "crm")
    if item == "consent" or record is None or record.says is None or record.pending is not None:
        return  # a consent that was withdrawn anywhere is, whoever is the record of it
    if is_blank(record.says):
        return  # an empty field says nothing that could be right
    for system, one in said.items():
        if one is record or one.says is None or same(item, one.says, record.says):
            continue
        if system == "form" and not _is_news(one, record):
            continue  # the record was changed since the person said so: that is what a record is for
        if is_blank(one.says) and one.written is None:
            continue  # nobody ever wrote it there
        yield Difference(
            ref=one.ref,
            item=item,
            record=record.system,
            right=record.says,
            right_since=record.since,
            copy_in=system,
            other=one.says,
            other_since=one.since,
        )


def _is_news(form: Held, record: Held) -> bool:
    return record.since is None or (form.since is not None and form.since > record.since)


def _against_wanted(
    item: Item, said: Mapping[System, Held], held: Sequence[Held], records: Records
) -> Iterator[Difference]:
    """Of titles and drafts, which are made of several values."""
    changed = [each.since for each in right_values(held, records).values() if each.since is not None]
    for system, one in said.items():
        if one.writing is not None and one.says is not None and not same(item, one.says, one.writing):
            yield Difference(
                ref=one.ref,
                item=item,
                record=records.person,
                right=one.writing,
                right_since=max(changed, default=None),
                copy_in=system,
                other=one.says,
                other_since=one.since,
            )


def _parts(said: str) -> dict[str, str | None]:
    """Given in two parts, a name stays in two."""
    first, last = name_parts(said)
    name, problem = read_name(in_words(said), first, last)
    if name.full is None or problem is not None:
        return {}
    return {"full_name": name.full, "given_name": name.given, "family_name": name.family}


def _number(said: str, region: str) -> dict[str, str | None]:
    phone, _problem = read_phone(said, region)
    if phone.number is None:
        return {}
    return {"phone": phone.number, "phone_extension": phone.extension}
