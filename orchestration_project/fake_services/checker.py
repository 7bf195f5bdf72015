"""Holds what was submitted against what stands in the accounts: once each, none missing, nothing for others.

Knows nothing of how leads are worked on; what stands there is read by `held.py`.
"""

import base64
import binascii
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from urllib.parse import unquote_plus

from pydantic import JsonValue
from sqlalchemy import Engine

from orchestration_project.fake_services.base import Accepted, Request
from orchestration_project.fake_services.held import REF, Held, Kind, held_at_home, held_by
from orchestration_project.fake_services.office import Office


@dataclass(frozen=True)
class Submitted:
    """A lead, and what has to come of it."""

    ref: str
    email: str
    actions: tuple[str, ...] = ()
    """Of its track, by the playbook's names, without those that this lead skips. None: it must leave nothing
    anywhere, being spam, a duplicate, or not done yet."""
    sequence: str = ""  # the list of the action `sequence`
    validated_at: datetime | None = None
    """When the decision layer passed it, where that is known: nothing may have been written before."""


class Wrong(StrEnum):
    MISSING = "missing"
    TWICE = "twice"
    UNWANTED = "unwanted"  # of a lead that was to leave nothing, or of an action that its track does not have
    EARLY = "early"  # before validation
    NOBODYS = "nobody's"  # of no lead that was submitted


@dataclass(frozen=True)
class Finding:
    wrong: Wrong
    ref: str  # empty: of no single lead
    told: str


BY_REF = {
    "crm_contact": Kind.NOTE,
    "task": Kind.TASK,
    "draft": Kind.DRAFT,
    "folder": Kind.FOLDER,
    "calendar_hold": Kind.EVENT,
    "chat": Kind.CHAT,
}
"""What each action leaves under the lead's ref. A contact and a sequence member are found by address."""
_OF_NO_LEAD = re.compile(r"^(?:alert|digest)|-check$")
"""Keys of chat messages that go to the team: what is broken, and what is to be checked."""
_OTHERS = re.compile(rf"\b(?:as|after) {REF.pattern}", re.IGNORECASE)
"""Note, task and chat speak of another lead, whose person is or may be the same."""
_EMAIL = re.compile(r"(?<![^\s<>()\[\],;:\"'])[^\s<>()\[\],;:\"']+@[^\s<>()\[\],;:\"']+")
"""From the beginning of a word on: else the search in a long one, such as a mail in base64, takes the square
of its length."""
_ACTIONS = {kind: action for action, kind in BY_REF.items()} | {
    Kind.FILE: "folder",
    Kind.INBOX_ENTRY: "crm_contact",
}


def check_office(office: Office, leads: Sequence[Submitted]) -> list[Finding]:
    """Over all stand-ins of an office, their late writes included only once they have landed."""
    services = office.services.values()
    things = [thing for service in services for thing in held_by(service)]
    writes = [write for service in services for write in service.accepted]
    return check(things, leads, writes)


def check_home(home: Path, database: Engine, leads: Sequence[Submitted]) -> list[Finding]:
    """Over the embedded connectors of an installation, which do not tell when each thing was written."""
    return check([*held_at_home(home, database)], leads)


def check(
    things: Sequence[Held], leads: Sequence[Submitted], writes: Iterable[Accepted] = ()
) -> list[Finding]:
    return [
        *_missing(things, leads),
        *_twice(things, leads),
        *_unwanted(things, leads),
        *_from_writes(writes, leads),
    ]


def _missing(things: Sequence[Held], leads: Sequence[Submitted]) -> Iterator[Finding]:
    there: defaultdict[tuple[Kind, str], list[Held]] = defaultdict(list)
    for thing in things:
        there[thing.kind, thing.key].append(thing)
    for lead in leads:
        for kind, key in _expected(lead):
            found = there[kind, key]
            if not found:
                yield Finding(Wrong.MISSING, lead.ref, f"There is no {kind} of {lead.ref}.")
            elif not any(thing.whole for thing in found):
                told = f"{found[0].where} has a {kind} of {lead.ref} that was begun and not finished."
                yield Finding(Wrong.MISSING, lead.ref, told)


def _expected(lead: Submitted) -> Iterator[tuple[Kind, str]]:
    for action in lead.actions:
        if action in BY_REF:
            yield BY_REF[action], lead.ref.casefold()
    if "crm_contact" in lead.actions:
        yield Kind.CONTACT, lead.email.casefold()
    if "sequence" in lead.actions:
        yield Kind.MEMBER, _member(lead)


