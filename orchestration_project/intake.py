"""Taking submissions in, whoever brings them: raw bytes first, then whose they are.

Sensors and the command line both come through here; processing starts later, in a run.
"""

from collections.abc import Sequence

from orchestration_project.data.emails import person_key
from orchestration_project.data.normalise import normalise
from orchestration_project.data.payload import UnreadableSubmission, parse_payload
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.imports import Imports, OldSubmission
from orchestration_project.ledger.people import Introduction
from orchestration_project.ledger.submissions import RawSubmission, Stored, external_id_of, make_ref
from orchestration_project.model import Attribution, Delivery, Ref, Submission
from orchestration_project.playbook.model import Playbook


def take_in(
    ledger: Ledger, playbook: Playbook, source: str, deliveries: Sequence[Delivery]
) -> tuple[Stored, ...]:
    """Stores the deliveries, in one transaction. Only then says whose they are: the second of two
    submissions by one person must find the first, whichever run is faster."""
    stored = ledger.submissions.store(source, deliveries)
    new = ledger.submissions.read([item.ref for item in stored if item.new])
    ledger.people.introduce_all([_introduction(raw, playbook) for raw in new])
    return stored


def _introduction(raw: RawSubmission, playbook: Playbook) -> Introduction:
    try:
        payload = parse_payload(raw.raw)
    except UnreadableSubmission:
        # it goes its way to quarantine in the run, where a person sees it
        return Introduction(ref=raw.ref, person_key=None, submitted_at=raw.received_at, touch=Attribution())
    submission = Submission(
        ref=raw.ref,
        source=raw.source,
        external_id=raw.external_id,
        received_at=raw.received_at,
        payload=payload,
    )
    lead = normalise(submission, playbook.business, playbook.field_names(raw.source), playbook.limits)
    return Introduction(
        ref=raw.ref,
        person_key=person_key(lead.person.email) if lead.person.email else None,
        submitted_at=lead.submitted_at,
        touch=lead.attribution,
    )


def take_in_history(
    ledger: Ledger, playbook: Playbook, source: str, deliveries: Sequence[Delivery]
) -> tuple[Ref, ...]:
    """Stores submissions of long ago as `imported`: they are there to be looked at and re-scored, and no
    run acts on them. Many at once, since history comes by the thousand. Answers the refs of the new ones.
    """
    now = ledger.work.clock()
    fields = playbook.field_names(source)
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
        olds.append(
            OldSubmission(
                delivery=delivery,
                person_key=person_key(lead.person.email) if lead.person.email else None,
                submitted_at=lead.submitted_at,
                touch=lead.attribution,
            )
        )
    return Imports(ledger.engine, ledger.work.clock).store(source, olds)
