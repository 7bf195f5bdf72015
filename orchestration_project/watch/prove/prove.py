"""The whole proof: counted, looked up, and told to who has to know. Read-only but for leads that were missed.

How a mismatch is told to people is `watch/alerts/`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestration_project.connectors.opened import Connected
from orchestration_project.ledger import Ledger
from orchestration_project.model import Ref
from orchestration_project.model.alerts import MOST_REFS, Trouble
from orchestration_project.playbook.model import Playbook
from orchestration_project.watch.prove.adds_up import count_sources, count_tracks
from orchestration_project.watch.prove.model import MARK, Mismatch, Proof
from orchestration_project.watch.prove.outside import choose, look_outside
from orchestration_project.watch.prove.sources import count_at_sources

CAUSE = "reconciliation"
USUAL = timedelta(days=7)
"""So far back the daily proof goes, so that each lead is counted a few times."""


@dataclass(frozen=True)
class Prover:
    ledger: Ledger
    playbook: Playbook
    connected: Connected

    async def prove(self, since: datetime, *, everything: bool = False) -> Proof:
        """Of the leads that came since then. `everything` is looked up outside, not a sample of it."""
        now = self.ledger.clock()
        sources, lost = count_sources(self.ledger.books, since)
        sources, missed, silent = await count_at_sources(
            self.ledger, self.playbook, self.connected.form_sources, sources, since
        )
        back = {found.about for found in missed}
        leads = self.ledger.books.through(since)
        tracks, owing, others = count_tracks(leads, self.playbook)
        looks = choose(leads, f"{now:%Y-%m-%d}", everything=everything)
        looked, gone, unasked = await look_outside(self.ledger, self.playbook, self.connected, looks)
        return Proof(
            at=now,
            since=since,
            sources=tuple(sources),
            tracks=tuple(tracks),
            looked=tuple(looked),
            mismatches=(*(each for each in lost if each.about not in back), *missed, *owing, *gone),
            not_asked=(*silent, *unasked),
            by_other_rules=others,
        )


def report(ledger: Ledger, proof: Proof) -> None:
    """One line for the digest, and an alert while something does not add up."""
    ledger.marks.set(MARK, proof.line)
    ledger.alerts.observe(CAUSE, [_trouble(proof.mismatches)] if proof.mismatches else [])


def _trouble(mismatches: Sequence[Mismatch]) -> Trouble:
    refs = tuple(dict.fromkeys(Ref(each.about) for each in mismatches if each.about.startswith("L-")))
    first = "; ".join(map(str, mismatches[:3]))
    more = f"; and {len(mismatches) - 3} more" if len(mismatches) > 3 else ""  # noqa: PLR2004 - as many as are named
    return Trouble(
        cause=CAUSE,
        severity="warning",
        what=f"{len(mismatches)} thing(s) do not add up. {first}{more}.",
        refs=refs[:MOST_REFS],
        leads=len(refs),
        mend="Look at each. What was missing at a source is taken in already; what a person has deleted on "
        "purpose is told until it is older than a week.",
        command="leads prove",
    )
