"""Where a story takes place: its ledger and the outside world, and what is true of them at every moment.

What happens in it is `story.py`.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar

import pytest
from anyio.from_thread import BlockingPortal
from hypothesis.stateful import RuleBasedStateMachine, invariant

from orchestration_project.fake_services.checker import Submitted, Wrong, check
from orchestration_project.ledger import Ledger, open_ledger, turns
from orchestration_project.ledger.lead_lines import LeadLine
from orchestration_project.model import STATES, Receipt, ReceiptStatus, Ref
from orchestration_project.orchestration import recover
from orchestration_project.playbook.model import Autonomy, Playbook
from orchestration_project_tests.databases import HandedOn
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.orchestration.by_hand import Run, bench
from orchestration_project_tests.orchestration.outside import Outside, connected

ACTIONS = ("crm_contact", "task", "folder", "chat")
OF_ITS_RUN = ("decided", "waiting", "done", "planned", "needs a person", "quarantined")
"""Events that a run writes of a lead only while it has it."""
SET_FREE = ("received", "received again", "replayed", "changed at its source", "goes on")


@dataclass(frozen=True)
class Setting:
    """What all stories have in common."""

    databases: HandedOn
    playbook: Playbook
    portal: BlockingPortal


class Watched(RuleBasedStateMachine):
    """The ledger and the outside world of a story, and what is true of them at every moment."""

    setting: ClassVar[Setting]

    def __init__(self) -> None:
        super().__init__()
        self.closing = ExitStack()
        engine = self.closing.enter_context(self.setting.databases.lend())
        self.engine = engine
        self.clock = HandClock(datetime(2026, 11, 24, 9, 30, tzinfo=UTC))
        self.ledger: Ledger = open_ledger(engine, self.clock)
        self.outside = Outside(self.clock)
        self.runs: list[Run] = []
        self.started: dict[str, Run] = {}  # by the name of their process
        self.delivered: set[tuple[str, bytes]] = set()
        self.passed: set[Ref] = set()
        self.seen: dict[tuple[Ref, str], Receipt] = {}
        self.connected = connected(self.outside)
        self.workbench = bench(self.connected, self.clock, self.setting.portal)
        patch = self.closing.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(recover, "is_alive", self._is_alive)
        # whoever has the turn stands still in the middle of its write
        patch.setattr(turns, "LONGEST_TURN", 0.05)
        self.autonomy = Autonomy.DRAFT

    @invariant()
    def all_holds(self) -> None:
        """What is true at every moment; the leads are read once for all of it."""
        lines = self._lines()
        self.nothing_is_there_twice(lines)
        self.all_bytes_are_kept()
        assert {line.status for line in lines} <= set(STATES)
        self.no_receipt_goes_backwards([line.ref for line in lines])
        self.only_who_has_a_lead_says_what_becomes_of_it()
        self.nothing_is_begun_under_a_lease_that_is_not_the_newest()

    def nothing_is_there_twice(self, lines: Sequence[LeadLine]) -> None:
        self.passed |= {
            Ref(row.ref)
            for row in self._rows(
                "SELECT ref FROM leads.submissions JOIN leads.decisions ON lead_id = submissions.id"
            )
        }
        found = check(self.outside.held(), [self._may_leave(line) for line in lines])
        assert [finding.told for finding in found if finding.wrong is not Wrong.MISSING] == []

    def all_bytes_are_kept(self) -> None:
        kept = self._rows(
            "SELECT external_id, raw FROM leads.submissions UNION ALL SELECT external_id, revisions.raw "
            "FROM leads.revisions JOIN leads.submissions ON lead_id = submissions.id"
        )
        assert self.delivered <= {(row.external_id, bytes(row.raw)) for row in kept}

    def no_receipt_goes_backwards(self, refs: Sequence[Ref]) -> None:
        now = {
            (ref, name): receipt
            for ref, receipts in self.ledger.receipts.read(refs).items()
            for name, receipt in receipts.items()
        }
        for key, before in self.seen.items():
            after = now[key]
            assert after.tries >= before.tries
            if before.status is ReceiptStatus.DONE:
                assert after == before
        self.seen = now

    def only_who_has_a_lead_says_what_becomes_of_it(self) -> None:
        holders: dict[int, str | None] = {}
        for row in self._rows("SELECT lead_id, event, run_id FROM leads.journal ORDER BY id"):
            if row.event == "run started":
                holders[row.lead_id] = row.run_id
            elif row.event in SET_FREE:
                holders[row.lead_id] = None
            elif row.event in OF_ITS_RUN and row.run_id is not None:
                assert holders[row.lead_id] == row.run_id, f"{row.event} by a run that has lost the lead"

    def nothing_is_begun_under_a_lease_that_is_not_the_newest(self) -> None:
        begun = self._rows(
            "SELECT 1 FROM leads.receipts JOIN leads.work USING (lead_id) WHERE state = 'running' "
            "AND receipts.lease < work.lease AND begun_at > claimed_at"
        )
        assert begun == [], "an action was begun by a run that had lost the lead"

    def _may_leave(self, line: LeadLine) -> Submitted:
        """What has passed once may stand there; the rest must leave nothing."""
        return Submitted(line.ref, line.email or "", ACTIONS if line.ref in self.passed else ())

    def _must_leave(self, line: LeadLine) -> Submitted:
        skipped = {one.action for one in line.actions if one.status == "skipped"}
        return Submitted(line.ref, line.email or "", tuple(name for name in ACTIONS if name not in skipped))

    def _lines(self) -> list[LeadLine]:
        return list(self.ledger.stories.list_leads())

    def _rows(self, statement: str) -> list[Any]:
        with self.engine.connect() as connection:
            return list(connection.exec_driver_sql(statement).all())

    def _playbook(self) -> Playbook:
        playbook = self.setting.playbook
        version = f"{playbook.version}-{self.autonomy.name}"
        return playbook.model_copy(update={"autonomy": self.autonomy, "version": version})

    def _is_alive(self, holder: str | None) -> bool | None:
        run = self.started.get(holder or "")
        return {"lives": True, "dead": False, "elsewhere": None}[run.fate] if run else None
