"""The note on a CRM contact that tells the whole story of one lead.

Pure; finding the contact and writing the note belongs to `crm_contact.py`.
"""

from collections.abc import Mapping

from orchestration_project.action.again import maybe_the_same
from orchestration_project.action.base import Brief
from orchestration_project.action.wording import (
    attribution_words,
    confidence_words,
    reasoning,
    score_words,
    service_title,
)
from orchestration_project.text import readable

LONGEST_MESSAGE = 4_000


def contact_note(brief: Brief, left_alone: Mapping[str, str], remark: str) -> str:
    """`left_alone` holds the fields that we did not overwrite, with what the lead said instead; `remark` is
    the CRM's, of the company it linked."""
    lead, decision = brief.context.lead, brief.decision
    score = decision.scoring.score
    lines = [f"Lead {brief.ref}, {brief.track.title}: {score_words(decision)}"]
    if thread := brief.context.standing.thread:
        lines += [f"They wrote again, after {', '.join(thread)}; what they wrote now is below."]
    lines += maybe_the_same(brief.context)
    if score:
        lines += [
            f"Recommended service: {service_title(brief) or 'none'}",
            f"Why: {readable(reasoning(decision))}",
            f"Confidence: {confidence_words(score)}",
        ]
        lines += [f"Evidence: “{readable(quote)}”" for quote in score.evidence]
    else:
        lines += [f"No score: {readable(reasoning(decision)) or 'no reason was given'}"]
    lines += [f"Track: {brief.track.name}, since {decision.why_track}"]
    if came_from := attribution_words(lead.attribution):
        lines += [f"Came from: {readable(came_from)}"]
    lines += [
        f"Left alone: {name}. The lead has: {readable(value) or 'nothing'}"
        for name, value in left_alone.items()
    ]
    lines += [readable(remark)] if remark else []
    lines += [f"Decided by: {_decider(brief)}, playbook {decision.playbook_version}"]
    if message := readable(lead.message).strip():
        cut = " […]" if len(message) > LONGEST_MESSAGE else ""
        lines += ["", "They wrote:", message[:LONGEST_MESSAGE] + cut]
    return "\n".join(lines)


def _decider(brief: Brief) -> str:
    scoring = brief.decision.scoring
    return f"{scoring.scorer} ({scoring.model})" if scoring.model else scoring.scorer
