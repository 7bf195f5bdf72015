"""What the watch asks of the leads: who waits for a person, who is late, what comes in when. Reads only.

What of it is a trouble is decided in `watch/causes/`.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime
from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.types import Text

from orchestration_project.ledger.part import ReadingPart
from orchestration_project.ledger.reading import reading
from orchestration_project.model import Frozen, Ref
from orchestration_project.model.alerts import MOST_REFS

_ONE_REASON = r"""^[a-z_ ]+: |does not know \([^)]*\)|L-[A-Z0-9]{10}|\S+@\S+|"[^"]*"|(?<!\w)'[^']*'|[0-9]+"""
"""What differs between leads that meet the same: the step, refs, addresses, quoted words, numbers, and which
field of an answer was not there."""
_MOST_GROUPS = 20
_SAID_OF = {
    "ai": ("failed", "malformed", "off_scale", "unsupported", "refused"),
    "company": ("found", "not_found", "could_not_ask"),
}

_NEED_PERSON = text(f"""
    SELECT regexp_replace(explanation, :differs, '…', 'g') AS alike,
        (array_agg(explanation ORDER BY lead_id))[1] AS said,
        count(*) AS leads, min(changed_at) AS since,
        (array_agg(ref ORDER BY lead_id))[1:{MOST_REFS}] AS refs
    FROM leads.work JOIN leads.submissions ON id = lead_id
    WHERE state = :state GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT {_MOST_GROUPS}
""")

_STANDS = "coalesce(waiting_since, CASE state WHEN 'running' THEN claimed_at END, changed_at)"
_LATE = text(f"""
    SELECT count(*) AS leads, min({_STANDS}) AS since,
        (array_agg(ref ORDER BY lead_id))[1:{MOST_REFS}] AS refs
    FROM leads.work JOIN leads.submissions ON id = lead_id
    WHERE state IN ('received', 'waiting', 'running') AND waiting_for IS NULL AND NOT rescore
        AND {_STANDS} < :before AND (track IS NULL OR track = ANY(:tracks))
        AND NOT EXISTS (SELECT FROM leads.receipts WHERE receipts.lead_id = work.lead_id
            AND action = 'draft' AND status IN ('done', 'skipped', 'planned'))
""").bindparams(bindparam("tracks", type_=postgresql.ARRAY(Text)))

_BACKLOG = text("""
    SELECT count(*) FROM leads.work
    WHERE state IN ('received', 'running') OR (state = 'waiting' AND try_at <= :now)
""")

# from one hour in which something came to the next: an index look-up each, however many came
_HOURS = text("""
    WITH RECURSIVE hours(hour) AS (
        (SELECT date_trunc('hour', received_at) FROM leads.submissions
         WHERE source = :source AND received_at >= :since ORDER BY received_at LIMIT 1)
        UNION ALL
        SELECT (SELECT date_trunc('hour', received_at) FROM leads.submissions
                WHERE source = :source AND received_at >= hour + interval '1 hour'
                ORDER BY received_at LIMIT 1)
        FROM hours WHERE hour IS NOT NULL
    )
    SELECT hour FROM hours WHERE hour IS NOT NULL
""")
_LAST = text("SELECT max(received_at) FROM leads.submissions WHERE source = :source")

_HELD = text("""
    SELECT ref FROM leads.work JOIN leads.submissions ON id = lead_id
    WHERE state = 'quarantined' AND reason IN ('spam', 'test') AND finished_at >= :since AND NOT released
        AND (SELECT kind FROM leads.verdicts v WHERE v.lead_id = work.lead_id
            AND kind IN ('spam', 'genuine', 'taken_back') ORDER BY v.id DESC LIMIT 1) IS DISTINCT FROM 'spam'
    ORDER BY finished_at DESC LIMIT :most
""")
_SET_ASIDE = text("""
    SELECT reason, count(*) AS leads, (array_agg(ref ORDER BY lead_id DESC))[1 : :most] AS refs
    FROM leads.work JOIN leads.submissions ON id = lead_id
    WHERE state = 'quarantined' AND finished_at >= :since
    GROUP BY reason ORDER BY leads DESC, reason
""")
_ANSWERS: Mapping[str, TextClause] = {
    # a decision without the AI is the scorecard's, and tells why it is not the AI's
    "ai": text("""
        SELECT ref, decided_at AS at, score_status = ANY(:statuses) AS unusable, score_status AS status,
            coalesce(decision #>> '{scoring,explanation}', '') AS said
        FROM leads.decisions JOIN leads.submissions s ON s.id = lead_id
        WHERE decided_at >= :since
            AND (score_status = ANY(:statuses) OR (score_status = 'scored' AND scorer <> 'offline'))
        ORDER BY decided_at DESC LIMIT :most
    """),
    "company": text("""
        SELECT ref, at, value #>> '{company,status}' = 'could_not_ask' AS unusable,
            value #>> '{company,status}' AS status, coalesce(value #>> '{company,note}', '') AS said
        FROM (SELECT id, ref, received_at FROM leads.submissions
            WHERE received_at >= :since ORDER BY received_at DESC, id DESC LIMIT :most) AS newest
            JOIN leads.facts ON lead_id = id AND kind = 'Context'
        WHERE value #>> '{company,status}' = ANY(:statuses)
            -- that it is away, refuses, lacks credits or has a limit is told elsewhere; what was kept before
            -- the kind of a failure was, tells neither
            AND (value #>> '{company,status}' <> 'could_not_ask'
                OR value #>> '{company,failure}' = 'unusable')
        ORDER BY received_at DESC, id DESC
    """),
}
"""What a service said of leads, the newest first: what could be used, and what could not."""
_OF_RUNS = text("""
    SELECT DISTINCT run_id FROM leads.work WHERE run_id = ANY(:runs) AND state = 'needs_person'
""").bindparams(bindparam("runs", type_=postgresql.ARRAY(Text)))


