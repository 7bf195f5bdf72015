"""Whatever happens in whatever order, each thing is done once, and in the end nobody waits for nothing.

Hypothesis makes up the story; the ops' own bodies do the work on a real ledger; the checker judges.
"""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, ClassVar, cast

import dagster as dg
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from hypothesis.stateful import run_state_machine_as_test as run_as_test

from orchestration_project.fake_services.checker import Submitted, Wrong, check
from orchestration_project.installation import WORKING_COPY
from orchestration_project.intake import take_in
from orchestration_project.ledger import Ledger, open_ledger, turns
from orchestration_project.ledger.lead_lines import LeadLine
from orchestration_project.model import OPEN, STATES, Delivery, Receipt, ReceiptStatus, Ref
from orchestration_project.offer import capabilities
from orchestration_project.orchestration import recover
from orchestration_project.orchestration.dispatch import Dispatcher
from orchestration_project.playbook.load import load_playbook
from orchestration_project.playbook.model import Autonomy, Condition, Playbook, TrackAction
from orchestration_project_tests.conftest import HandClock
from orchestration_project_tests.databases import HandedOn
from orchestration_project_tests.orchestration.by_hand import Run, bench
from orchestration_project_tests.orchestration.outside import Away, Outside, Trouble, connected

EXAMPLES, STEPS, SEEDS = 4, 60, 8
ACTIONS = ("crm_contact", "task", "folder", "chat")
LEVELS = (Autonomy.OBSERVE, Autonomy.INTERNAL, Autonomy.DRAFT)
GENUINE = (
    "Our bookkeeper has just left and the VAT deadline is next month. We are a team of 14 and need somebody "
    "to take over the books in Xero and the monthly payroll as soon as possible."
)
MESSAGES = (GENUINE, GENUINE, f"{GENUINE} Please call.", "casino backlinks, seo package")
PEOPLE = ("Maeve O'Brien", "Tom Rees", "Ann Dray", "Luc Hall")
SECONDS = (1.0, 6.0, 30.0, 70.0, 200.0, 4000.0)
INSIDE = 80.0
"""Seconds that may pass while an action acts; after 90 it is cut off."""
MEANWHILE = (
    ("time",),
    ("force", "work"),
    ("force", "time", "work"),
    ("force", "time", "begin", "moment"),
    ("replay", "work"),
    ("replay", "time", "work"),
)
"""What may happen while a run stands in the middle of a request: it is taken over, a person has its leads
replayed, another run has them and is through, or has only begun when the first one goes on."""
JUST_BEGUN = 3
"""Ops of a run that has its leads and has looked them up."""
ALL = 20
"""More ops than a run has."""
OF_ITS_RUN = ("decided", "waiting", "done", "planned", "needs a person", "quarantined")
"""Events that a run writes of a lead only while it has it."""
SET_FREE = ("received", "received again", "replayed", "changed at its source", "goes on")

numbers = st.integers(0, 5)
"""Which lead or run of those there are."""
TROUBLES = (None, None, *Trouble, Trouble.LATE, Trouble.INTERRUPTED, Trouble.INTERRUPTED, Trouble.OVERTAKEN)
troubles = st.sampled_from(TROUBLES)


class NoRecords:
    """Dagster has never heard of these runs."""

    def get_run_records(self, *_: object) -> list[object]:
        return []

    def get_run_record_by_id(self, _: str) -> None:
        return None


@dataclass(frozen=True)
class Setting:
    """What all stories have in common."""

    databases: HandedOn
    playbook: Playbook
    portal: BlockingPortal


