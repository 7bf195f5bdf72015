"""What the submission alone tells of the leads of a run, with what the ledger knows of their senders.

What makes one unwanted is decided in `decision/`; nobody outside is asked.
"""

from collections.abc import Sequence
from datetime import timedelta

from orchestration_project.decision.genuine.alike import alike
from orchestration_project.decision.genuine.signs import Seen
from orchestration_project.decision.validate import validate_submission
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.senders import Before
from orchestration_project.model import Lead, Ref, Verdict
from orchestration_project.playbook.model import Playbook

WINDOW = timedelta(days=1)


def judge_submissions(ledger: Ledger, playbook: Playbook, leads: Sequence[Lead]) -> dict[Ref, Verdict]:
    """The first half of validation, of each lead."""
    if not leads:
        return {}
    refs = [lead.ref for lead in leads]
    written = ledger.senders.written(WINDOW)
    texts = {str(each.ref): each.message for each in written} | {
        str(lead.ref): lead.message for lead in leads
    }
    near = alike(texts, {str(each.ref): each.person_key for each in written}, [str(ref) for ref in refs])
    before = ledger.senders.before(refs)
    own = ledger.own_words.weights()

    def seen(ref: Ref) -> Seen:
        known = before.get(ref, Before())
        return Seen(alike=near[str(ref)], refused=known.refused, welcome=known.welcome)

    return {lead.ref: validate_submission(lead, playbook, seen(lead.ref), own) for lead in leads}
