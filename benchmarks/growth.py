"""What a ledger with many leads costs beside one with few: the ratio of each thing that is done all the time.

By hand: `.venv/bin/python benchmarks/growth.py [--many 1000000] [--few 1000] [--plans]`. Two embedded
servers in temporary folders, filled by SQL. Each figure is the quickest of some tries, and its ratio; 1.2 is
what it may be. With `--plans`, the statements of what is above that, as PostgreSQL goes about them.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.engine.interfaces import DBAPICursor

from orchestration_project.cli.standing import COUNTED
from orchestration_project.clock import utc_now
from orchestration_project.connectors.opened import KINDS
from orchestration_project.embedded_server import EmbeddedServer
from orchestration_project.installation import WORKING_COPY
from orchestration_project.intake import read_revisions, read_submission, take_in
from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.ledger.claims import Claim
from orchestration_project.ledger.engine import migrate, open_engine
from orchestration_project.ledger.housekeeping import sizes
from orchestration_project.ledger.lead_filter import LeadFilter
from orchestration_project.ledger.submissions import RawSubmission
from orchestration_project.model import Delivery, Ref
from orchestration_project.offer import capabilities
from orchestration_project.orchestration.dispatcher import nothing_to_start
from orchestration_project.playbook.load import load_playbook
from orchestration_project.playbook.model import Playbook

TRIES = 15
MAY_BE = 1.2
DAYS = 365
OPEN = 20
"""So many leads wait for a connection, in both."""

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
    """INSERT INTO leads.receipts (lead_id, action, status, external_id, begun_at, changed_at)
    SELECT lead_id, action, 'done', 'x', changed_at, changed_at
    FROM leads.work, unnest(ARRAY['crm_contact', 'draft']) action""",
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
    given = {"count": count, "days": DAYS, "open": OPEN, "lead": lead.model_dump_json()}
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


class Deeds:
    """What is measured, on one ledger."""

    def __init__(self, ledger: Ledger, playbook: Playbook) -> None:
        self.ledger, self._playbook = ledger, playbook
        self._number = 0
        with ledger.engine.connect() as connection:
            self._refs = [
                Ref(ref)
                for ref in connection.execute(
                    text("SELECT ref FROM leads.submissions ORDER BY id DESC LIMIT 25")
                ).scalars()
            ]

    def by_name(self) -> dict[str, Callable[[], object]]:
        ledger = self.ledger
        return {
            "intake of a lead": self._take_in,
            "intake of what was here before": self._again,
            "duplicate check of 25": lambda: (
                ledger.people.perhaps_the_same(self._refs),
                ledger.senders.before(self._refs),
            ),
            "who wrote alike": lambda: ledger.senders.written(timedelta(days=1)),
            "tick with nothing to do": self._tick,
            "claim": self._claim,
            "claim, start and end": self._claim_and_finish,
            "recovery": self._recovery,
            "leads list": lambda: (
                ledger.lists.page(LeadFilter(), limit=50),
                ledger.lists.summary(LeadFilter()),
            ),
            "leads list, by score": lambda: ledger.lists.page(LeadFilter(), order="score", limit=50),
            "leads list, waiting": lambda: ledger.lists.page(LeadFilter(states=("waiting",)), limit=50),
            "leads show": lambda: ledger.stories.tell(self._refs[0]),
            "leads doctor": self._doctor,
        }

    def _payload(self) -> dict[str, Any]:
        self._number += 1
        return {
            "id": f"new-{self._number}",
            "name": f"Ann Newcomer{self._number}",
            "email": f"ann@new-{self._number}.example",
            "message": "How does your bookkeeping service work for a small studio?",
        }

    def _take_in(self) -> None:
        payload = self._payload()
        delivery = Delivery(external_id=payload["id"], raw=json.dumps(payload).encode())
        take_in(self.ledger, self._playbook, "inbox", [delivery])

    def _again(self) -> None:
        self.ledger.submissions.store("inbox", [Delivery(external_id="old-500", raw=b"{}")])

    def _tick(self) -> None:
        """With leads that wait, and nobody to be taken."""
        self.ledger.claims.claim(max_leads=200, max_runs=12, max_in_flight=12)
        self.ledger.claims.anything_claimable(max_in_flight=12)
        nothing_to_start(self.ledger)

    def _claim(self) -> tuple[Claim, ...]:
        self._take_in()
        return self.ledger.claims.claim(max_leads=200, max_runs=12)

    def _claim_and_finish(self) -> None:
        for claim in self._claim():
            taken = self.ledger.claims.start(claim, f"new-run-{claim.lease}", "process")
            self.ledger.claims.carried(f"new-run-{claim.lease}")
            self.ledger.outcomes.finish(taken, f"new-run-{claim.lease}")

    def _recovery(self) -> None:
        self.ledger.recovery.silent()
        read_revisions(self.ledger, self._playbook)
        self.ledger.outcomes.give_up(self.ledger.clock() - timedelta(days=9), "")
        self.ledger.connections.free_forgotten(KINDS)
        self.ledger.connections.waiting()

    def _doctor(self) -> None:
        ledger = self.ledger
        ledger.stories.count(most=COUNTED)
        ledger.stories.count_to_look_at()
        ledger.erasing.unfinished_since()
        sizes(ledger.engine)
        ledger.connections.waiting()
        ledger.scored_again.would_move(5)
        ledger.readiness.of()
        ledger.claims.overdue(timedelta(minutes=2))


def seconds(act: Callable[[], object]) -> float:
    act()
    measured: list[float] = []
    for _ in range(TRIES):
        began = time.perf_counter()
        act()
        measured.append(time.perf_counter() - began)
    return min(measured)


def plans(engine: Engine, act: Callable[[], object]) -> None:
    """The longest statements of it."""
    asked: list[tuple[float, str, Any]] = []

    def after(
        _connection: Connection, _cursor: DBAPICursor, statement: str, given: Any, context: Any, _many: bool
    ) -> None:
        asked.append((time.perf_counter() - context.began, statement, given))

    def before(
        _connection: Connection, _cursor: DBAPICursor, _statement: str, _given: Any, context: Any, _many: bool
    ) -> None:
        context.began = time.perf_counter()

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "after_cursor_execute", after)
    act()
    event.remove(engine, "before_cursor_execute", before)
    event.remove(engine, "after_cursor_execute", after)
    for took, statement, given in sorted(asked, key=lambda one: one[0], reverse=True)[:2]:
        print(f"\n    {1000 * took:.1f} ms: {' '.join(statement.split())[:300]}")
        if statement.lstrip().upper().startswith("SELECT"):
            with engine.connect() as connection:
                for (row,) in connection.exec_driver_sql(f"EXPLAIN ANALYZE {statement}", given):
                    print(f"      {row}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=1_000)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--plans", action="store_true")
    asked = parser.parse_args()
    playbook = load_playbook(WORKING_COPY / "playbook", capabilities())
    with ledger_of(playbook, asked.few) as small, ledger_of(playbook, asked.many) as large:
        few, many = Deeds(small, playbook).by_name(), Deeds(large, playbook).by_name()
        print(f"{'':34}{asked.few:>12,}{asked.many:>14,}   ratio")
        for name in few:
            one, other = seconds(few[name]), seconds(many[name])
            ratio = other / one
            remark = "" if ratio <= MAY_BE else "  above 1.2"
            print(f"{name:34}{1000 * one:9.2f} ms{1000 * other:11.2f} ms   {ratio:.2f}{remark}", flush=True)
            if asked.plans and ratio > MAY_BE:
                plans(large.engine, many[name])


if __name__ == "__main__":
    main()