class Story(RuleBasedStateMachine):
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

    @initialize(level=st.sampled_from(LEVELS), leads=st.integers(1, 4))
    def begin(self, level: Autonomy, leads: int) -> None:
        self.autonomy = level
        for number in range(leads):
            self.deliver(number, None, GENUINE, read=True)

    # --- what sources, people and time do

    @rule(
        number=st.integers(0, 5),
        person=st.sampled_from((None, None, *PEOPLE)),
        message=st.sampled_from(MESSAGES),
        read=st.sampled_from((True, True, True, False)),
    )
    def deliver(self, number: int, person: str | None, message: str, read: bool) -> None:
        """New, the same again, corrected, or of another person; or the process dies before it is read."""
        name = person or f"Visitor {number} Smith"
        email = f"{name.replace(' ', '.').casefold()}@firm-{name[-3:].casefold()}.example"
        raw = {"id": f"p{number}", "name": name, "email": email, "budget": "£600", "message": message}
        raw |= {"phone": "0117 496 0123" if person is None else "", "company": f"{name} Ltd"}
        delivery = Delivery(external_id=f"p{number}", raw=json.dumps(raw).encode())
        if read:
            take_in(self.ledger, self._playbook(), "inbox", [delivery])
        else:
            self.ledger.submissions.store("inbox", [delivery])
        self.delivered.add((f"p{number}", delivery.raw))

    @rule(number=numbers, wants=st.sampled_from(("replay", "genuine", "autonomy")))
    def a_person_intervenes(self, number: int, wants: str) -> None:
        """Whatever is going on with the lead."""
        lines = self._lines()
        if wants == "autonomy":
            self.autonomy = LEVELS[min(LEVELS.index(self.autonomy) + 1, len(LEVELS) - 1)]
            self.ledger.by_hand.replay([line.ref for line in lines if _has_planned(line)])
        elif lines:
            ref = lines[number % len(lines)].ref
            self.ledger.by_hand.replay([ref], genuine=wants == "genuine")

    @rule(kind=st.sampled_from(("crm", "chat", "folder")), how=st.sampled_from((None, None, *Away)))
    def outage(self, kind: str, how: Away | None) -> None:
        """It begins, or it ends."""
        self.outside.away.pop(kind, None)
        if how is not None:
            self.outside.away[kind] = how

    @rule(seconds=st.sampled_from(SECONDS))
    def time_passes(self, seconds: float) -> None:
        self.clock.forward(seconds=seconds)
        self.outside.land()

    # --- what processes do, and what becomes of them

    @rule()
    def keep_going(self) -> None:
        self._dispatcher().keep_going()

    @rule(comes=st.sampled_from((True, True, True, False)))
    def claim(self, comes: bool) -> None:
        """A run is started, which may never come."""
        for claim in self.ledger.claims.claim(max_leads=25, max_runs=1, max_in_flight=6):
            if comes:
                run = Run(
                    number=len(self.started) + 1,
                    claim=claim,
                    playbook=self._playbook(),
                    connected=self.connected,
                    engine=self.engine,
                    clock=self.clock,
                )
                self.started[run.holder] = run
                self.runs.append(run)

    @rule(
        number=numbers,
        ops=st.sampled_from((1, 3, ALL)),
        trouble=troubles,
        after=st.integers(0, 4),
        meanwhile=st.sampled_from(MEANWHILE),
    )
    def work(
        self, number: int, ops: int, trouble: Trouble | None, after: int, meanwhile: tuple[str, ...]
    ) -> None:
        """A run goes on for some ops; one of its writes may have trouble."""
        if not self.runs:
            return
        run = self.runs[number % len(self.runs)]
        self.outside.trouble, self.outside.after = trouble, after
        self.outside.interruption = lambda: self._meanwhile(run, meanwhile)
        for _ in range(ops):
            if not run.over:
                run.go_on()
        self.outside.trouble = None
        self.runs = [each for each in self.runs if not each.over]

    @rule(
        seconds=st.sampled_from(SECONDS[:4]),
        trouble=troubles,
        after=st.integers(0, 8),
        meanwhile=st.sampled_from(MEANWHILE),
    )
    def tick(self, seconds: float, trouble: Trouble | None, after: int, meanwhile: tuple[str, ...]) -> None:
        """A little later the dispatcher looks, and the newest run goes on to its end."""
        self.time_passes(seconds)
        self.keep_going()
        self.claim(comes=True)
        self.work(len(self.runs) - 1, ALL, trouble, after, meanwhile)

    @rule(number=numbers, fate=st.sampled_from(("dead", "lives", "elsewhere")))
    def session_ends(self, number: int, fate: Any) -> None:
        """With its process, or alone; from elsewhere nobody can tell."""
        if not self.runs:
            return
        run = self.runs[number % len(self.runs)]
        if fate == "dead":
            run.end()
            self.runs.remove(run)
        else:
            run.fate = fate
            run.lose_session()

    def _meanwhile(self, run: Run, happens: tuple[str, ...]) -> None:
        """While the run stands in the middle of a request."""
        for what in happens:
            if what == "force":
                run.fate = "elsewhere"
                run.lose_session()
                self.keep_going()
            elif what == "replay":
                self.ledger.by_hand.replay(run.claim.refs)
            elif what == "time":
                self.time_passes(INSIDE)
            elif what == "moment":
                self.time_passes(1.0)
            else:
                self.claim(comes=True)
                other = self.runs[-1]
                for _ in range(JUST_BEGUN if what == "begin" else ALL):
                    if other is not run and not other.over:
                        other.go_on()

    # --- what always holds

    @invariant()
    def nothing_is_there_twice(self) -> None:
        self.passed |= {
            Ref(row.ref)
            for row in self._rows(
                "SELECT ref FROM leads.submissions JOIN leads.decisions ON lead_id = submissions.id"
            )
        }
        found = check(self.outside.held(), [self._may_leave(line) for line in self._lines()])
        assert [finding.told for finding in found if finding.wrong is not Wrong.MISSING] == []

    @invariant()
    def all_bytes_are_kept(self) -> None:
        kept = self._rows(
            "SELECT external_id, raw FROM leads.submissions UNION ALL SELECT external_id, revisions.raw "
            "FROM leads.revisions JOIN leads.submissions ON lead_id = submissions.id"
        )
        assert self.delivered <= {(row.external_id, bytes(row.raw)) for row in kept}

    @invariant()
    def every_lead_is_in_a_state_there_is(self) -> None:
        assert {line.status for line in self._lines()} <= set(STATES)

    @invariant()
    def no_receipt_goes_backwards(self) -> None:
        now = {
            (ref, name): receipt
            for ref, receipts in self.ledger.receipts.read([line.ref for line in self._lines()]).items()
            for name, receipt in receipts.items()
        }
        for key, before in self.seen.items():
            after = now[key]
            assert after.tries >= before.tries
            if before.status is ReceiptStatus.DONE:
                assert after == before
        self.seen = now

    @invariant()
    def only_who_has_a_lead_says_what_becomes_of_it(self) -> None:
        holders: dict[int, str | None] = {}
        for row in self._rows("SELECT lead_id, event, run_id FROM leads.journal ORDER BY id"):
            if row.event == "run started":
                holders[row.lead_id] = row.run_id
            elif row.event in SET_FREE:
                holders[row.lead_id] = None
            elif row.event in OF_ITS_RUN and row.run_id is not None:
                assert holders[row.lead_id] == row.run_id, f"{row.event} by a run that has lost the lead"

    @invariant()
    def nothing_is_begun_under_a_lease_that_is_not_the_newest(self) -> None:
        begun = self._rows(
            "SELECT 1 FROM leads.receipts JOIN leads.work USING (lead_id) WHERE state = 'running' "
            "AND receipts.lease < work.lease AND begun_at > claimed_at"
        )
        assert begun == [], "an action was begun by a run that had lost the lead"

    def all_holds(self) -> None:
        self.nothing_is_there_twice()
        self.all_bytes_are_kept()
        self.every_lead_is_in_a_state_there_is()
        self.no_receipt_goes_backwards()
        self.only_who_has_a_lead_says_what_becomes_of_it()
        self.nothing_is_begun_under_a_lease_that_is_not_the_newest()

    def teardown(self) -> None:
        try:
            self.all_is_well_in_the_end()
        finally:
            self.close()

    def close(self) -> None:
        for run in self.runs:
            run.end()
        self.ledger.close()
        self.closing.close()

    def all_is_well_in_the_end(self) -> None:
        """Services are back, autonomy allows all, a person has looked at what needs one; then time passes."""
        self.outside.away.clear()
        self.autonomy = Autonomy.DRAFT
        for run in self.runs:
            run.end()
        self.runs.clear()
        self.ledger.by_hand.replay(
            [line.ref for line in self._lines() if line.status == "needs_person" or _has_planned(line)]
        )
        for _ in range(60):
            self.time_passes(70.0)
            self.keep_going()
            self.claim(comes=True)
            for run in self.runs:
                while not run.over:
                    run.go_on()
            self.runs.clear()
            if not {line.status for line in self._lines()} & {*OPEN}:
                break
        else:
            raise AssertionError([(line.ref, line.status, line.explanation) for line in self._lines()])
        assert {line.status for line in self._lines()} <= {"done", "quarantined"}
        self.nothing_is_there_twice()
        missing = check(
            self.outside.held(), [self._must_leave(line) for line in self._lines() if line.status == "done"]
        )
        assert [finding.told for finding in missing if finding.wrong is Wrong.MISSING] == []
        lost = self._rows(
            "SELECT 1 FROM leads.work AS one JOIN leads.work AS other ON one.duplicate_of = other.lead_id "
            "WHERE one.state = 'quarantined' AND other.state = 'quarantined'"
        )
        assert lost == [], "a duplicate of one that was set aside itself waits for nobody"

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

    def _dispatcher(self) -> Dispatcher:
        instance = cast("dg.DagsterInstance", NoRecords())
        return Dispatcher(self.ledger, instance, self._playbook(), self.workbench, lambda _: None)

    def _is_alive(self, holder: str | None) -> bool | None:
        run = self.started.get(holder or "")
        return {"lives": True, "dead": False, "elsewhere": None}[run.fate] if run else None


