"""The action that makes a project folder with all we know of the lead in one Markdown file.

Where folders are kept, and what names they may have there, belongs to the connector.
"""

import re
from datetime import datetime

from orchestration_project.action.base import Brief, Entry, Tools
from orchestration_project.action.safe_text import harmless
from orchestration_project.action.wording import (
    LONGEST_NAME,
    attribution_words,
    reasoning,
    score_words,
    service_title,
)
from orchestration_project.model import Clock, Erased, Written
from orchestration_project.playbook.model import Autonomy
from orchestration_project.text import readable

SHORTEST_FENCE = 3
PAGE = "lead.md"


class ProjectFolder:
    name = "folder"
    kind = "folder"
    needs = Autonomy.DRAFT
    requires: tuple[str, ...] = ()

    def lock_keys(self, brief: Brief) -> tuple[str, ...]:  # noqa: ARG002 - as every action
        return ()

    def skip(self, brief: Brief) -> str | None:  # noqa: ARG002 - as every action
        return None

    async def find(self, brief: Brief, tools: Tools) -> Written | None:
        return await tools.folder.find_folder(brief.ref)

    async def act(self, brief: Brief, tools: Tools, clock: Clock) -> Written:  # noqa: ARG002 - as every action
        return await tools.folder.make_folder(brief.ref, folder_name(brief), folder_files(brief))

    def preview(self, brief: Brief, now: datetime) -> str:  # noqa: ARG002 - as every action
        files = (f"{name}:\n{content.decode()}" for name, content in folder_files(brief).items())
        return "\n".join([folder_name(brief), "", *files])

    def entry(self, brief: Brief) -> Entry:
        return Entry(kind="folder", key=brief.ref)

    async def erase(self, brief: Brief, tools: Tools) -> Erased:
        return await tools.folder.erase_folder(brief.ref, (PAGE,))


def folder_name(brief: Brief) -> str:
    """What the folder is called; fit for every file system, the ref in it makes it one of a kind."""
    lead = brief.context.lead
    company = harmless(lead.company.name or "", LONGEST_NAME)
    name = company or harmless(lead.person.full_name or "", LONGEST_NAME) or "Lead"
    return f"{name} ({brief.ref})"


def folder_files(brief: Brief) -> dict[str, bytes]:
    """The files of the folder by name."""
    return {PAGE: _lead_page(brief).encode()}


def _lead_page(brief: Brief) -> str:
    lead, decision = brief.context.lead, brief.decision
    score, budget = decision.scoring.score, lead.budget
    facts = {
        "Received": f"{lead.submitted_at:%Y-%m-%d %H:%M %Z}",
        "Name": lead.person.full_name,
        "E-mail": lead.person.email,
        "Phone": lead.person.dialled,
        "Company": lead.company.name,
        "Website": lead.company.website,
        "Budget": None if budget is None else f"{budget} {brief.playbook.business.currency}",
        "Came from": attribution_words(lead.attribution),
        "Consent to marketing mail": "yes" if lead.consent else "no",
    }
    decided = {
        "Track": f"{brief.track.title}, since {decision.why_track}",
        "Score": score_words(decision),
        "Service": service_title(brief),
        "Scored by": " ".join(filter(None, (decision.scoring.scorer, decision.scoring.model))),
        "Playbook": decision.playbook_version,
    }
    parts = [f"# Lead {brief.ref}", _list(facts), "## Decision", _list(decided)]
    if why := reasoning(decision):
        parts += ["Why:", _verbatim(why)]
    if score and score.evidence:
        parts += ["Evidence:", *map(_verbatim, score.evidence)]
    if lead.message:
        parts += ["## Message", _verbatim(lead.message)]
    return "\n\n".join(parts) + "\n"


# Values stand in code spans and code blocks: nothing in them is formatted or clickable, and without a
# Markdown viewer they read as they are, which backslashes before every sign would not.


def _list(facts: dict[str, str | None]) -> str:
    return "\n".join(f"- {name}: {_code(value)}" for name, value in facts.items() if value)


def _code(value: str) -> str:
    line = " ".join(readable(value).split())
    fence = "`" * (_longest_fence(line) + 1)
    return f"{fence} {line} {fence}" if "`" in line else f"{fence}{line}{fence}"


def _verbatim(text: str) -> str:
    block = readable(text)
    fence = "`" * max(SHORTEST_FENCE, _longest_fence(block) + 1)
    return f"{fence}text\n{block}\n{fence}"


def _longest_fence(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
