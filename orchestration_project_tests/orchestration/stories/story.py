"""What can happen in a story: to sources, people, services and processes, in whatever order.

What must hold meanwhile is `setting.py`; who makes the stories up is `test_stories.py`.
"""

import json
from typing import Any, cast

import dagster as dg
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from orchestration_project.fake_services.checker import Wrong, check
from orchestration_project.intake import take_in
from orchestration_project.ledger.lead_lines import LeadLine
from orchestration_project.model import OPEN, Delivery
from orchestration_project.orchestration.dispatch import Dispatcher
from orchestration_project.playbook.model import Autonomy
from orchestration_project_tests.orchestration.by_hand import Run
from orchestration_project_tests.orchestration.outside import Away, Trouble
from orchestration_project_tests.orchestration.stories.setting import Watched

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


class Story(Watched):
    """A machine of hypothesis; a test may tell a story of its own by calling its rules."""

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
            # the sixth who sends one text is part of a wave
            doubtful = [line.ref for line in self._lines() if line.status == "to_check"]
            self.ledger.by_hand.replay(doubtful, genuine=True)
            if not {line.status for line in self._lines()} & {*OPEN}:
                break
        else:
            raise AssertionError([(line.ref, line.status, line.explanation) for line in self._lines()])
        assert {line.status for line in self._lines()} <= {"done", "quarantined"}
        self.nothing_is_there_twice(self._lines())
        missing = check(
            self.outside.held(), [self._must_leave(line) for line in self._lines() if line.status == "done"]
        )
        assert [finding.told for finding in missing if finding.wrong is Wrong.MISSING] == []
        lost = self._rows(
            "SELECT 1 FROM leads.work AS one JOIN leads.work AS other ON one.duplicate_of = other.lead_id "
            "WHERE one.state = 'quarantined' AND other.state = 'quarantined'"
        )
        assert lost == [], "a duplicate of one that was set aside itself waits for nobody"

    def _dispatcher(self) -> Dispatcher:
        instance = cast("dg.DagsterInstance", NoRecords())
        return Dispatcher(self.ledger, instance, self._playbook(), self.workbench, lambda _: None)


def _has_planned(line: LeadLine) -> bool:
    """Some of it was held back by autonomy, be the lead itself done or not."""
    return any(action.status == "planned" for action in line.actions)
