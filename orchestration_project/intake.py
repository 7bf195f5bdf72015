"""Taking submissions in, whoever brings them: raw bytes first, then one reading of whose they are.

Sensors and the command line both come through here; processing starts later, in a run, from what was read.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from orchestration_project.crash import crash_point
from orchestration_project.data.addresses import address_key
from orchestration_project.data.emails import person_key
from orchestration_project.data.language import detect_language
from orchestration_project.data.normalise import normalise
from orchestration_project.data.own_ids import with_own_id
from orchestration_project.data.payload import UnreadableSubmission, parse_payload
from orchestration_project.data.revisions import what_it_is
from orchestration_project.data.same_person import keys
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.imports import Imports, OldSubmission
from orchestration_project.ledger.people import Introduction
from orchestration_project.ledger.revisions import Revision
from orchestration_project.ledger.sources import Reading
from orchestration_project.ledger.submissions import RawSubmission, Stored, external_id_of, make_ref
from orchestration_project.model import (
    CompanyProfile,
    Context,
    Delivery,
    Finding,
    Lead,
    Ref,
    Standing,
    Submission,
    WebPage,
)
from orchestration_project.playbook.model import Playbook

_NOT_ASKED = "It came as history, so nobody was asked."


def take_in(
    ledger: Ledger,
    playbook: Playbook,
    source: str,
    deliveries: Sequence[Delivery],
    reading: Reading | None = None,
) -> tuple[Stored, ...]:
    """Stores the deliveries, in one transaction with the cursor of their source. Only then says whose they
    are: the second of two submissions by one person must find the first, whichever run is faster.

    Raises ReadByAnother where the source has been read on meanwhile by somebody else.
    """
    stored = ledger.submissions.store(source, [with_own_id(one) for one in deliveries], reading)
    crash_point("stored")
    introduce(ledger, playbook, [item.ref for item in stored if item.new])
    crash_point("introduced")
    if any(item.revised for item in stored):
        read_revisions(ledger, playbook)
    return stored


def introduce(ledger: Ledger, playbook: Playbook, refs: Sequence[Ref]) -> dict[Ref, Lead | None]:
    """Reads these submissions and keeps what they say; None for one that cannot be read. What is of a person
    who was erased on request, and older than that, is wiped again and not among the answers."""
    raws = {raw.ref: raw for raw in ledger.submissions.read(refs)}
    read = {ref: read_submission(raw, playbook) for ref, raw in raws.items() if not raw.erased}
    for ref in stays_out(ledger, [lead for lead in read.values() if lead is not None]):
        lead = read.pop(ref)
        ledger.erasing.keep_out([ref], [lead.person.email] if lead and lead.person.email else [])
    ledger.people.introduce(
        [
            # one that cannot be read goes its way to quarantine in the run, where a person sees it
            Introduction(ref=ref, person_key=None, submitted_at=raws[ref].received_at)
            if lead is None
            else _introduction(lead)
            for ref, lead in read.items()
        ]
    )
    return read


def read_submission(raw: RawSubmission, playbook: Playbook) -> Lead | None:
    """The one reading of a submission, from its bytes. None: they are no JSON object."""
    try:
        payload = parse_payload(raw.raw)
    except UnreadableSubmission:
        return None
    submission = Submission(
        ref=raw.ref,
        source=raw.source,
        external_id=raw.external_id,
        received_at=raw.received_at,
        payload=payload,
    )
    return normalise(submission, playbook.business, playbook.field_names(raw.source), playbook.limits)


def read_revisions(ledger: Ledger, playbook: Playbook) -> tuple[Ref, ...]:
    """Says of what was delivered again with other content whose it is: of the same lead, which is then read
    again, or of another person, who gets a lead of their own. Answers the refs it concerned."""
    concerned: dict[Ref, None] = {}
    for lead_id, number in ledger.revisions.unread():
        revision = ledger.revisions.look(lead_id, number)
        if revision is None:
            continue
        now = read_submission(revision.raw, playbook)
        if _was_forgotten(ledger, now, revision):
            ledger.revisions.drop(revision)
            continue
        before = {raw.ref: read_submission(raw, playbook) for raw in revision.before}
        of, kind = what_it_is(now, before)
        ref = ledger.revisions.settle(revision, of, kind)
        if of is None:
            introduce(ledger, playbook, [ref])
        concerned[ref] = None
    return tuple(concerned)


def _was_forgotten(ledger: Ledger, now: Lead | None, revision: Revision) -> bool:
    """Whether a source brings once more what was erased: under an id that was, or nobody else's, whenever it
    says that it was sent. Whoever has a lead under that id again is not forgotten."""
    key = person_key(now.person.email) if now is not None and now.person.email else None
    if key is None:
        return revision.erased and not revision.before
    erased = ledger.forgotten.when(_spellings(key))
    if not erased:
        return False
    theirs = ledger.people.known_refs(key)
    if any(raw.ref in theirs for raw in revision.before):
        return False
    ledger.forgotten.count_kept_out(erased)
    return True


def stays_out(ledger: Ledger, leads: Collection[Lead], undated: datetime | None = None) -> set[Ref]:
    """Of these, the ones of people who were erased on request, and who have not written anew since. What was
    sent at the moment `undated` has no date of its own and may be of any day, so it stays out."""
    spelled = {lead.ref: _spellings(lead.person.email) for lead in leads if lead.person.email}
    erased = ledger.forgotten.when({key for keys in spelled.values() for key in keys})
    out: dict[Ref, set[str]] = {}
    for lead in leads:
        theirs = spelled.get(lead.ref, frozenset()) & erased.keys()
        moment = max((erased[key] for key in theirs), default=None)
        if moment is not None and (lead.submitted_at <= moment or lead.submitted_at == undated):
            out[lead.ref] = set(theirs)
    if out:
        ledger.forgotten.count_kept_out(set().union(*out.values()))
    return set(out)


def _spellings(email: str) -> frozenset[str]:
    """By which somebody who was erased is known again: as it is spelled, and as their provider reads it."""
    return frozenset((person_key(email), address_key(email)))


def _introduction(lead: Lead) -> Introduction:
    return Introduction(
        ref=lead.ref,
        person_key=person_key(lead.person.email) if lead.person.email else None,
        submitted_at=lead.submitted_at,
        keys=keys(lead),
        touch=lead.attribution,
        lead=lead,
    )


def take_in_history(
    ledger: Ledger, playbook: Playbook, source: str, deliveries: Sequence[Delivery]
) -> tuple[Ref, ...]:
    """Stores submissions of long ago as `imported`: they are there to be looked at and re-scored, and no
    run acts on them. Many at once, since history comes by the thousand. Answers the refs of the new ones.
    """
    olds = old_submissions(ledger, playbook, source, deliveries)
    return Imports(ledger.engine, ledger.clock).store(source, olds)


def old_submissions(
    ledger: Ledger, playbook: Playbook, source: str, deliveries: Sequence[Delivery]
) -> list[OldSubmission]:
    """What the data layer says of history: whose it is, since when, from where. Without that of people who
    were erased on request."""
    now = ledger.clock()
    fields = playbook.field_names(source)
    standing = Standing(kind="new")
    website = Finding[WebPage](status="not_asked", note=_NOT_ASKED)
    company = Finding[CompanyProfile](status="not_asked", note=_NOT_ASKED)
    olds: list[OldSubmission] = []
    for delivery in deliveries:
        external_id = external_id_of(delivery)
        submission = Submission(
            ref=make_ref(source, external_id),
            source=source,
            external_id=external_id,
            received_at=now,
            payload=parse_payload(delivery.raw),
        )
        lead = normalise(submission, playbook.business, fields, playbook.limits)
        lead = lead.model_copy(update={"language": detect_language(lead.message)})
        olds.append(
            OldSubmission(
                delivery=delivery,
                person_key=person_key(lead.person.email) if lead.person.email else None,
                submitted_at=lead.submitted_at,
                touch=lead.attribution,
                keys=keys(lead),
                context=Context(
                    lead=lead,
                    # who the person was to us back then, nobody can tell any more
                    standing=standing,
                    website=website,
                    company=company,
                ),
                undated=lead.submitted_at == now,
            )
        )
    known = [old.context.lead for old in olds if old.context is not None]
    out = stays_out(ledger, known, undated=now)
    return [old for old in olds if old.context is None or old.context.ref not in out]
