"""What a ledger with many leads costs beside one with few: the ratio of each thing that is done all the time.

By hand: `.venv/bin/python benchmarks/growth.py [--many 1000000] [--few 1000] [--only NAME] [--plans]`.
Each figure is processor time, of this process and of its sessions in PostgreSQL, so it hardly depends on what
else the machine does: the median of some tries, by turns on the one and on the other. 1.2 is what the ratio
may be. With `--plans`, the statements of what is above that, as PostgreSQL goes about them.
"""

import argparse
import json
import statistics
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from growth_ledgers import ledger_of
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.engine.interfaces import DBAPICursor

from orchestration_project.cli.standing import COUNTED
from orchestration_project.connectors.opened import KINDS
from orchestration_project.history.reader import reader_of
from orchestration_project.installation import WORKING_COPY
from orchestration_project.intake import read_revisions, take_in
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.claims import Claim
from orchestration_project.ledger.history import SETTLED, Reached
from orchestration_project.ledger.housekeeping import sizes
from orchestration_project.ledger.lead_filter import LeadFilter
from orchestration_project.model import Delivery, Ref
from orchestration_project.offer import capabilities
from orchestration_project.orchestration.dispatcher import nothing_to_start
from orchestration_project.playbook.load import load_playbook
from orchestration_project.playbook.model import Playbook

TRIES = 41
MAY_BE = 1.2


class Deeds:
    """What is measured, on one ledger."""

    def __init__(self, ledger: Ledger, playbook: Playbook) -> None:
        self.ledger, self._playbook = ledger, playbook
        self._number = 0
        self._history = reader_of(ledger.engine, playbook)
        now = ledger.clock()
        self._newest = now - timedelta(minutes=500), now
        _, self._reached = self._history.changed_since(Reached(), now + SETTLED)
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
            "a look of the watch": self._watch,
            "follow-ups: what is known": ledger.follow_ups.settle,
            "follow-ups: drafts": lambda: ledger.follow_ups.open_drafts(None, 50, allowed=True),
            "follow-ups: calls": lambda: ledger.follow_ups.due_calls(50, allowed=True),
            "follow-ups: second looks": lambda: ledger.second_looks.due(["crm_contact", "draft"], 20),
            "follow-ups: what is to be checked": lambda: (
                ledger.checks.untold(),
                ledger.checks.tellings(timedelta(minutes=15)),
            ),
            "history: its beginning": self._history.first_day,
            "history: what has changed": lambda: self._history.changed_since(self._reached, ledger.clock()),
            "history: checks of the hour": lambda: (
                self._history.counts(*self._newest),
                self._history.questions(*self._newest),
                self._history.waits(*self._newest),
            ),
            "history: a table of the newest 500": lambda: list(
                self._history.read("lead_scores", *self._newest)
            ),
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

    def _watch(self) -> None:
        now, watching = self.ledger.clock(), self.ledger.watching
        watching.waits_for_person()
        watching.waits_for_person("to_check")
        watching.late(now - timedelta(hours=1), ["priority"])
        watching.backlog(now)
        watching.last_from("inbox")
        watching.held(now - timedelta(days=3), 100)


def milliseconds(engine: Engine, act: Callable[[], object]) -> float:
    """Processor time of one try: ours, and that of the sessions."""
    sessions = _sessions(engine)
    before = time.process_time_ns(), {pid: _on_processor(pid) for pid in sessions}
    act()
    ours = time.process_time_ns() - before[0]
    theirs = sum(_on_processor(pid) - before[1].get(pid, 0) for pid in _sessions(engine))
    return (ours + theirs) / 1e6


def _sessions(engine: Engine) -> Sequence[int]:
    query = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
    with engine.connect() as connection:
        return connection.execute(text(query)).scalars().all()


def _on_processor(pid: int) -> int:
    """Nanoseconds; of a session that has ended meanwhile, none."""
    try:
        return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0])
    except OSError:
        return 0


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
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            with engine.connect() as connection:
                for (row,) in connection.exec_driver_sql(f"EXPLAIN ANALYZE {statement}", given):
                    print(f"      {row}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--few", type=int, default=1_000)
    parser.add_argument("--many", type=int, default=1_000_000)
    parser.add_argument("--only", default="", help="what is measured: all whose name begins so")
    parser.add_argument("--plans", action="store_true")
    asked = parser.parse_args()
    playbook = load_playbook(WORKING_COPY / "playbook", capabilities())
    with ledger_of(playbook, asked.few) as small, ledger_of(playbook, asked.many) as large:
        few, many = Deeds(small, playbook).by_name(), Deeds(large, playbook).by_name()
        print(f"{'':34}{asked.few:>12,}{asked.many:>14,}   ratio")
        for name in filter(lambda name: name.startswith(asked.only), few):
            tries: tuple[list[float], list[float]] = [], []
            for number in range(TRIES + 3):
                for ledger, act, measured in ((small, few[name], tries[0]), (large, many[name], tries[1])):
                    took = milliseconds(ledger.engine, act)
                    if number >= 3:  # statements are prepared by then
                        measured.append(took)
            one, other = (statistics.median(measured) for measured in tries)
            ratio = other / one
            remark = "" if ratio <= MAY_BE else "  above 1.2"
            print(f"{name:34}{one:9.2f} ms{other:11.2f} ms   {ratio:.2f}{remark}", flush=True)
            if asked.plans and ratio > MAY_BE:
                plans(large.engine, many[name])


if __name__ == "__main__":
    main()
