"""All that is known about a person, for the person: to be read, and to be read by a program.

Nothing is left out but what is about us and not about them. What may be erased is `erase.py`.
"""

from collections.abc import Mapping

from pydantic import AwareDatetime

from orchestration_project.connectors.crm.interface import Crm
from orchestration_project.errors import LeadsError
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.erasing import Erasure
from orchestration_project.ledger.story import Story
from orchestration_project.model import Contact, Frozen, Receipt, Ref
from orchestration_project.playbook.model import Playbook
from orchestration_project.watch.erase.who import Someone


class KnownLead(Frozen):
    """One inquiry: what was delivered, what was made of it, and what was written where."""

    story: Story
    delivered: tuple[str, ...]  # as it came, each time it said something else
    written: tuple[Receipt, ...]


class Known(Frozen):
    """The answer to a person who asks what is known about them."""

    addresses: tuple[str, ...]
    at: AwareDatetime
    business: str
    leads: tuple[KnownLead, ...]
    contacts: tuple[Contact, ...]  # in the CRM, as it shows them now
    not_asked: tuple[str, ...] = ()  # services that did not answer
    mentioned_in: tuple[Ref, ...] = ()  # leads of others
    erasures: tuple[Erasure, ...] = ()  # of before


async def known_about(ledger: Ledger, playbook: Playbook, crm: Crm, person: Someone) -> Known:
    said = {lead.ref: lead.said for lead in ledger.erasing.of_refs(person.refs)}
    receipts = ledger.receipts.read(person.refs)
    contacts: list[Contact] = []
    silent: list[str] = []
    for key in sorted(person.person_keys):
        try:
            if contact := await crm.find_contact(key):
                contacts.append(contact)
        except LeadsError as error:
            silent.append(str(error))
    return Known(
        addresses=tuple(sorted(person.person_keys)),
        at=ledger.clock(),
        business=playbook.business.name,
        leads=tuple(
            KnownLead(
                story=ledger.stories.tell(ref),
                delivered=tuple(raw.raw.decode("utf-8", "replace") for raw in said[ref]),
                written=tuple(receipts[ref].values()),
            )
            for ref in person.refs
        ),
        contacts=tuple(contacts),
        not_asked=tuple(dict.fromkeys(silent)),
        mentioned_in=person.mentions,
        erasures=tuple(ledger.erasing.read(one) for one in ledger.forgotten.erasures_of(person.forgotten_as)),
    )


def in_words(known: Known) -> str:
    """The same for people, in Markdown."""
    parts = [
        f"# What {known.business} knows about {', '.join(known.addresses)}",
        f"As of {known.at:%Y-%m-%d %H:%M} UTC.",
    ]
    if not known.leads and not known.contacts:
        parts.append("Nothing.")
    for one in known.leads:
        parts += _lead(one)
    for contact in known.contacts:
        parts += [
            f"## In the CRM: contact {contact.id}",
            _list({**contact.model_dump(exclude={"properties"}), **contact.properties}),
        ]
    parts += [f"Not asked, since it did not answer: {words}" for words in known.not_asked]
    if known.mentioned_in:
        parts.append(f"Named in inquiries of others, which are theirs: {', '.join(known.mentioned_in)}.")
    parts += [
        f"Erased on request before, on {one.asked_at:%Y-%m-%d}: {len(one.refs)} inquiry(ies)."
        for one in known.erasures
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _lead(one: KnownLead) -> list[str]:
    lead, story = one.story.normalised, one.story
    parts = [f"## Inquiry {story.lead.ref}, through {story.lead.source}"]
    if lead is not None:
        told = lead.model_dump(
            mode="json", include={"submitted_at", "message", "asked_service", "budget", "consent", "language"}
        )
        parts.append(_list({**lead.person.model_dump(), **lead.company.model_dump(), **told, **lead.extra}))
        parts.append(
            _list({f"came from, {name}": value for name, value in lead.attribution.model_dump().items()})
        )
    for decision in story.decisions:
        score = decision.scoring.score
        why = score.rationale if score else decision.scoring.explanation
        parts.append(
            f"Judged {decision.scoring.label} by {decision.scoring.scorer} on {decision.decided_at:%F}: {why}"
        )
    written = {
        f"{each.action} ({each.status.value})": each.url or each.external_id or each.note
        for each in one.written
    }
    parts += ["### What was written for it", _list(written)] if written else []
    parts += [
        "### What happened",
        "\n".join(
            f"- {event.at:%Y-%m-%d %H:%M} {event.event} {event.detail}".rstrip() for event in story.events
        ),
    ]
    parts += ["### As it came", *(f"```\n{raw}\n```" for raw in one.delivered)]
    return parts


def _list(values: Mapping[str, object]) -> str:
    return "\n".join(
        f"- {name.replace('_', ' ')}: {value}"
        for name, value in values.items()
        if value not in (None, "", (), {})
    )