def _twice(things: Sequence[Held], leads: Sequence[Submitted]) -> Iterator[Finding]:
    """Nothing that has a key is there twice, whoever's it is; unfinished ones count, as people see them."""
    by_key = {key: lead.ref for lead in leads for _, key in _expected(lead)}
    times = Counter((thing.where, thing.kind, thing.key) for thing in things if thing.key)
    for (where, kind, key), count in times.items():
        if count > 1:
            ref = by_key.get(key) or _ref_in(key, leads) or ""
            told = f"{where} has {count} times the same {kind}: of {ref or 'somebody'}."
            yield Finding(Wrong.TWICE, ref, told)


def _unwanted(things: Sequence[Held], leads: Sequence[Submitted]) -> Iterator[Finding]:
    by_ref = {lead.ref.casefold(): lead for lead in leads}
    wanted = {key for lead in leads for _, key in _expected(lead)}
    by_email = {lead.email.casefold(): lead for lead in leads if lead.email}
    for thing in things:
        if not thing.by_us or thing.kind is Kind.COMPANY:
            continue
        if thing.kind in (Kind.CONTACT, Kind.MEMBER):
            if thing.key not in wanted:
                lead = by_email.get(thing.key.partition(" in ")[0])
                yield _stray(thing, lead)
            continue
        if thing.kind is Kind.CHAT and _OF_NO_LEAD.search(thing.key):
            continue  # such a line may name any lead, and says nothing of what it got
        found = REF.search(thing.key)
        lead = by_ref.get(found[0].casefold()) if found else None
        # what is logged later, such as the sent mail, hangs on the contact
        action = _ACTIONS.get(thing.kind, "crm_contact")
        if lead is None or action not in lead.actions:
            yield _stray(thing, lead)


def _stray(thing: Held, lead: Submitted | None) -> Finding:
    if lead is None:
        told = f"{thing.where} has a {thing.kind} of a lead that nobody submitted."
        return Finding(Wrong.NOBODYS, "", told)
    why = "which its track does not have" if lead.actions else "which was to leave nothing anywhere"
    return Finding(Wrong.UNWANTED, lead.ref, f"{thing.where} has a {thing.kind} of {lead.ref}, {why}.")


def _from_writes(writes: Iterable[Accepted], leads: Sequence[Submitted]) -> Iterator[Finding]:
    """Also what is not there any more, or was written over since."""
    named: dict[str, set[Submitted]] = defaultdict(set)
    for lead in leads:
        named[lead.ref.casefold()].add(lead)
        named[lead.email.casefold()].add(lead)
    told_of: set[tuple[Wrong, str]] = set()
    for write in writes:
        text = text_of(write.request)
        words = {*REF.findall(_OTHERS.sub("", text)), *_EMAIL.findall(text)}
        for lead in sorted({lead for word in words for lead in _named_by(word, named)}, key=_by_ref):
            wrong = Wrong.UNWANTED if not lead.actions else Wrong.EARLY
            early = lead.validated_at is not None and write.at < lead.validated_at
            if (lead.actions and not early) or (wrong, lead.ref) in told_of:
                continue
            told_of.add((wrong, lead.ref))
            why = "before it was validated" if lead.actions else "which was to leave nothing anywhere"
            told = f"{write.request.method} {write.request.path[:60]} was carried out for {lead.ref}, {why}."
            yield Finding(wrong, lead.ref, told)


def _named_by(word: str, named: Mapping[str, set[Submitted]]) -> set[Submitted]:
    """The leads of that ref. An address that leads share tells of no single one of them."""
    leads = named.get(word, set())
    return leads if len(leads) == 1 else set()


def _by_ref(lead: Submitted) -> str:
    return lead.ref


def text_of(request: Request) -> str:
    """All that a request says, in lower case: its address, and its body with what is encoded in it."""
    parts = [unquote_plus(request.path), *(value for values in request.query.values() for value in values)]
    try:
        body: JsonValue = json.loads(request.raw) if request.raw else None
    except ValueError:
        parts += _decoded(request.raw.decode("utf-8", "replace"))
    else:
        parts += [part for string in _strings(body) for part in _decoded(string)]
    return "\n".join(parts).casefold()


def _strings(value: JsonValue) -> Iterator[str]:
    match value:
        case str():
            yield value
        case list():
            for one in value:
                yield from _strings(one)
        case dict():
            for one in value.values():
                yield from _strings(one)
        case _:
            pass


def _decoded(string: str) -> Iterator[str]:
    """The text, and what it is in base64, which mails travel in."""
    yield string
    try:
        plain = string.strip().translate(str.maketrans("-_", "+/"))
        yield base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True).decode("utf-8", "replace")
    except (binascii.Error, ValueError):
        return


def _member(lead: Submitted) -> str:
    return f"{lead.email} in {lead.sequence}".casefold()


def _ref_in(key: str, leads: Sequence[Submitted]) -> str | None:
    found = REF.search(key)
    refs = {lead.ref.casefold(): lead.ref for lead in leads}
    return refs.get(found[0].casefold()) if found else None
