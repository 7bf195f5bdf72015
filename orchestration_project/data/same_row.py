"""Two rows of a file without an id: are they one inquiry, of which somebody has mended a cell?

Which rows come into question is looked up by whoever imports.
"""

from datetime import time

from orchestration_project.model import Frozen, Lead


class Row(Frozen):
    """A row as it was read. `undated`: it has no date that could be read, and bears that of its import."""

    lead: Lead
    undated: bool = False


def is_same_row(now: Row, before: Row) -> bool:
    """Of one person, whose address is the same. What they wrote tells, or the moment at which they did: a day
    alone does not, as somebody may write twice a day. Dates are written in many ways and mended, and other
    cells are of no account."""
    wrote = [" ".join(row.lead.message.casefold().split()) for row in (now, before)]
    if wrote[0] == wrote[1]:
        return wrote[0] != "" or now.undated or before.undated or _moment(now) == _moment(before)
    return not now.undated and _moment(now) == _moment(before) and now.lead.submitted_at.time() != time()


def _moment(row: Row) -> object:
    return row.lead.submitted_at
