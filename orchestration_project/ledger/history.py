"""What history reads of the ledger: features of the leads of a time, a chunk at a time, without a person.

The queries pick features out of what is kept; words that people wrote do not leave the database by them. What
the columns mean is told in `history/ledger_tables.py`. Nothing here writes.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import Engine, text

from orchestration_project.ledger.reading import reading
from orchestration_project.ledger.standing import STANDS
from orchestration_project.model import Frozen, Ref

CHUNK = 5_000
"""Rows that are in memory at once."""
SETTLED = timedelta(minutes=5)
"""A transaction may be seen so much later than it has drawn its number; what is younger is read again."""

_LEADS = "leads.work w JOIN leads.submissions s ON s.id = w.lead_id"
_TIME = "WHERE w.submitted_at >= :start AND w.submitted_at < :end"
_OF_CONTEXT = "c.value #> '{lead,person}'"
_HOST = "^[a-z]+://([^/?#@:]+)"


def _plain(value: str, person: str = "l.value -> 'person'") -> str:
    """A word of a link or a service, in small letters; whatever could be an address, a number or a sentence
    is left out, and what holds a part of the name or the address of `person`, whose lead it is."""
    own = f"concat_ws(' ', ({person}) ->> 'full_name', split_part(({person}) ->> 'email', '@', 1))"
    named = (
        f"EXISTS (SELECT FROM regexp_split_to_table(lower({own}), '(\\W|_)+') AS part"
        f" WHERE length(part) >= 5 AND position(part IN lower({value})) > 0"
        f" OR length(part) >= 3 AND lower({value}) ~ ('\\m' || part || '\\M'))"
    )
    return (
        f"CASE WHEN {value} ~ '^\\w[\\w .&/|+-]{{0,59}}$' AND {value} !~ '[0-9]{{6}}' AND NOT {named} "
        f"THEN lower({value}) END"
    )


def _given(value: str) -> str:
    return f"coalesce({value}, '') <> ''"


QUERIES: Mapping[str, str] = {
    "submissions": f"""
        SELECT w.submitted_at AS moment,
            s.ref, s.source, w.submitted_at, s.received_at, octet_length(s.raw) AS bytes, s.deliveries,
            (SELECT count(*) FROM leads.revisions r WHERE r.lead_id = s.id) AS revisions,
            EXISTS (SELECT FROM leads.facts f WHERE f.lead_id = s.id AND f.kind = 'Lead') AS readable,
            w.state, w.reason, w.finished_at
        FROM {_LEADS} {_TIME} ORDER BY w.submitted_at, w.lead_id
        """,
    "leads": f"""
        SELECT w.submitted_at AS moment,
            s.ref, s.source, w.submitted_at,
            {_plain("l.value #>> '{person,region}'")} AS region,
            l.value #>> '{{person,time_zone}}' AS time_zone,
            coalesce(c.value #>> '{{lead,language}}', l.value ->> 'language') AS language,
            {_given("l.value #>> '{person,full_name}'")} AS has_name,
            {_given("l.value #>> '{person,email}'")} AS has_email,
            {_given("l.value #>> '{person,phone}'")} AS has_phone,
            {_given("l.value #>> '{company,name}'")} AS has_company,
            {_given("l.value #>> '{company,domain}'")} AS has_domain,
            {_given("l.value #>> '{company,website}'")} AS has_website,
            (l.value ->> 'free_mail')::boolean AS free_mail,
            CASE WHEN {_given("l.value ->> 'asked_service'")}
                THEN coalesce(CAST(:services AS jsonb) ->> lower(l.value ->> 'asked_service'), 'other')
                END AS asked_service,
            (l.value ->> 'budget')::double precision AS budget,
            (l.value ->> 'consent')::boolean AS consent,
            (l.value ->> 'honeypot_filled')::boolean AS honeypot,
            length(l.value ->> 'message') AS message_characters,
            (SELECT count(*) FROM regexp_split_to_table(l.value ->> 'message', '\\s+') AS word
                WHERE word <> '')
                AS message_words,
            (SELECT count(*) FROM jsonb_object_keys(l.value -> 'extra')) AS extra_fields,
            jsonb_array_length(l.value -> 'problems') AS problems,
            {_plain("l.value #>> '{attribution,source}'")} AS utm_source,
            {_plain("l.value #>> '{attribution,medium}'")} AS utm_medium,
            {_plain("l.value #>> '{attribution,campaign}'")} AS utm_campaign,
            {_plain(f"substring(l.value #>> '{{attribution,referrer}}' from '{_HOST}')")} AS referrer,
            {_plain("l.value #>> '{first_touch,source}'")} AS first_source,
            {_plain("l.value #>> '{first_touch,medium}'")} AS first_medium,
            {_plain("l.value #>> '{first_touch,campaign}'")} AS first_campaign
        FROM {_LEADS}
            JOIN leads.facts l ON l.lead_id = s.id AND l.kind = 'Lead'
            LEFT JOIN leads.facts c ON c.lead_id = s.id AND c.kind = 'Context'
        {_TIME} ORDER BY w.submitted_at, w.lead_id
        """,
    "lead_contexts": f"""
        SELECT w.submitted_at AS moment,
            s.ref, c.at AS gathered_at, c.value #>> '{{standing,kind}}' AS standing,
            c.value #>> '{{website,status}}' AS website_status,
            coalesce(length(c.value #>> '{{website,value,text}}'), 0) AS website_characters,
            c.value #>> '{{company,status}}' AS company_status,
            c.value #>> '{{company,value,source}}' AS company_source,
            {_plain("c.value #>> '{company,value,industry}'", _OF_CONTEXT)} AS company_industry,
            (c.value #>> '{{company,value,employees}}')::int AS company_employees,
            {_plain("c.value #>> '{company,value,country}'", _OF_CONTEXT)} AS company_country
        FROM {_LEADS}
            JOIN leads.facts c ON c.lead_id = s.id AND c.kind = 'Context'
        {_TIME} ORDER BY w.submitted_at, w.lead_id
        """,
    "lead_scores": f"""
        SELECT w.submitted_at AS moment,
            d.id AS decision_id, s.ref, d.decided_at, d.playbook_version, d.scorer, d.model,
            d.score_status, d.score, d.service, d.decision #>> '{{scoring,score,category}}' AS category,
            (d.decision #>> '{{scoring,score,confidence}}')::double precision AS confidence,
            coalesce(jsonb_array_length(nullif(d.decision #> '{{scoring,score,evidence}}', 'null')), 0)
                AS evidence,
            coalesce(length(d.decision #>> '{{scoring,score,rationale}}'), 0) AS rationale_characters,
            coalesce((d.decision #>> '{{scoring,usage,input_tokens}}')::int, 0) AS input_tokens,
            coalesce((d.decision #>> '{{scoring,usage,output_tokens}}')::int, 0) AS output_tokens,
            d.cost_usd::double precision AS cost_usd
        FROM {_LEADS}
            JOIN leads.decisions d ON d.lead_id = s.id
        {_TIME} ORDER BY w.submitted_at, d.id
        """,
    "decisions": f"""
        SELECT w.submitted_at AS moment,
            d.id AS decision_id, s.ref, d.decided_at,
            row_number() OVER lead AS number,
            lead(d.id) OVER lead IS NULL AS newest,
            d.playbook_version, d.track, d.score_status, d.score, d.service, d.run_id
        FROM {_LEADS}
            JOIN leads.decisions d ON d.lead_id = s.id
        {_TIME}
        WINDOW lead AS (PARTITION BY d.lead_id ORDER BY d.id) ORDER BY w.submitted_at, d.id
        """,
    "receipts": f"""
        SELECT w.submitted_at AS moment,
            s.ref, r.action, r.status, r.begun_at, r.changed_at, r.until, r.tries, r.unsure,
            jsonb_array_length(r.conflicts) AS conflicts
        FROM {_LEADS}
            JOIN leads.receipts r ON r.lead_id = s.id
        {_TIME} ORDER BY w.submitted_at, w.lead_id, r.action
        """,
    "verdicts": f"""
        SELECT w.submitted_at AS moment,
            v.id AS verdict_id, s.ref, v.said_at, v.kind, v.track, v.score, v.decision_id,
            lead(v.id) OVER kind IS NULL AND {STANDS} AS newest
        FROM {_LEADS}
            JOIN leads.verdicts v ON v.lead_id = s.id
        {_TIME}
        WINDOW kind AS (PARTITION BY v.lead_id, v.kind ORDER BY v.id) ORDER BY w.submitted_at, v.id
        """,
    "outcomes": f"""
        SELECT DISTINCT ON (w.submitted_at, s.ref) w.submitted_at AS moment,
            s.ref, o.outcome, o.at, o.recorded_at AS known_at,
            sum(CASE WHEN o.outcome = 'won' THEN o.value END)
                OVER (PARTITION BY o.lead_id, o.currency)::double precision AS value,
            o.currency, count(*) OVER (PARTITION BY o.lead_id) AS deals, o.origin
        FROM {_LEADS}
            JOIN leads.outcomes o ON o.lead_id = s.id
        {_TIME}
        ORDER BY w.submitted_at, s.ref, (o.outcome = 'won') DESC, o.at DESC, o.id DESC
        """,
    "ai_costs": """
        SELECT at AS moment, model, input_tokens, output_tokens, cost_usd::double precision AS cost_usd
        FROM leads.ai_spend WHERE at >= :start AND at < :end ORDER BY at
        """,
}
"""By table, for the leads submitted in a time. Each answers the columns of that table but for what the day
makes of `moment`; of `ai_costs` the single answers, by when they came."""

TEXTS = f"""
    SELECT s.ref, l.value ->> 'message' AS message, (l.value -> 'extra')::text AS answers
    FROM {_LEADS} JOIN leads.facts l ON l.lead_id = s.id AND l.kind = 'Lead' {_TIME} ORDER BY w.submitted_at
    """
"""What people wrote. Read where somebody asks for it by a word of its own, and kept nowhere."""
_CHANGED = text("""
    SELECT DISTINCT (w.submitted_at AT TIME ZONE :zone)::date AS day
    FROM leads.journal j JOIN leads.work w ON w.lead_id = j.lead_id WHERE j.id > :journal
    UNION SELECT DISTINCT (at AT TIME ZONE :zone)::date FROM leads.ai_spend WHERE id > :spend
    -- the day on which a lead stood that was imported anew with another date
    UNION SELECT DISTINCT
        (substring(detail FROM 'it was dated (\\S+)')::timestamptz AT TIME ZONE :zone)::date
    FROM leads.journal WHERE id > :journal AND event = 'imported' AND detail LIKE '%it was dated %'
    ORDER BY day
    """)
_REACHED = text("""
    SELECT (SELECT coalesce(max(id), 0) FROM leads.journal WHERE at <= :settled) AS journal,
        (SELECT coalesce(max(id), 0) FROM leads.ai_spend WHERE at <= :settled) AS spend
    """)
_COUNTS = text("""
    SELECT (submitted_at AT TIME ZONE :zone)::date AS day, count(*) AS leads FROM leads.work
    WHERE submitted_at >= :start AND submitted_at < :end GROUP BY day
    """)
_QUESTIONS = text(f"""
    SELECT s.source, array_agg(DISTINCT question) AS questions
    FROM {_LEADS} JOIN leads.facts l ON l.lead_id = s.id AND l.kind = 'Lead',
        jsonb_object_keys(l.value -> 'extra') AS question {_TIME} GROUP BY s.source
    """)
_PEOPLE = text(f"""
    SELECT s.ref, l.value #>> '{{person,email}}' AS email, l.value #>> '{{person,phone}}' AS phone,
        l.value #>> '{{person,full_name}}' AS name, left(l.value ->> 'message', 80) AS message
    FROM {_LEADS} JOIN leads.facts l ON l.lead_id = s.id AND l.kind = 'Lead'
    WHERE s.received_at >= :start AND s.received_at < :end
    """)
_WAITS = text("""
    SELECT count(DISTINCT lead_id) AS leads,
        coalesce(max(extract(epoch FROM coalesce(until, :end) - at)), 0)::double precision AS longest_seconds
    FROM (SELECT j.lead_id, j.at, j.event, (
            SELECT min(later.at) FROM leads.journal later
            WHERE later.lead_id = j.lead_id AND later.id > j.id AND later.event <> 'waiting'
        ) AS until
        FROM leads.journal j JOIN leads.work w ON w.lead_id = j.lead_id
        WHERE j.event = 'waiting' AND j.at >= :start AND j.at < :end) AS waiting
    """)
_FIRST = text("SELECT (min(submitted_at) AT TIME ZONE :zone)::date FROM leads.work")


class Reached(Frozen):
    """How far somebody has read what has happened."""

    journal: int = 0
    spend: int = 0


class Waits(Frozen):
    """How many leads had to wait for something that was away, and the longest of these times."""

    leads: int
    longest_seconds: float


class Chunk(Frozen):
    """Rows of a table, and the names of their columns."""

    columns: tuple[str, ...]
    rows: Sequence[Sequence[object]]


@dataclass(frozen=True)
class HistoryReader:
    """Reads for `history/`. Times are half open: from `start` on, before `end`."""

    engine: Engine
    zone: str  # IANA name of the business' time zone
    services: Mapping[str, str]  # what a form may call a service, in small letters: its name in the playbook

    def read(self, table: str, start: datetime, end: datetime) -> Iterator[Chunk]:
        """The rows of a table of QUERIES, by a cursor of the server's: at most CHUNK are here at once. At
        least one chunk comes, so that the columns are known."""
        asked = {"start": start, "end": end, "services": json.dumps(dict(self.services))}
        with self.engine.connect().execution_options(stream_results=True, max_row_buffer=CHUNK) as connection:
            result = connection.execute(text(TEXTS if table == "texts" else QUERIES[table]), asked)
            columns, some = tuple(result.keys()), False
            for rows in result.partitions(CHUNK):
                some = True
                yield Chunk.model_construct(columns=columns, rows=rows)
            if not some:
                yield Chunk(columns=columns, rows=())

    def changed_since(self, reached: Reached, now: datetime) -> tuple[tuple[date, ...], Reached]:
        """The days of the leads to which anything has happened since, and how far that has been read. What
        is younger than SETTLED is told once more next time."""
        with reading(self.engine) as connection:
            days = connection.execute(_CHANGED, {"zone": self.zone, **reached.model_dump()}).scalars()
            row = connection.execute(_REACHED, {"settled": now - SETTLED}).one()
            return tuple(days), Reached(journal=row.journal, spend=row.spend)

    def first_day(self) -> date | None:
        """The day of the oldest lead; None: there is no lead."""
        with reading(self.engine) as connection:
            return connection.execute(_FIRST, {"zone": self.zone}).scalar()

    def counts(self, start: datetime, end: datetime) -> dict[date, int]:
        """How many leads were submitted, by day."""
        asked = {"start": start, "end": end, "zone": self.zone}
        with reading(self.engine) as connection:
            return {row.day: row.leads for row in connection.execute(_COUNTS, asked)}

    def questions(self, start: datetime, end: datetime) -> dict[str, set[str]]:
        """What forms asked that no lead field takes, by source."""
        with reading(self.engine) as connection:
            rows = connection.execute(_QUESTIONS, {"start": start, "end": end})
            return {row.source: set(row.questions) for row in rows}

    def people(self, start: datetime, end: datetime) -> dict[Ref, dict[str, str]]:
        """What tells who somebody is, of the leads received in that time: to search for it where it must not
        be. The only words of people that this module hands out."""
        with reading(self.engine) as connection:
            rows = connection.execute(_PEOPLE, {"start": start, "end": end})
            return {
                Ref(row.ref): {
                    kind: value
                    for kind in ("email", "phone", "name", "message")
                    if (value := getattr(row, kind))
                }
                for row in rows
            }

    def waits(self, start: datetime, end: datetime) -> Waits:
        """Of the waits that began in that time; one that is not over counts until `end`."""
        with reading(self.engine) as connection:
            return Waits(**connection.execute(_WAITS, {"start": start, "end": end}).mappings().one())
