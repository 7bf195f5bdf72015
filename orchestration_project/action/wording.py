"""Phrases that several actions use to speak of a lead: who it is, what it scored, what is recommended.

What a note, a task or a message says as a whole belongs to its own module.
"""

from collections.abc import Callable
from datetime import datetime

from babel.dates import format_date

from orchestration_project.action.base import Brief
from orchestration_project.action.greeting import may_be_greeted
from orchestration_project.action.safe_text import harmless
from orchestration_project.decision.own_words import without_orders
from orchestration_project.ledger.told import WORDS
from orchestration_project.model import Attribution, Decision, Lead, Person, Score
from orchestration_project.model.records import Withdrawn
from orchestration_project.playbook.business import Business
from orchestration_project.timezones import zone

LONGEST_NAME = 60


def who(lead: Lead) -> str:
    """`Jane Doe (Acme Ltd)`, or as much of it as is known. A sentence or a link is no name."""
    person = harmless(lead.person.full_name or "", LONGEST_NAME)
    if not may_be_greeted(Person(full_name=person)):
        person = ""
    company = harmless(lead.company.name or "", LONGEST_NAME)
    if person and company:
        return f"{person} ({company})"
    return person or company or "somebody without a name"


def score_words(decision: Decision) -> str:
    """`score 8/10`, or `no score (rate limited)`."""
    scoring = decision.scoring
    return f"score {scoring.label}" if scoring.score else scoring.label


def service_title(brief: Brief) -> str | None:
    """The title of the recommended service; None if there is no recommendation."""
    score = brief.decision.scoring.score
    if score is None or score.service is None:
        return None
    titles = {service.name: service.title for service in brief.playbook.services}
    return titles.get(score.service, score.service)


def reasoning(decision: Decision, shorten: Callable[[str], str] = str) -> str:
    """Why this score, or why there is none. A model's words are quoted and marked as its own, without
    those that demand something: it has read what a stranger wrote."""
    scoring = decision.scoring
    if scoring.score is None:
        return shorten(scoring.explanation)
    if not scoring.by_model:
        return shorten(scoring.score.rationale)
    said = shorten(without_orders(scoring.score.rationale)).rstrip(" .")
    return f"the AI says: “{said}”" if said else "the AI's reasons were demands, and are left out"


def withdrawn_words(withdrawn: Withdrawn) -> str:
    """Since when the person wants no marketing mail, and where they said so."""
    return f"consent was withdrawn: {WORDS[withdrawn.system]}, {withdrawn.since:%d %b %Y}"


def attribution_words(attribution: Attribution) -> str:
    """`source google, medium cpc`; empty if nothing is known."""
    known = attribution.model_dump(exclude_none=True)
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in known.items())


def month_words(moment: datetime, business: Business) -> str:
    """`March 2026`, in the language of the business."""
    local = moment.astimezone(zone(business.time_zone))
    return format_date(local.date(), "MMMM yyyy", locale=business.language)


def local_time(moment: datetime, business: Business) -> str:
    """The moment on the owner's clock."""
    return f"{moment.astimezone(zone(business.time_zone)):%a %d %b %Y, %H:%M} ({business.time_zone})"


def confidence_words(score: Score) -> str:
    """`80%`, the AI's own word, or how often people agreed with decisions of such a confidence."""
    own = f"{score.confidence:.0%}"
    if score.agreed_with is None:
        return own
    return f"{score.agreed_with:.0%} (people agreed with so many of its decisions with a confidence of {own})"