class Alike(Frozen):
    """Leads that wait for a person for one reason."""

    alike: str  # the reason, without what differs between them
    said: str  # of the first of them
    leads: int
    since: AwareDatetime
    refs: tuple[Ref, ...]


class Answered(Frozen):
    """Whether what a service said of a lead could be used."""

    ref: Ref
    at: AwareDatetime
    unusable: bool
    status: str  # of the score, or of the look-up
    said: str


class SetAside(Frozen):
    """Leads in quarantine for one reason, the newest of them by ref."""

    reason: str
    leads: int
    refs: tuple[Ref, ...]


class Late(Frozen):
    leads: int
    since: AwareDatetime | None
    refs: tuple[Ref, ...] = ()


class Watching(ReadingPart):
    def waits_for_person(self, state: str = "needs_person") -> tuple[Alike, ...]:
        """By reason, the most leads first."""
        with reading(self.engine) as connection:
            rows = connection.execute(_NEED_PERSON, {"differs": _ONE_REASON, "state": state}).mappings()
            return tuple(Alike.model_validate(dict(row)) for row in rows)

    def late(self, before: datetime, tracks_with_draft: Sequence[str]) -> Late:
        """Leads that are under way since before that moment, wait for nobody, and have no draft."""
        with reading(self.engine) as connection:
            values = {"before": before, "tracks": list(tracks_with_draft)}
            row = connection.execute(_LATE, values).mappings().one()
        return Late(leads=row["leads"], since=row["since"], refs=row["refs"] or ())

    def backlog(self, now: datetime) -> int:
        """Leads that a run has, or could take."""
        with reading(self.engine) as connection:
            return connection.execute(_BACKLOG, {"now": now}).scalar_one()

    def last_from(self, source: str) -> datetime | None:
        with reading(self.engine) as connection:
            return connection.execute(_LAST, {"source": source}).scalar()

    def hours_of(self, source: str, since: datetime) -> tuple[datetime, ...]:
        """The hours since then in which anything came from that source, by UTC."""
        with reading(self.engine) as connection:
            return tuple(connection.execute(_HOURS, {"source": source, "since": since}).scalars())

    def held(self, since: datetime, most: int) -> tuple[Ref, ...]:
        """Those that were taken for spam or tests since then, the newest first; but for those that a person
        has called spam."""
        with reading(self.engine) as connection:
            return tuple(connection.execute(_HELD, {"since": since, "most": most}).scalars())

    def set_aside(self, since: datetime, most: int) -> tuple[SetAside, ...]:
        """What went into quarantine since then and still is there, by reason, with so many refs each."""
        with reading(self.engine) as connection:
            rows = connection.execute(_SET_ASIDE, {"since": since, "most": most}).mappings()
            return tuple(SetAside.model_validate(dict(row)) for row in rows)

    def answers(self, of: Literal["ai", "company"], since: datetime, most: int) -> tuple[Answered, ...]:
        """Of leads since then, the newest first."""
        asked = {"since": since, "most": most, "statuses": list(_SAID_OF[of])}
        with reading(self.engine) as connection:
            rows = connection.execute(_ANSWERS[of], asked).mappings()
            return tuple(Answered.model_validate(dict(row)) for row in rows)

    def with_needy(self, runs: Collection[str]) -> frozenset[str]:
        """Those of these runs of which a lead waits for a person."""
        with reading(self.engine) as connection:
            return frozenset(connection.execute(_OF_RUNS, {"runs": list(runs)}).scalars())
