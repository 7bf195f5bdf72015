"""Does a line of the scorecard hold for a lead? One small function a condition.

How the lines are added up, and told, is `offline.py`'s.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

from orchestration_project.decision.form_fields import answers_named, plain
from orchestration_project.decision.seniority import seniority
from orchestration_project.decision.words import affirmed, word_count
from orchestration_project.model import Context
from orchestration_project.playbook.model import Topic
from orchestration_project.playbook.scorecard import FormField, Seniority, Signal

_NUMBER = re.compile(r"\d+(?:[ ,'\u2019]\d{3})*(?:\.\d+)?")


@dataclass(frozen=True)
class Reading:
    """What the lines are held against: the lead with all that was found, and what its words speak of."""

    context: Context
    service: Topic | None
    category: Topic

    @property
    def industry(self) -> str:
        """What the form and the company's profile say of it, and of what the company does."""
        profile = self.context.company.value
        said = (
            self.context.lead.company.industry,
            *((profile.industry, profile.description) if profile else ()),
        )
        return "\n".join(filter(None, said))

    @property
    def employees(self) -> int | None:
        """What an enrichment service counted; else what the form says."""
        profile = self.context.company.value
        counted = profile.employees if profile else None
        return counted if counted is not None else self.context.lead.company.employees

    @property
    def website(self) -> str:
        page = self.context.website.value
        return f"{page.title or ''}\n{page.text}" if page else ""

    @property
    def region(self) -> str | None:
        """Of the phone number; else the country of the company's profile, where that is a code."""
        profile = self.context.company.value
        return self.context.lead.person.region or (profile.country if profile else None)


_Holds = Callable[[Signal, Reading], bool]

# A line has one condition; these look only where theirs is given.
_CONDITIONS: tuple[_Holds, ...] = (
    lambda line, lead: not line.any_of or any(affirmed(lead.context.words, line.any_of)),
    lambda line, lead: line.category in {None, lead.category.name},
    lambda line, lead: line.service_known in {None, lead.service is not None},
    lambda line, lead: line.company_domain in {None, lead.context.lead.company.domain is not None},
    lambda line, lead: line.known_contact in {None, lead.context.standing.kind == "known_contact"},
    lambda line, lead: line.phone in {None, lead.context.lead.person.phone is not None},
    lambda line, lead: line.budget_from is None or _at_least(lead.context.lead.budget, line.budget_from),
    lambda line, lead: (
        line.message_words_from is None or word_count(lead.context.words) >= line.message_words_from
    ),
    lambda line, lead: (
        line.employees is None or (lead.employees is not None and lead.employees in line.employees)
    ),
    lambda line, lead: not line.industry or any(affirmed(lead.industry, line.industry)),
    lambda line, lead: not line.job_title or any(affirmed(_title(lead), line.job_title)),
    lambda line, lead: not line.seniority or _rank(lead) in line.seniority,
    lambda line, lead: not line.source or _one_of(_sources(lead), line.source),
    lambda line, lead: not line.campaign or _one_of(_campaigns(lead), line.campaign),
    lambda line, lead: not line.region or lead.region in line.region,
    lambda line, lead: not line.language or lead.context.lead.language in line.language,
    lambda line, lead: not line.website_says or any(affirmed(lead.website, line.website_says)),
    lambda line, lead: line.field is None or _field_holds(lead, line.field),
)


def holds(line: Signal, lead: Reading) -> bool:
    """What is not known of a lead holds for nothing: no line is counted on a guess."""
    return all(condition(line, lead) for condition in _CONDITIONS)


def _at_least(number: Decimal | None, least: Decimal) -> bool:
    return number is not None and number >= least


def _title(lead: Reading) -> str:
    return lead.context.lead.person.job_title or ""


def _rank(lead: Reading) -> Seniority | None:
    """By the job title; where that tells none, by what a form that asks for the level itself was told."""
    by_title = seniority(_title(lead))
    asked = (_said(lead, name) for name in ("seniority", "job level"))
    stated: Seniority | None = next((seniority(text) for text in asked if text), None)
    return stated if by_title in {None, "staff"} and stated else by_title


def _said(lead: Reading, name: str) -> str | None:
    """What the form's own field of that name holds."""
    return next(iter(answers_named(lead.context.lead, frozenset({plain(name)})).values()), None)


def _sources(lead: Reading) -> tuple[str | None, ...]:
    """Where the lead came in, and where the person came from: this time, and the first time."""
    of = lead.context.lead
    return of.source, of.attribution.source, of.first_touch.source


def _campaigns(lead: Reading) -> tuple[str | None, ...]:
    return lead.context.lead.attribution.campaign, lead.context.lead.first_touch.campaign


def _one_of(said: tuple[str | None, ...], wanted: tuple[str, ...]) -> bool:
    return not {plain(each) for each in said if each}.isdisjoint(map(plain, wanted))


def _field_holds(lead: Reading, asked: FormField) -> bool:
    text = _said(lead, asked.name)
    if text is None:
        return False
    if asked.are_asked:
        number = _number(text)
        return number is not None and number in asked
    return not asked.any_of or any(affirmed(text, asked.any_of))


def _number(text: str) -> Decimal | None:
    found = _NUMBER.search(unicodedata.normalize("NFKC", text))
    return Decimal(re.sub(r"[ ,'\u2019]", "", found.group())) if found else None
