"""Sources that are silent against their own rhythm. What comes in otherwise than it used to, history's checks
tell."""

from collections.abc import Iterator

from orchestration_project.model.alerts import Trouble
from orchestration_project.playbook.audience import CRM_SOURCE
from orchestration_project.watch.alerts.words import span
from orchestration_project.watch.causes.base import Seen
from orchestration_project.watch.causes.rhythm import FLOOR, LEARNED, STRANGE, chance_of_silence


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
