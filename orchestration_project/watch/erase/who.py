"""Whose leads they are: all of a person, under every address that they gave, and the words to search for.

Bytes come from the ledger, the reading is intake's. Nothing is erased here.
"""

from collections.abc import Collection, Iterator
from datetime import UTC, datetime

from orchestration_project.data.addresses import address_key
from orchestration_project.data.emails import person_key
from orchestration_project.data.same_person import mail_key
from orchestration_project.intake import read_submission
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.erasing import Erasure, KeptLead
from orchestration_project.ledger.submissions import RawSubmission
from orchestration_project.model import Frozen, Lead, Ref
from orchestration_project.playbook.model import Playbook

SHORTEST = 6
"""Characters. A shorter word than that stands in other people's texts, too."""
LONGEST = 200
"""Of a message, this much from its beginning is searched for."""
INBOX = "inbox"
_ANY_DAY = datetime(2000, 1, 1, tzinfo=UTC)


class Someone(Frozen):
    """A person as we know them. `refs` are their leads; `mentions` are leads of others that name them."""

    person_keys: frozenset[str]
    refs: tuple[Ref, ...]
    terms: tuple[str, ...]  # by which they are found: addresses, names, numbers, messages
    domains: frozenset[str]  # of their companies, as far as they gave one
    sources: frozenset[str]
    mentions: tuple[Ref, ...] = ()

    @property
    def forgotten_as(self) -> frozenset[str]:
        """Also by what all spellings of their mailboxes have in common."""
        return self.person_keys | {address_key(key) for key in self.person_keys}


def find_person(ledger: Ledger, playbook: Playbook, addresses: Collection[str]) -> Someone:
    """All leads of the person with these addresses, however their provider lets them be spelled, and with
    those that they gave besides: a correction may have changed one."""
    keys = {person_key(address.strip()) for address in addresses}
    while True:
        found = ledger.erasing.holding(keys, {mail_key(key) for key in keys})
        read = {lead.ref: [*_read(lead, playbook)] for lead in found}
        theirs = [lead for lead in found if _is_theirs(read[lead.ref], keys)]
        more = {
            person_key(said.person.email)
            for lead in theirs
            for said in read[lead.ref]
            if said.person.email is not None
        }
        if more <= keys:
            break
        keys |= more
    words = [said for lead in theirs for said in read[lead.ref]]
    return Someone(
        person_keys=frozenset(keys),
        refs=tuple(lead.ref for lead in theirs),
        terms=_terms(keys, words),
        domains=frozenset(said.company.domain for said in words if said.company.domain),
        sources=frozenset(lead.source for lead in theirs),
        mentions=tuple(lead.ref for lead in found if lead not in theirs),
    )


def of_refs(ledger: Ledger, playbook: Playbook, refs: Collection[Ref], keys: Collection[str] = ()) -> Someone:
    """The person whose leads these are known to be."""
    leads = ledger.erasing.of_refs(refs)
    words = [said for lead in leads for said in _read(lead, playbook)]
    known = {*keys, *(person_key(said.person.email) for said in words if said.person.email)}
    return Someone(
        person_keys=frozenset(known),
        refs=tuple(lead.ref for lead in leads),
        terms=_terms(known, words),
        domains=frozenset(said.company.domain for said in words if said.company.domain),
        sources=frozenset(lead.source for lead in leads),
    )


def with_what_was_begun(ledger: Ledger, person: Someone) -> tuple[Someone, tuple[Erasure, ...]]:
    """With the leads of an erasure of theirs that was broken off: they may be wiped already, and their
    certificate is not written yet. And those erasures of theirs that are through."""
    known = [ledger.erasing.read(number) for number in ledger.forgotten.erasures_of(person.forgotten_as)]
    begun = [ref for erasure in known if erasure.finished_at is None for ref in erasure.refs]
    refs = tuple(dict.fromkeys((*person.refs, *begun)))
    through = tuple(erasure for erasure in known if erasure.finished_at is not None)
    return person.model_copy(update={"refs": refs}), through


def _read(lead: KeptLead, playbook: Playbook) -> Iterator[Lead]:
    for raw in lead.said:
        if raw.raw and (said := read_submission(raw, playbook)) is not None:
            yield said


def _is_theirs(read: Collection[Lead], keys: Collection[str]) -> bool:
    """A lead with another address is somebody else's, who only mentions the person."""
    given = [said.person.email for said in read if said.person.email]
    return not given or same_mailbox(given, keys)


def same_mailbox(addresses: Collection[str], keys: Collection[str]) -> bool:
    """Whether one of the addresses is the person's, however their provider lets it be spelled."""
    return bool({address_key(each) for each in addresses} & {address_key(key) for key in keys})


def own_address(raw: bytes, playbook: Playbook) -> str | None:
    """Whose submission lies in the inbox, unread or read. None: nobody can say, or it gives no address."""
    unread = RawSubmission(ref=Ref("L-UNREAD"), source=INBOX, external_id="", received_at=_ANY_DAY, raw=raw)
    said = read_submission(unread, playbook)
    return said.person.email if said is not None else None


def _terms(keys: Collection[str], words: Collection[Lead]) -> tuple[str, ...]:
    found = {*keys}
    for said in words:
        person = said.person
        name = person.full_name or ""
        found |= {person.email or "", person.phone or "", name if " " in name else ""}
        found |= {line.strip()[:LONGEST] for line in said.message.splitlines() if len(line) > 2 * SHORTEST}
    return tuple(sorted(term for term in found if len(term) >= SHORTEST))
