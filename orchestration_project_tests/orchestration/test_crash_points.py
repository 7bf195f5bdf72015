"""The process ends at each point of `crash.POINTS` in the middle of real work, as with a power cut, and
another one goes on; then services fail after they have done what they were asked.

What came of it, the checker says, which reads only what stands outside.
"""

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import cycle
from pathlib import Path
from typing import Literal

import pytest
import sqlalchemy

from orchestration_project.cli.services_demo import copy_playbook, fill
from orchestration_project.crash import EXIT_CODE, POINTS
from orchestration_project.fake_services.checker import Submitted, check_home, check_office
from orchestration_project.fake_services.faults import AFTER_THE_WORK, Away, FaultKind, FaultPlan
from orchestration_project.fake_services.office import Office
from orchestration_project.installation import WORKING_COPY
from orchestration_project.ledger.submissions import make_ref
from orchestration_project.model import Ref
from orchestration_project_tests import forking
from orchestration_project_tests.orchestration import one_job
from orchestration_project_tests.orchestration import test_outages as outages
from orchestration_project_tests.orchestration.conftest import World, open_world
from orchestration_project_tests.orchestration.crashing_run import (
    Asked,
    Payload,
    hurry,
    read_page,
)
from orchestration_project_tests.orchestration.test_outages import PRIORITY, SPAM, live, nurture, priority

ACT = "orchestration_project_tests.orchestration.crashing_run:act"
LONG = 400.0
"""Seconds. Longer than an action and its service may take together, and than a claim waits for its run."""
ACTIONS = {"p": PRIORITY, "n": ("crm_contact", "sequence", "chat"), "s": ()}
"""Of each lead's track, by the first letter of its id."""
READING = ("cursor_moved", "stored", "introduced")
RUNNING = ("claimed", "started", "gathered", "decided", "begun", "acted", "recorded", "finished")
AWAY = ("opened", "given_back", "closed")
IN_TURN = ("crm_contact", "draft", "folder", "calendar_hold", "task", "chat")
"""The actions in the order in which a single process carries them out."""
no_waiting = outages.no_waiting
office_in_memory = outages.office


@dataclass
class Crashes:
    """A world whose processes die, one after the other."""

    world: World
    environment: dict[str, str] = field(default_factory=dict[str, str])
    on_disk: bool = False  # are Dagster's records of their runs
    passed: float = 0.0  # in which they all live ahead of the real time

    def reading(self, point: str, page: Sequence[Payload]) -> None:
        """A process reads that page of a source, and dies there."""
        self._dies("read", point, [*page])

    def running(self, point: str) -> None:
        """A process works on what is there, and dies there."""
        self._dies("run", point, [])

    def wait(self) -> None:
        self.passed += LONG
        self.world.clock.forward(seconds=LONG)

    def recover(self) -> None:
        """This process goes on until nothing is left to do."""
        while True:
            self.wait()
            if not self.world.run(patience=LONG):
                return

    @property
    def _folder(self) -> Path:
        return self.world.home.parent

    def _dies(self, what: Literal["read", "run"], point: str, page: list[Payload]) -> None:
        asked = Asked(
            what=what,
            point=point,
            database=self.world.database_url,
            folder=str(self._folder),
            on_disk=self.on_disk,
            passed=self.passed,
            page=page,
            environment=self.environment,
        )
        code = forking.parent().run(ACT, asdict(asked), self._folder / "told", prepare=one_job.PREPARE)
        assert code == EXIT_CODE, f"{point} was not reached: {(self._folder / 'told').read_text()}"
        self.world.bury()


def submitted(payloads: Sequence[Payload]) -> list[Submitted]:
    """What has to come of them; of spam, nothing."""
    return [
        Submitted(
            make_ref("inbox", each["id"]),
            each["email"],
            ACTIONS[each["id"][0]],
            sequence="monthly-letter" if each["id"][0] == "n" else "",
        )
        for each in payloads
    ]


def states(world: World) -> dict[Ref, str]:
    return {line.ref: line.status for line in world.ledger.stories.list_leads()}


def all_done(payloads: Sequence[Payload]) -> dict[Ref, str]:
    return {Ref(lead.ref): "done" if lead.actions else "quarantined" for lead in submitted(payloads)}


