"""The ledger's own books: what was taken in against what is there, and what receipts each lead has.

What has to add up, and what is looked for outside, is decided in `watch/prove/`. Nothing here writes.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import text

from orchestration_project.ledger.part import ReadingPart
from orchestration_project.ledger.reading import reading
from orchestration_project.model import Frozen, Ref


class Lost(Frozen):
    """A lead that was taken in and is not in the ledger any more, or has no state."""

    ref: Ref
    source: str


class Owing(Frozen):
    """A lead that is through, the track it took under which rules, and how each of its actions stands."""

    ref: Ref
    state: str
    track: str
    playbook_version: str
    receipts: dict[str, str]


class Books(ReadingPart):
    def taken_in(self, since: datetime) -> dict[str, int]:
        """Leads by source, as they were counted when they came."""
        query = text(
            "SELECT source, count(*) FROM leads.arrivals WHERE received_at >= :since GROUP BY 1 ORDER BY 1"
        )
        with reading(self.engine) as connection:
            return {row[0]: row[1] for row in connection.execute(query, {"since": since})}

    def standing(self, since: datetime) -> dict[str, dict[str, int]]:
        """Leads by source and state, as they are."""
        query = text(
            "SELECT s.source, w.state, count(*) "
            "FROM leads.submissions s JOIN leads.work w ON w.lead_id = s.id "
            "WHERE s.received_at >= :since GROUP BY 1, 2 ORDER BY 1, 2"
        )
        found: dict[str, dict[str, int]] = {}
        with reading(self.engine) as connection:
            for source, state, number in connection.execute(query, {"since": since}).all():
                found.setdefault(source, {})[state] = number
        return found

    def lost(self, since: datetime) -> tuple[Lost, ...]:
        query = text(
            "SELECT a.ref, a.source FROM leads.arrivals a LEFT JOIN leads.submissions s ON s.ref = a.ref "
            "LEFT JOIN leads.work w ON w.lead_id = s.id "
            "WHERE a.received_at >= :since AND w.lead_id IS NULL ORDER BY a.received_at, a.ref"
        )
        with reading(self.engine) as connection:
            rows = connection.execute(query, {"since": since}).all()
        return tuple(Lost(ref=Ref(row.ref), source=row.source) for row in rows)

    def known(self, refs: Sequence[Ref]) -> frozenset[Ref]:
        """Those of the refs that the ledger has."""
        query = text("SELECT ref FROM leads.submissions WHERE ref = ANY(:refs)")
        with reading(self.engine) as connection:
            return frozenset(Ref(ref) for ref in connection.execute(query, {"refs": list(refs)}).scalars())

    def through(self, since: datetime) -> tuple[Owing, ...]:
        """The leads that are done or planned, with their newest decision and their receipts."""
        query = text(
            "SELECT s.ref, w.state, d.track, d.playbook_version, "
            "coalesce((SELECT jsonb_object_agg(r.action, r.status) "
            "FROM leads.receipts r WHERE r.lead_id = s.id), '{}') AS receipts "
            "FROM leads.submissions s JOIN leads.work w ON w.lead_id = s.id "
            "JOIN LATERAL (SELECT track, playbook_version FROM leads.decisions "
            "WHERE lead_id = s.id ORDER BY id DESC LIMIT 1) d ON true "
            "WHERE s.received_at >= :since AND w.state IN ('done', 'planned') ORDER BY s.id"
        )
        with reading(self.engine) as connection:
            rows = connection.execute(query, {"since": since}).mappings()
            return tuple(Owing.model_validate(dict(row)) for row in rows)
