"""Whether the ledger adds up by itself: each lead that came stands somewhere, and has its receipts.

Sources and services are asked in `sources.py` and `outside.py`.
"""

from collections import Counter
from datetime import datetime

from orchestration_project.ledger.books import Books, Owing
from orchestration_project.playbook.model import Playbook
from orchestration_project.playbook.tracks import Track
from orchestration_project.watch.prove.model import Mismatch, SourceCount, TrackCount

SETTLED = ("done", "skipped", "planned")
"""How an action may stand of a lead that is through."""


def count_sources(books: Books, since: datetime) -> tuple[list[SourceCount], list[Mismatch]]:
    taken_in, standing = books.taken_in(since), books.standing(since)
    counts = [
        SourceCount(source=source, taken_in=taken_in.get(source, 0), standing=standing.get(source, {}))
        for source in sorted({*taken_in, *standing})
    ]
    lost = [
        Mismatch(about=lead.ref, says=f"came from {lead.source}, and is not in the ledger any more")
        for lead in books.lost(since)
    ]
    gone = {lead.source for lead in books.lost(since)}
    wrong = [
        Mismatch(
            about=each.source, says=f"{each.taken_in} came, and {sum(each.standing.values())} stand somewhere"
        )
        for each in counts
        if not each.adds_up and each.source not in gone
    ]
    return counts, [*lost, *wrong]


def count_tracks(
    leads: tuple[Owing, ...], playbook: Playbook
) -> tuple[list[TrackCount], list[Mismatch], int]:
    """Only of leads that the rules of now have decided: what others owed, their rules said. How many others
    there are is the last of the answers."""
    tracks = {track.name: track for track in playbook.tracks}
    mine = [lead for lead in leads if lead.playbook_version == playbook.version and lead.track in tracks]
    counts: list[TrackCount] = []
    wrong: list[Mismatch] = []
    for name, track in tracks.items():
        of_track = [lead for lead in mine if lead.track == name]
        standing = Counter(
            lead.receipts.get(action, "missing") for lead in of_track for action in track.action_names
        )
        if of_track:
            owed = len(of_track) * len(track.action_names)
            counts.append(TrackCount(track=name, leads=len(of_track), owed=owed, standing=dict(standing)))
        wrong += [found for lead in of_track for found in _owing(lead, track)]
    return counts, wrong, len(leads) - len(mine)


def _owing(lead: Owing, track: Track) -> list[Mismatch]:
    stands = {action: lead.receipts.get(action, "missing") for action in track.action_names}
    return [
        Mismatch(about=lead.ref, says=f"is {lead.state}, and its action {action} is {state}")
        for action, state in stands.items()
        if state not in SETTLED
    ]
