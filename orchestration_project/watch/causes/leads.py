"""Leads that somebody has to do something about, and leads that are later than they should be."""

import hashlib
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import anyio

from orchestration_project.decision.offline import OfflineScorer
from orchestration_project.ledger.watching import Alike
from orchestration_project.model import Context, Lead, Person
from orchestration_project.model.alerts import Trouble, some
from orchestration_project.playbook.model import Playbook
from orchestration_project.watch.causes.base import Seen

PATIENCE_TO_CHECK = timedelta(hours=24)
BACKLOG_FLOOR = 50
"""A burst of so many is through within half a minute."""
NEWER, OLDER = timedelta(minutes=5), timedelta(minutes=10)
HELD_FOR, MOST_HELD = timedelta(days=3), 100
LOOKS_GENUINE = 6
"""Points of the scorecard, without what made it look like spam."""
_SHORT = 80


def needs_person(seen: Seen) -> Iterator[Trouble]:
    """One trouble a reason, however many leads have met it."""
    groups = seen.ledger.watching.waits_for_person()
    first = seen.ledger.facts.read(Lead, [group.refs[0] for group in groups])
    for group in groups:
        said = without_name(group.said, first.get(group.refs[0]))
        yield Trouble(
            cause="needs_person",
            subject=_named(group.alike),
            severity="warning",
            what=f"{_leads(group)} you: {said}",
            since=group.since,
            refs=group.refs,
            leads=group.leads,
            mend="Mend what it names; then let them go on where they stopped.",
            command="leads retry --status needs_person --dry-run",
        )


def without_name(said: str, lead: Lead | None) -> str:
    """A service may quote whom it refuses; addresses and numbers its connector has taken out."""
    person = lead.person if lead is not None else Person()
    for name in filter(None, (person.full_name, person.given_name, person.family_name)):
        said = re.sub(rf"(?<!\w){re.escape(name)}(?!\w)", "[name]", said)
    return said


def _named(alike: str) -> str:
    """Two long reasons may begin alike."""
    if len(alike) <= _SHORT:
        return alike
    return f"{alike[:_SHORT]}… {hashlib.sha256(alike.encode()).hexdigest()[:8]}"


def _leads(group: Alike) -> str:
    return f"{group.leads} leads need" if group.leads > 1 else "A lead needs"


def to_check(seen: Seen) -> Iterator[Trouble]:
    """Doubtful leads that nobody has looked at for a day."""
    late = [
        group
        for group in seen.ledger.watching.waits_for_person("to_check")
        if group.since <= seen.now - PATIENCE_TO_CHECK
    ]
    if late:
        refs = [ref for group in late for ref in group.refs]
        yield Trouble(
            cause="to_check",
            severity="warning",
            what="Doubtful leads wait for somebody to look at them, the oldest for more than a day.",
            since=min(group.since for group in late),
            refs=some(refs),
            leads=sum(group.leads for group in late),
            mend="Look at them, and say which are genuine.",
            command="leads list --status to_check",
        )


def late(seen: Seen) -> Iterator[Trouble]:
    """Under way for longer than was promised, waiting for no connection, and still without a draft."""
    promised = seen.audience.rules.promised
    if seen.playbook is None:
        return
    with_draft = [track.name for track in seen.playbook.tracks if "draft" in track.action_names]
    found = seen.ledger.watching.late(seen.now - promised, with_draft)
    if found.leads:
        minutes = promised.total_seconds() / 60
        yield Trouble(
            cause="late",
            severity="warning",
            what=f"Leads are without a draft after the {minutes:g} minutes that were promised.",
            since=found.since,
            refs=found.refs,
            leads=found.leads,
            mend="See what they wait for.",
            command=f"leads show {found.refs[0]}",
        )


def backlog(seen: Seen) -> Iterator[Trouble]:
    """It grows: the least of the last minutes is more than the most of the minutes before."""
    count = seen.ledger.watching.backlog(seen.now)
    kept = [sample for sample in seen.memory.backlog if seen.now - NEWER - OLDER < sample[0] <= seen.now]
    samples = (*kept, (seen.now, count))
    seen.memory = seen.memory.model_copy(update={"backlog": samples})
    if (since := grows(samples, seen.now)) is not None:
        yield Trouble(
            cause="backlog",
            severity="warning",
            what=f"More leads come than are worked on: {count} wait, and more and more.",
            since=since,
            leads=count,
            mend="See what the runs take so long for; `max_leads_per_run` makes larger ones.",
            command="leads doctor",
            link=seen.page("runs"),
        )


def grows(samples: Sequence[tuple[datetime, int]], now: datetime) -> datetime | None:
    """Since when; None: it does not."""
    before = [(at, count) for at, count in samples if at <= now - NEWER]
    newest = [count for at, count in samples if at > now - NEWER]
    # with less behind it is a burst, of which nobody knows yet whether it ends
    if not before or before[0][0] > now - OLDER or not newest or min(newest) < BACKLOG_FLOOR:
        return None
    return before[0][0] if min(newest) > max(count for _, count in before) else None


def held_genuine(seen: Seen) -> Iterator[Trouble]:
    """In quarantine as spam or a test, and by the scorecard a good lead."""
    if seen.playbook is None:
        return
    refs = seen.ledger.watching.held(seen.now - HELD_FOR, MOST_HELD)
    contexts = seen.ledger.facts.read(Context, refs)
    good = [ref for ref in refs if ref in contexts and looks_genuine(contexts[ref], seen.playbook)]
    if good:
        yield Trouble(
            cause="held_genuine",
            severity="warning",
            what="Something in quarantine looks genuine.",
            refs=some(good),
            leads=len(good),
            mend=f"Look at it; if it is genuine, let it go on. Else `leads verdict {good[0]} --spam`, "
            "and it is told no more.",
            command=f"leads replay {good[0]} --genuine",
        )


def looks_genuine(context: Context, playbook: Playbook) -> bool:
    scoring = anyio.run(OfflineScorer().score, context, playbook)
    return scoring.score is not None and scoring.score.value >= LOOKS_GENUINE
