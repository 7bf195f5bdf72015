"""What came of a campaign: lost, twice, stuck, who needs a person, what healed by itself, and how soon.

What stands in the accounts is the checker's finding; which statuses a lead may have, both of the present
core and of the next one, is known here.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from campaign_leads import AGAIN, DUPLICATE, SPAM, Sent

from orchestration_project.fake_services.checker import Finding, Wrong

OPEN = {"received", "waiting", "running", "pending", "queued"}
THROUGH = {"done", "planned", "imported"}
_WORST = (Wrong.TWICE, Wrong.EARLY, Wrong.MISSING, Wrong.UNWANTED, Wrong.NOBODYS)
SHOWN = 12
"""So many findings are printed in full."""


@dataclass(frozen=True)
class Lead:
    """A line of `leads list --json`, as far as it is needed."""

    ref: str
    external_id: str
    email: str
    status: str
    reason: str | None
    explanation: str
    track: str | None
    received_at: datetime
    finished_at: datetime | None

    @classmethod
    def read(cls, row: dict[str, Any]) -> "Lead":
        finished = row["finished_at"]
        return cls(
            ref=row["ref"],
            external_id=row["external_id"],
            email=row["email"] or "",
            status=row["status"],
            reason=row["reason"],
            explanation=row.get("explanation") or "",
            track=row["track"],
            received_at=datetime.fromisoformat(row["received_at"]),
            finished_at=datetime.fromisoformat(finished) if finished else None,
        )

    @property
    def is_open(self) -> bool:
        return self.status in OPEN

    @property
    def quarantined(self) -> bool:
        return self.status == "quarantined"


@dataclass(frozen=True)
class Storm:
    """What was done to them."""

    seconds: float
    ended: datetime
    kills: tuple[tuple[datetime, str], ...]
    restarts: int
    faults: tuple[str, ...]
    named_in_faults: tuple[str, ...]

    def told(self) -> str:
        kills = ", ".join(f"{count} {victim}" for victim, count in Counter(v for _, v in self.kills).items())
        faults = ", ".join(f"{count} × {kind}" for kind, count in Counter(self.faults).most_common())
        return (
            f"storm of {self.seconds:.0f} s: {len(self.kills)} kills ({kills or 'none'}), "
            f"{self.restarts} times `leads dev` started again, {len(self.faults)} faults ({faults or 'none'})"
        )

    def touched(self, lead: Lead) -> bool:
        """It was under way when something was killed, or a fault met a request that names it."""
        through = lead.finished_at or self.ended
        if any(lead.received_at <= at <= through for at, _ in self.kills):
            return True
        names = [name.casefold() for name in (lead.ref, lead.email) if name]
        return any(name in text for text in self.named_in_faults for name in names)


@dataclass(frozen=True)
class Outcome:
    counts: dict[str, int]
    findings: tuple[str, ...]
    healing: float
    submitted: int

    @property
    def status(self) -> int:
        return int(any(self.counts[name] for name in ("lost", "twice", "stuck", "before validation")))

    def told(self) -> str:
        lines = [f"{name:>18}: {count}" for name, count in self.counts.items()]
        lines.append(f"{'seconds to heal':>18}: {self.healing:.0f}")
        lines += [f"  {told}" for told in self.findings[:SHOWN]]
        if len(self.findings) > SHOWN:
            lines.append(f"  … and {len(self.findings) - SHOWN} more")
        counts = self.counts
        said = ", ".join(f"{counts[name]} {name}" for name in ("lost", "twice", "stuck"))
        verdict = "FAILED" if self.status else "passed"
        lines.append(
            f"{verdict}: {self.submitted} leads: {said}; {counts['complete']} complete, "
            f"{counts['needs a person']} need a person; healed in {self.healing:.0f} s"
        )
        return "\n".join(lines)


def judge(leads: Sequence[Lead], sent: Sequence[Sent], findings: Sequence[Finding], storm: Storm) -> Outcome:
    fates = {one.id: one.fate for one in sent if one.fate != AGAIN}
    by_id = {lead.external_id: lead for lead in leads}
    by_ref = {lead.ref: lead for lead in leads}

    def of(wrong: Wrong) -> set[str]:
        return {finding.ref for finding in findings if finding.wrong is wrong}

    through = {lead.ref for lead in leads if lead.status in THROUGH}
    stuck = {lead.ref for lead in leads if lead.is_open}
    genuine = {name for name, fate in fates.items() if fate not in (SPAM, DUPLICATE)}
    gone = {name for name in genuine if name not in by_id}
    shut_out = {lead.ref for lead in leads if lead.quarantined and lead.external_id in genuine}
    # what is missing of a lead that is not through is the same as its being stuck, or a person's
    missing = of(Wrong.MISSING) & through
    # the worst first, since only some are printed
    told = [f"{name} was submitted, and is not in the list." for name in fates if name not in by_id]
    shown = [f for f in findings if f.wrong is not Wrong.MISSING or f.ref in through]
    told += [f.told for f in sorted(shown, key=lambda f: _WORST.index(f.wrong))]
    told += [f"{ref} is genuine, and is quarantined as {by_ref[ref].reason}." for ref in sorted(shut_out)]
    told += [f"{ref} is still {by_ref[ref].status}." for ref in sorted(stuck)]
    needs = {lead.ref for lead in leads} - through - stuck - {lead.ref for lead in leads if lead.quarantined}
    for lead in (by_ref[ref] for ref in sorted(needs)):
        fate = fates.get(lead.external_id, AGAIN)
        told.append(f"{lead.ref} ({fate}) is {lead.status}: {lead.explanation}")
    nothing = {lead.ref for lead in leads if lead.quarantined or not lead.track}
    nothing |= {lead.ref for lead in leads if fates.get(lead.external_id) == SPAM}
    early = (of(Wrong.UNWANTED) & nothing) | of(Wrong.EARLY)
    elsewhere = {
        lead.ref
        for lead in leads
        if lead.ref in through and lead.external_id in genuine and lead.track != fates[lead.external_id]
    }
    complete = through - missing - of(Wrong.TWICE)
    touched = {lead.ref for lead in leads if storm.touched(lead)} & (through | stuck | needs | shut_out)
    last = max((lead.finished_at for lead in leads if lead.finished_at), default=storm.ended)
    counts = {
        "complete": len(complete),
        "quarantined": sum(lead.quarantined for lead in leads) - len(shut_out),
        "lost": len(gone) + len(shut_out) + len(missing),
        "twice": len(of(Wrong.TWICE)),
        "stuck": len(stuck),
        "before validation": len(early),
        "needs a person": len(needs),
        "on another track": len(elsewhere),
        "beyond its track": len(of(Wrong.UNWANTED) - early) + sum(f.wrong is Wrong.NOBODYS for f in findings),
        "touched": len(touched),
        "healed by itself": len(touched & complete),
    }
    healing = max(0.0, (last - storm.ended).total_seconds())
    return Outcome(counts, tuple(told), healing, len(fates))