def _has_planned(line: LeadLine) -> bool:
    """Some of it was held back by autonomy, be the lead itself done or not."""
    return any(action.status == "planned" for action in line.actions)


@pytest.fixture
def setting(handed_on: HandedOn) -> Iterator[Setting]:
    playbook = load_playbook(WORKING_COPY / "playbook", capabilities())
    track = playbook.tracks[0]
    actions = tuple(TrackAction(action=name) for name in ACTIONS)
    # whatever the score, all leads go one way
    only = track.model_copy(update={"actions": actions, "when": Condition()})
    with start_blocking_portal() as portal:
        yield Setting(handed_on, playbook.model_copy(update={"tracks": (only,)}), portal)


def tell(story: Story, chance: random.Random, steps: int) -> None:
    """A story by dice that know how often things happen. Hypothesis tries everything equally often, and most
    of its stories repeat the one before."""
    story.begin(chance.choice(LEVELS), chance.randint(1, 4))

    def deliver() -> None:
        person = chance.choice((None, None, None, *PEOPLE))
        story.deliver(chance.randint(0, 5), person, chance.choice(MESSAGES), read=chance.random() < 0.8)

    def work(ops: int) -> None:
        trouble, after = chance.choice(TROUBLES), chance.randint(0, 9)
        story.work(chance.randint(0, 5), ops, trouble, after, chance.choice(MEANWHILE))

    def tick() -> None:
        trouble, after = chance.choice(TROUBLES), chance.randint(0, 9)
        story.tick(chance.choice(SECONDS[:4]), trouble, after, chance.choice(MEANWHILE))

    def outage() -> None:
        story.outage(chance.choice(("crm", "chat", "folder")), chance.choice((None, None, *Away)))

    happens: dict[Callable[[], None], int] = {
        tick: 10,
        deliver: 3,
        outage: 2,
        lambda: work(chance.choice((1, 3, ALL))): 3,
        lambda: story.claim(comes=chance.random() < 0.7): 2,
        lambda: story.session_ends(chance.randint(0, 5), chance.choice(("dead", "lives", "elsewhere"))): 2,
        lambda: story.time_passes(chance.choice(SECONDS)): 1,
        lambda: story.a_person_intervenes(
            chance.randint(0, 5), chance.choice(("replay", "genuine", "autonomy"))
        ): 1,
    }
    for one in chance.choices([*happens], [*happens.values()], k=steps):
        one()
        story.all_holds()


