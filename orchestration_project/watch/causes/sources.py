"""Sources that are silent against their own rhythm, and what comes in otherwise than it used to."""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from math import sqrt

from orchestration_project.data.payload import UnreadableSubmission, parse_payload
from orchestration_project.data.unmapped import unmapped_fields
from orchestration_project.ledger.watching import Intake
from orchestration_project.model import JsonObject
from orchestration_project.model.alerts import Trouble
from orchestration_project.playbook.audience import CRM_SOURCE
from orchestration_project.watch.alerts.words import span
from orchestration_project.watch.causes.base import Seen
from orchestration_project.watch.causes.rhythm import FLOOR, LEARNED, STRANGE, chance_of_silence

DAY, MONTH = timedelta(days=1), timedelta(days=28)
LEAST_NEW, LEAST_BEFORE = 10, 40
"""Leads; of fewer a share says nothing."""
OUT_OF_THE_USUAL = 4.0
"""Standard errors. With some ten shares looked at each hour, a wrong alarm in years."""
LEAST_CHANGE = 0.15
NEWEST, BEFORE = 40, 200


def silent(seen: Seen) -> Iterator[Trouble]:
    if seen.playbook is None:
        return
    for source in (*seen.playbook.connections.form_sources, CRM_SOURCE):
        if seen.is_away(f"form_source {source}"):
            continue  # that is told by itself
        last = seen.ledger.watching.last_from(source)
        if last is None:
            continue
        silence, stated = seen.now - last, seen.audience.rules.silent_after
        if source in stated:
            limit = stated[source]
            if limit is None or silence < limit:
                continue
            usual = f"{span(limit)} at most were expected"
        else:
            if silence < FLOOR:
                continue
            heard = seen.ledger.watching.hours_of(source, last - LEARNED)
            chance = chance_of_silence(heard, last, seen.now, seen.zone)
            if chance is None or chance >= STRANGE:
                continue
            usual = "at these hours of the week something comes as a rule"
        yield Trouble(
            cause="silent",
            subject=source,
            severity="warning",
            what=f"Nothing has come from {source} for {span(silence)}; {usual}.",
            since=last,
            mend="Send a test through the form, and see whether it arrives. If the silence is right, "
            f"state it: `alerts: silent_after_hours: {{{source}: 72}}` in playbook.yaml.",
            command="leads doctor",
        )


def shares(seen: Seen) -> Iterator[Trouble]:
    """Spam, and missing fields, of the last day against the four weeks before."""
    counted = seen.ledger.watching.intake(seen.now - DAY - MONTH, seen.now - DAY)
    before = {item.source: item for item in counted if not item.new}
    for new in counted:
        if new.new and new.source in before:
            yield from _compared(new, before[new.source])


def _compared(new: Intake, before: Intake) -> Iterator[Trouble]:
    looked_at = (
        ("spam", "is taken for spam", new.spam, new.leads, before.spam, before.leads),
        ("phone", "has no phone number", new.no_phone - (new.leads - new.read), new.read,
         before.no_phone - (before.leads - before.read), before.read),
        ("company", "has no company", new.no_company - (new.leads - new.read), new.read,
         before.no_company - (before.leads - before.read), before.read),
        ("message", "has no message", new.no_message - (new.leads - new.read), new.read,
         before.no_message - (before.leads - before.read), before.read),
    )  # fmt: skip
    for name, says, hits, leads, hits_before, leads_before in looked_at:
        if out_of_the_usual(hits, leads, hits_before, leads_before):
            now, usual = hits / leads, hits_before / leads_before
            spam = name == "spam"
            yield Trouble(
                cause="shares",
                subject=f"{new.source} {name}",
                severity="note",
                what=f"Of what {new.source} brought in the last day {now:.0%} {says}; {usual:.0%} is usual.",
                leads=hits,
                mend="Look at what was set aside, whether some of it is genuine."
                if spam
                else "See whether the form was changed: a question renamed is one that no lead field takes.",
                command=f"leads list --source {new.source} --since yesterday"
                + (" --status quarantined" if spam else ""),
            )


def out_of_the_usual(hits: int, leads: int, hits_before: int, leads_before: int) -> bool:
    """Whether a share has changed by more than chance: two proportions, as many standard errors apart."""
    if leads < LEAST_NEW or leads_before < LEAST_BEFORE:
        return False
    pooled = (hits + hits_before) / (leads + leads_before)
    error = sqrt(pooled * (1 - pooled) * (1 / leads + 1 / leads_before))
    change = abs(hits / leads - hits_before / leads_before)
    return change >= LEAST_CHANGE and error > 0 and change / error >= OUT_OF_THE_USUAL


def unmapped(seen: Seen) -> Iterator[Trouble]:
    """Questions that most of the newest submissions carry, that none before did, and that no field takes."""
    if seen.playbook is None:
        return
    for source, connection in seen.playbook.connections.form_sources.items():
        raws = seen.ledger.submissions.newest(source, NEWEST + BEFORE)
        if len(raws) < LEAST_NEW + LEAST_BEFORE:
            continue
        size = min(NEWEST, len(raws) // 4)
        newest = _payloads(raws[:size])
        known = set(unmapped_fields(_payloads(raws[len(raws) // 2 :]), connection.fields))
        names = [
            name
            for name in unmapped_fields(newest, connection.fields)
            if name not in known
            and sum(name in unmapped_fields([one], connection.fields) for one in newest) > size / 2
        ]
        if names:
            yield Trouble(
                cause="unmapped",
                subject=source,
                severity="note",
                what=f"{source} asks something new that no lead field takes: {', '.join(names[:5])}.",
                mend="Add `fields: {...}` on its line in connections.yaml, or leave it: it is kept.",
                command="leads doctor",
            )


def _payloads(raws: Sequence[bytes]) -> list[JsonObject]:
    payloads: list[JsonObject] = []
    for raw in raws:
        try:
            payloads.append(parse_payload(raw))
        except UnreadableSubmission:
            continue  # in quarantine, with its reason
    return payloads