@pytest.fixture
def crashes(
    tmp_path: Path,
    database: sqlalchemy.Engine,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[Crashes]:
    """With `indirect` and True, Dagster's records are on disk, and outlive the processes."""
    hurry(monkeypatch)
    on_disk = getattr(request, "param", False)
    with open_world(tmp_path, database, on_disk=on_disk) as opened:
        # the sample firms have no websites
        opened.edit_playbook("connections.yaml", "website: {connector: reader}", "website: {connector: none}")
        yield Crashes(opened, on_disk=on_disk)


@pytest.fixture
def office(crashes: Crashes, monkeypatch: pytest.MonkeyPatch) -> Iterator[Office]:
    """The services demo's playbook, and its stand-ins over real connections, for the other processes."""
    with Office() as office:
        crashes.environment |= office.environment
        for name, value in office.environment.items():
            monkeypatch.setenv(name, value)
        shutil.rmtree(crashes.world.playbook_folder)
        copy_playbook(WORKING_COPY / "playbook", crashes.world.playbook_folder)
        fill(office, crashes.world.playbook())
        for service in office.services.values():
            service.clock = crashes.world.clock
        yield office


def test_every_point_there_is_has_its_test() -> None:
    assert sorted((*READING, *RUNNING, *AWAY)) == sorted(POINTS)


@pytest.mark.parametrize("point", READING)
def test_a_process_that_dies_while_it_reads_a_source_loses_nothing(crashes: Crashes, point: str) -> None:
    page = (priority(1), SPAM)
    crashes.reading(point, page)
    kept = {} if point == "cursor_moved" else {lead.ref: "received" for lead in submitted(page)}
    assert states(crashes.world) == kept, "the bytes and the cursor are kept together, or neither"
    read_page(crashes.world, [*page])
    crashes.recover()
    found_at_home(crashes.world, page)


@pytest.mark.parametrize(
    ("point", "crashes"),
    # what Dagster knows of the run makes a difference only until the run has begun
    [(point, point in ("claimed", "started", "acted")) for point in RUNNING],
    indirect=["crashes"],
)
def test_what_a_run_had_in_hand_when_it_died_is_done_once(crashes: Crashes, point: str) -> None:
    crashes.world.submit(priority(1))
    crashes.running(point)
    crashes.recover()
    found_at_home(crashes.world, [priority(1)])


def test_the_company_of_a_run_that_died_is_done_once_too(crashes: Crashes) -> None:
    company = (priority(1), nurture(1), priority(2), SPAM)
    crashes.world.submit(*company)
    crashes.running("acted:3")
    crashes.recover()
    found_at_home(crashes.world, company)


def found_at_home(world: World, payloads: Sequence[Payload]) -> None:
    assert states(world) == all_done(payloads)
    findings = check_home(world.home, world.ledger.engine, submitted(payloads))
    assert [finding.told for finding in findings] == []


def found_in(office: Office, world: World, payloads: Sequence[Payload]) -> None:
    assert states(world) == all_done(payloads)
    assert [finding.told for finding in check_office(office, submitted(payloads))] == []


@pytest.mark.parametrize("point", ["opened", "given_back"])
def test_a_process_that_dies_of_an_outage_leaves_nobody_behind(
    crashes: Crashes, office: Office, point: str
) -> None:
    office.slack.go_away(Away.UNAUTHORIZED)
    crashes.world.submit(priority(1))
    crashes.running(point)
    office.slack.come_back()
    crashes.recover()
    found_in(office, crashes.world, [priority(1)])


def test_a_process_that_dies_when_a_connection_is_well_again_leaves_nobody_behind(
    crashes: Crashes, office: Office
) -> None:
    office.slack.go_away(Away.UNAUTHORIZED)
    leads = [priority(1), priority(2)]
    crashes.world.submit(*leads)
    crashes.world.run(patience=1)
    assert {*states(crashes.world).values()} == {"waiting"}
    office.slack.come_back()
    crashes.wait()
    crashes.running("closed")
    crashes.recover()
    found_in(office, crashes.world, leads)


@pytest.mark.parametrize("moments", [("acted",), ("begun", "recorded")])
def test_processes_that_die_at_each_action_in_turn_do_each_once(
    crashes: Crashes, office: Office, moments: tuple[str, ...]
) -> None:
    crashes.world.submit(priority(1))
    for action, moment in zip(IN_TURN, cycle(moments), strict=False):
        crashes.running(f"{moment}/{action}")
        crashes.wait()
        # so many deaths are the sign of a bad lead; here they are the experiment
        crashes.world.sql("UPDATE leads.work SET deaths = 0")
    crashes.recover()
    found_in(office, crashes.world, [priority(1)])


@pytest.mark.parametrize("seed", range(2))
def test_services_that_fail_after_they_have_done_it_are_not_asked_to_do_it_again(
    world: World, office_in_memory: Office, seed: int
) -> None:
    leads = [*map(priority, range(3)), nurture(1), SPAM]
    plan = FaultPlan(seed, dict.fromkeys(AFTER_THE_WORK - {FaultKind.LATE}, 0.05))
    for service in office_in_memory.services.values():
        service.disturb(plan)
    world.submit(*leads)
    live(world, 3600, until=lambda: not {"received", "waiting", "running"} & {*states(world).values()})
    suffered = {fault.kind for service in office_in_memory.services.values() for fault in service.suffered}
    assert suffered == {*plan.rates}, "each kind was met"
    found_in(office_in_memory, world, leads)
