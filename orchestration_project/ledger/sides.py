"""What two sets of rules have decided of the leads of a time, with people's corrections and the outcomes.

Only features leave the database here: no column holds a person's words. What the difference means is worked
out in `history/`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text

from orchestration_project.ledger.part import ReadingPart
from orchestration_project.ledger.reading import reading
from orchestration_project.ledger.standing import STANDS
from orchestration_project.model import Frozen

_LEADS = """
    leads.work w JOIN leads.submissions s ON s.id = w.lead_id
    LEFT JOIN leads.facts f ON f.lead_id = w.lead_id AND f.kind = 'Lead'
"""
_TIME = """
    w.state <> 'quarantined'
    AND (CAST(:since AS timestamptz) IS NULL OR w.submitted_at >= :since)
    AND (CAST(:until AS timestamptz) IS NULL OR w.submitted_at < :until)
"""
_DECIDED = """
    s.ref, w.submitted_at AS at, s.source, f.value ->> 'language' AS language, d.track, d.score, d.service,
    d.decision ->> 'why_track' AS why, d.cost_usd::float AS cost_usd
"""

_LIVE = f"""
    SELECT DISTINCT ON (w.lead_id) {_DECIDED}, NULL::float AS seconds
    FROM {_LEADS} JOIN leads.decisions d ON d.lead_id = w.lead_id
    WHERE {_TIME} AND (CAST(:version AS text) IS NULL OR d.playbook_version = :version)
    ORDER BY w.lead_id, d.id DESC
"""
_RESCORED = f"""
    SELECT {_DECIDED}, d.seconds
    FROM {_LEADS} JOIN leads.rescored d ON d.lead_id = w.lead_id
    WHERE {_TIME} AND d.playbook_version = :version AND d.attempt = 0
    ORDER BY d.id
"""
_VERDICTS = f"""
    SELECT s.ref,
        (array_agg(v.track ORDER BY v.id DESC) FILTER (WHERE v.track IS NOT NULL))[1] AS track,
        (array_agg(v.score ORDER BY v.id DESC) FILTER (WHERE v.score IS NOT NULL))[1] AS score
    FROM {_LEADS} JOIN leads.verdicts v ON v.lead_id = w.lead_id
    WHERE {_TIME} AND {STANDS} GROUP BY s.ref
"""
_OUTCOMES = f"""
    SELECT s.ref, w.submitted_at AS lead_at, o.outcome, o.at
    FROM {_LEADS} JOIN leads.outcomes o ON o.lead_id = w.lead_id
    WHERE {_TIME} ORDER BY o.id
"""
_SUBMITTED = f"SELECT s.ref, w.submitted_at AS at FROM {_LEADS} WHERE {_TIME}"

Rows = Sequence[Mapping[str, Any]]


class Side(Frozen):
    """Whose decisions. Without a version: the newest live one of each lead, whatever rules it was made by;
    and of leads that were never decided live, as imported ones, what re-scoring under `otherwise` found."""

    version: str | None = None
    otherwise: str | None = None


class Sides(ReadingPart):
    def decided(self, side: Side, since: datetime | None, until: datetime | None) -> Rows:
        """One row a lead: ref, at, source, language, track, score, service, why, cost_usd, seconds. Of a
        version what was decided live by it, and else what re-scoring found."""
        asked = {"since": since, "until": until, "version": side.version}
        live = {row["ref"]: row for row in self._rows(_LIVE, asked)}
        rescored = side.version or side.otherwise
        if rescored is None:
            return list(live.values())
        again = self._rows(_RESCORED, asked | {"version": rescored})
        return list(({row["ref"]: row for row in again} | live).values())

    def versions(self) -> tuple[str, ...]:
        """The playbook versions that have decided something live, the one that decided last is the last."""
        decided = (
            "SELECT playbook_version FROM leads.decisions GROUP BY playbook_version ORDER BY max(decided_at)"
        )
        with reading(self.engine) as connection:
            return tuple(connection.execute(text(decided)).scalars())

    def verdicts(self, since: datetime | None, until: datetime | None) -> Rows:
        """One row a lead that a person has corrected: ref, track, score; the newest word on each."""
        return self._rows(_VERDICTS, {"since": since, "until": until})

    def outcomes(self, since: datetime | None, until: datetime | None) -> Rows:
        """One row a deal: ref, outcome, at."""
        return self._rows(_OUTCOMES, {"since": since, "until": until})

    def submitted(self, since: datetime | None, until: datetime | None) -> Rows:
        """One row a lead: ref, at."""
        return self._rows(_SUBMITTED, {"since": since, "until": until})

    def _rows(self, query: str, asked: Mapping[str, object]) -> Rows:
        with reading(self.engine) as connection:
            return [dict(row) for row in connection.execute(text(query), dict(asked)).mappings()]
