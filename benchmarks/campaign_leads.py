"""The submissions of a campaign: what each one says, and what ought to become of it.

Sending them, and disturbing the work on them, is `campaign.py`.
"""

import random
from dataclasses import dataclass, replace
from typing import Any

from orchestration_project.fake_services.checker import Submitted
from orchestration_project.playbook.model import Playbook

PRIORITY, NURTURE, NOT_FIT = "priority", "nurture", "not_fit"
SPAM, DUPLICATE, AGAIN = "spam", "duplicate", "delivered again"
MIX = {PRIORITY: 40, NURTURE: 25, NOT_FIT: 12, SPAM: 9, DUPLICATE: 9, AGAIN: 5}
"""Of a hundred submissions. The messages are for the sample playbook, its scorecard and the AI's stand-in."""
MESSAGES = {
    PRIORITY: "Our bookkeeper has just left and the VAT deadline is next month. We are a team of 14 and need "
    "somebody to take over the books in Xero and the monthly payroll as soon as possible.",
    NURTURE: "How does your monthly bookkeeping work for a small studio?",
    NOT_FIT: "Just looking around for now; what does such a thing cost, how much roughly? No rush.",
    SPAM: "Cheap backlinks and casino traffic, page one of google guaranteed.",
}


@dataclass(frozen=True)
class Sent:
    """One submission. `fate` is its track, or why it has none."""

    id: str
    fate: str
    payload: dict[str, Any]

    @property
    def consent(self) -> bool:
        return bool(self.payload["consent"])

    @property
    def email(self) -> str:
        return str(self.payload["email"])


def submissions(count: int, seed: int) -> list[Sent]:
    """The same for the same seed, in the order in which they are sent."""
    rng = random.Random(f"{seed} leads")
    made: list[Sent] = []
    for number in range(count):
        fate = rng.choices(list(MIX), list(MIX.values()))[0]
        earlier = [one for one in made if one.fate in MESSAGES and one.fate != SPAM]
        if fate in (DUPLICATE, AGAIN) and not earlier:
            fate = PRIORITY
        if fate == AGAIN:
            made.append(replace(rng.choice(earlier), fate=AGAIN))
            continue
        sent = _new(number, PRIORITY if fate == DUPLICATE else fate, consent=rng.random() < 0.5)
        if fate == DUPLICATE:
            first = rng.choice(earlier)
            person = {name: first.payload[name] for name in ("name", "email", "company")}
            more = {"message": "One thing more: we would also need help with the year-end accounts."}
            sent = replace(sent, fate=DUPLICATE, payload={**sent.payload, **person, **more})
        made.append(sent)
    return made


def _new(number: int, fate: str, *, consent: bool) -> Sent:
    payload: dict[str, Any] = {
        "id": f"campaign-{number}",
        "name": f"Maeve O'Brien {number}",
        "email": f"maeve@joinery-{number}.example",
        "company": f"Joinery {number} Ltd",
        "phone": "0117 496 0123" if fate == PRIORITY else "",
        "budget": "600" if fate == PRIORITY else "",
        "message": MESSAGES[fate],
        "consent": consent,
    }
    return Sent(payload["id"], fate, payload)


def better(track: str, other: str | None, playbook: Playbook) -> str:
    ranks = [each.name for each in playbook.tracks]
    return track if other is None or ranks.index(track) < ranks.index(other) else other


def expected(
    sent: Sent, ref: str, track: str | None, playbook: Playbook, before: str | None = None
) -> Submitted:
    """What has to stand in the accounts for a lead on that track; None: nothing. `before`: the best track of
    the same person's earlier messages, which have what belongs to it."""
    if track is None:
        return Submitted(ref, sent.email)
    if before is not None and better(track, before, playbook) == before:
        return Submitted(ref, sent.email, ("crm_contact", "chat"))
    rules = playbook.track(track)
    left_out = "without_consent" if sent.consent else "with_consent"
    # where the list refuses nobody, who has consented gets the sequence and no draft in its place
    actions = tuple(
        step.action
        for step in rules.actions
        if step.only != left_out and not (sent.consent and step.instead_of)
    )
    return Submitted(ref, sent.email, actions, rules.sequence or "")
