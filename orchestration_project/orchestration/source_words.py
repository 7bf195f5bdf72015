"""What a reading of a source has brought, in the words that its sensor's page shows.

The reading itself is `sources.py`.
"""

from collections.abc import Sequence

from orchestration_project.ledger.submissions import Stored

MOST_REFS = 20
"""So many leads a tick names; the rest it counts."""
_TOOK, _CHANGED = "Took in", "Changed at"


def told(source: str, taken: Sequence[Stored]) -> str:
    """What a reading has brought, in words: `Took in 2 from typeform: L-…, L-….`"""
    new = [item.ref for item in taken if item.new]
    changed = [item.ref for item in taken if item.revised]
    if not new and not changed:
        return f"Nothing new from {source}."
    words = [f"{_TOOK} {len(new)} from {source}: {_listed(new)}."] if new else []
    if changed:
        words.append(f"{_CHANGED} {source} since: {_listed(changed)}.")
    return " ".join(words)


def _listed(refs: Sequence[str]) -> str:
    more = len(refs) - MOST_REFS
    return ", ".join(refs[:MOST_REFS]) + (f" and {more} more" if more > 0 else "")


def is_news(said: str) -> bool:
    return said.startswith((_TOOK, _CHANGED))