def test_a_run_that_goes_on_after_its_lead_was_handed_on_says_no_more(setting: Setting) -> None:
    Story.setting = setting
    story = Story()
    try:
        story.begin(Autonomy.DRAFT, 1)
        story.claim(comes=True)
        story.work(0, 2, None, 0, ())
        story.work(0, 1, Trouble.OVERTAKEN, 0, ("force", "time", "begin", "moment"))
        assert len(story.runs) == 2, "another one has it, and both live"
        story.all_holds()
        story.all_is_well_in_the_end()
    finally:
        story.close()


@pytest.mark.parametrize("seed", range(SEEDS))
def test_of_stories_told_by_dice_each_thing_is_done_once(setting: Setting, seed: int) -> None:
    Story.setting = setting
    story = Story()
    try:
        tell(story, random.Random(seed), STEPS)
        story.all_is_well_in_the_end()
    finally:
        story.close()


def test_whatever_happens_each_thing_is_done_once(setting: Setting) -> None:
    Story.setting = setting
    quick = settings(
        max_examples=EXAMPLES,
        stateful_step_count=STEPS,
        deadline=None,
        derandomize=True,
        database=None,
        # shrinking a story takes many minutes; whoever mends something turns it on
        phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
    )
    run_as_test(Story, settings=quick)
