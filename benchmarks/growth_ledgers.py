"""Two ledgers in temporary folders, one with few leads and one with many, filled by SQL.

What is measured on them is in `growth.py`.
"""

import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Engine, text

from orchestration_project.clock import utc_now
from orchestration_project.embedded_server import EmbeddedServer
from orchestration_project.intake import read_submission
from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.ledger.engine import migrate, open_engine
from orchestration_project.ledger.submissions import RawSubmission
from orchestration_project.model import Ref
from orchestration_project.playbook.model import Playbook

DAYS = 365
OPEN = 20
"""So many leads wait for a connection, in both."""
UNSENT = 200
"""So many drafts wait for a person, in both; the others were sent."""

_FILL = (
    """INSERT INTO leads.submissions (ref, source, external_id, content, raw, received_at)
    SELECT 'L-' || lpad(n::text, 10, 'A'), 'inbox', 'old-' || n, md5(n::text), convert_to('{}', 'UTF8'),
        now() - make_interval(secs => CASE WHEN n > :count - 500 THEN 60.0 * (:count - n)
            ELSE 86400.0 + :days * 86400.0 * (:count - n) / :count END)
    FROM generate_series(1, :count) n""",
    """INSERT INTO leads.arrivals (ref, source, received_at)
    SELECT ref, source, received_at FROM leads.submissions""",
    """INSERT INTO leads.work (lead_id, state, person_key, submitted_at, changed_at, finished_at, run_id,
        lease, track, rank, score, score_status, started_at, waiting_for, waiting_since)
    SELECT id, CASE WHEN id <= :open THEN 'waiting' WHEN id % 20 = 0 THEN 'quarantined' ELSE 'done' END,
        'person' || id % (1 + :count * 4 / 5) || '@firm' || id % (1 + :count / 2) || '.example',
        received_at, received_at, received_at, 'run-' || id / 10, id,
        (ARRAY['priority', 'nurture', 'not_fit'])[1 + id % 3], id % 3, id % 11, 'scored', received_at,
        CASE WHEN id <= :open THEN 'crm' END, CASE WHEN id <= :open THEN now() END
    FROM leads.submissions""",
    """INSERT INTO leads.lead_keys (key, lead_id)
    SELECT 'mail:' || person_key, lead_id FROM leads.work UNION ALL
    SELECT 'domain:firm' || lead_id % (1 + :count / 2) || '.example', lead_id FROM leads.work UNION ALL
    SELECT 'name:name' || lead_id / 4, lead_id FROM leads.work""",
    """INSERT INTO leads.facts (lead_id, kind, value, at)
    SELECT id, 'Lead', CAST(:lead AS jsonb) || jsonb_build_object('ref', ref, 'message',
        'word' || id || ' of a message that is not long'), received_at
    FROM leads.submissions""",
    """INSERT INTO leads.journal (lead_id, at, event, detail)
    SELECT id, received_at, event, ''
    FROM leads.submissions, unnest(ARRAY['received', 'decided', 'done']) event""",
    """INSERT INTO leads.decisions (lead_id, run_id, decided_at, playbook_version, scorer, score_status,
        score, track, decision)
    SELECT lead_id, run_id, changed_at, 'v', 'offline', 'scored', score, track, jsonb_build_object(
        'ref', ref, 'track', track, 'why_track', 'it is', 'playbook_version', 'v', 'decided_at', changed_at,
        'scoring', jsonb_build_object('ref', ref, 'status', 'failed', 'scorer', 'offline'))
    FROM leads.work JOIN leads.submissions ON id = lead_id""",
    """INSERT INTO leads.receipts (lead_id, action, status, external_id, begun_at, changed_at, followed_up)
    SELECT lead_id, action, 'done', 'x', changed_at, changed_at,
        action = 'draft' AND lead_id <= :count - :unsent
    FROM leads.work, unnest(ARRAY['crm_contact', 'draft']) action""",
    """INSERT INTO leads.receipts (lead_id, action, status, external_id, begun_at, changed_at)
    SELECT lead_id, 'sent_mail', 'done', 'x', changed_at, changed_at
    FROM leads.work WHERE lead_id <= :count - :unsent""",
    """INSERT INTO leads.receipts (lead_id, action, status, external_id, begun_at, changed_at, until,
        followed_up)
    SELECT lead_id, 'calendar_hold', 'done', 'x', changed_at, changed_at, changed_at + interval '1 day',
        changed_at < now() - interval '1 day'
    FROM leads.work WHERE track = 'priority'""",
    """INSERT INTO leads.receipts (lead_id, action, status, external_id, begun_at, changed_at)
    SELECT lead_id, 'call', CASE WHEN lead_id % 2 = 0 THEN 'done' ELSE 'skipped' END, 'x', until, until
    FROM leads.receipts WHERE action = 'calendar_hold' AND until < now()""",
    """INSERT INTO leads.journal (lead_id, at, event, detail)
    SELECT lead_id, changed_at, 'the call took place', '' FROM leads.receipts
    WHERE action = 'call' AND status = 'done'""",
    "INSERT INTO leads.connections (name, state) VALUES ('crm', 'open')",
)


def fill(engine: Engine, playbook: Playbook, count: int) -> None:
    sample = RawSubmission(
        ref=Ref("L-AAAAAAAAAA"),
        source="inbox",
        external_id="old",
        received_at=utc_now(),
        raw=b'{"name": "Ann Old", "email": "ann@old.example"}',
    )
    lead = read_submission(sample, playbook)
    assert lead is not None
    given = {"count": count, "days": DAYS, "open": OPEN, "unsent": UNSENT, "lead": lead.model_dump_json()}
    for statement in _FILL:
        with engine.begin() as connection:
            connection.execute(text(statement), given)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("VACUUM ANALYZE"))


@contextmanager
def ledger_of(playbook: Playbook, count: int) -> Generator[Ledger]:
    with tempfile.TemporaryDirectory(prefix="leads-growth-") as folder:
        server = EmbeddedServer(Path(folder) / "postgres")
        server.start()
        try:
            engine = open_engine(server.url)
            migrate(engine)
            began = time.monotonic()
            fill(engine, playbook, count)
            print(f"{count:,} leads, written in {time.monotonic() - began:.0f} s", flush=True)
            ledger = open_ledger(engine, utc_now)
            yield ledger
            ledger.close()
        finally:
            server.close()
