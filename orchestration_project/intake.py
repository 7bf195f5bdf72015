"""Taking submissions in, whoever brings them: raw bytes first, then whose they are.

Sensors and the command line both come through here; processing starts later, in a run.
"""

from collections.abc import Sequence

from orchestration_project.connectors.form_source.interface import Delivery
from orchestration_project.data.emails import person_key
from orchestration_project.data.normalise import normalise
from orchestration_project.data.payload import UnreadableSubmission, parse_payload
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.submissions import Stored
from orchestration_project.model import Attribution, Submission
from orchestration_project.playbook.model import Playbook


def take_in(
    ledger: Ledger, playbook: Playbook, source: str, deliveries: Sequence[Delivery]
) -> tuple[Stored, ...]:
    """Stores the deliveries, in one transaction. Only then, and one by one, says whose they are: the
    second of two submissions by one person must find the first, whichever run is faster."""
    stored = ledger.submissions.store(source, deliveries)
    for raw in ledger.submissions.read([item.ref for item in stored if item.new]):
        try:
            payload = parse_payload(raw.raw)
        except UnreadableSubmission:
            # it goes its way to quarantine in the run, where a person sees it
            ledger.people.introduce(raw.ref, None, raw.received_at, Attribution())
            continue
        submission = Submission(
            ref=raw.ref,
            source=source,
            external_id=raw.external_id,
            received_at=raw.received_at,
            payload=payload,
        )
        lead = normalise(submission, playbook.business, playbook.field_names(source), playbook.limits)
        key = person_key(lead.person.email) if lead.person.email else None
        ledger.people.introduce(raw.ref, key, lead.submitted_at, lead.attribution)
    return stored
