"""PostgreSQL ends sessions in the middle of the work, goes away and comes back: nothing twice, nothing lost.

The sessions that hold the locks, above all. What stands outside in the end, the checker says.
"""

import random
import tempfile
import threading
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from orchestration_project.action import once
from orchestration_project.embedded_server import EmbeddedServer
from orchestration_project.embedded_server.programs import find_programs
from orchestration_project.fake_services.checker import Submitted, check_home
from orchestration_project.ledger import turns
from orchestration_project.ledger.engine import open_engine
from orchestration_project.ledger.locks import LEASE_CLASS
from orchestration_project.ledger.submissions import make_ref
from orchestration_project.orchestration.recover import Recoverer
from orchestration_project_tests.databases import end_sessions
from orchestration_project_tests.orchestration.conftest import World, open_world
from orchestration_project_tests.orchestration.crashing_run import Payload, hurry
from orchestration_project_tests.orchestration.test_outages import PRIORITY, SPAM, nurture, priority
from orchestration_project_tests.servers import copy_data

ACTIONS = {"p": PRIORITY, "n": ("crm_contact", "sequence", "chat"), "s": ()}
"""Of each lead's track, by the first letter of its id."""
SETTLED = ("done", "quarantined")

_SESSIONS = sqlalchemy.text("""SELECT pid, EXISTS (SELECT FROM pg_locks WHERE pg_locks.pid = activity.pid
    AND locktype = 'advisory' AND objsubid = 2 AND classid = :lease) AS holds_lease
    FROM pg_stat_activity AS activity WHERE datname = current_database() AND application_name = 'leads'
        AND pid <> pg_backend_pid()""")


@dataclass
class Chaos:
    """Ends sessions of a database while statements are on their way to it, by a seeded plan."""

    database: Engine
    seed: int = 0
    share: float = 0.03
    """Of all statements, of those before and behind which a session ends."""
    ended: list[str] = field(default_factory=list[str])

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        # of its own, and spared
        url = self.database.url
        self._engine = sqlalchemy.create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT")

    @contextmanager
    def reigns(self) -> Generator[None]:
        moments = ("before_cursor_execute", "after_cursor_execute")
        for moment in moments:
            event.listen(Engine, moment, self._perhaps)
        try:
            yield
        finally:
            for moment in moments:
                event.remove(Engine, moment, self._perhaps)

    def end_lease_sessions(self) -> None:
        """As an administrator does, or a firewall that forgets connections on which nothing is said."""
        with self._engine.connect() as connection:
            for session in self._sessions(connection):
                if session.holds_lease:
                    self._end(connection, session.pid, "lease")

    def _perhaps(self, connection: Connection, *_: object) -> None:
        if connection.engine.url != self.database.url or connection.engine is self._engine:
            return
        if self._random.random() >= self.share:
            return
        with self._engine.connect() as own:
            sessions = self._sessions(own)
            leases = [session for session in sessions if session.holds_lease]
            if leases and self._random.random() < 0.4:
                self._end(own, self._random.choice(leases).pid, "lease")
            elif sessions:
                self._end(own, self._random.choice(sessions).pid, "other")

    def _end(self, connection: Connection, pid: int, what: str) -> None:
        end_sessions(connection, [pid])
        self.ended.append(what)

    @staticmethod
    def _sessions(connection: Connection) -> Sequence[sqlalchemy.Row[Any]]:
        return connection.execute(_SESSIONS, {"lease": LEASE_CLASS}).all()


@pytest.fixture
def world(tmp_path: Path, database: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with _quick_world(tmp_path, database, monkeypatch) as opened:
        yield opened


@contextmanager
def _quick_world(folder: Path, database: Engine, monkeypatch: pytest.MonkeyPatch) -> Generator[World]:
    hurry(monkeypatch)
    with open_world(folder, database) as opened:
        # the sample firms have no websites
        opened.edit_playbook("connections.yaml", "website: {connector: reader}", "website: {connector: none}")
        opened.playbook()
        yield opened


def submit(world: World, payloads: Sequence[Payload]) -> None:
    """Each is delivered until its sender is told that it is kept."""
    for payload in payloads:
        for _ in range(100):
            with suppress(DBAPIError):
                world.submit(payload)
                break
        else:
            raise AssertionError("It was never kept.")


def live(world: World, *, ticks: int, until: Callable[[], bool] = lambda: False) -> None:
    """The dispatcher at work; a tick that fails is followed by the next, as in the daemon."""
    with world.dispatcher() as dispatcher:
        for _ in range(ticks):
            # also of this question, the session may have been ended a moment ago
            with suppress(DBAPIError):
                if until():
                    return
                dispatcher.keep_going()
                for claim in dispatcher.claims():
                    world.execute(claim)
            world.clock.forward(seconds=5.0)


def all_settled(world: World) -> bool:
    return {line.status for line in world.ledger.stories.list_leads()} <= {*SETTLED, "needs_person"}


def wrong(world: World, payloads: Sequence[Payload]) -> list[str]:
    """What the checker finds, and the leads that need a person or wait for nobody."""
    submitted = [
        Submitted(
            make_ref("inbox", each["id"]),
            each["email"],
            ACTIONS[each["id"][0]],
            sequence="monthly-letter" if each["id"][0] == "n" else "",
        )
        for each in payloads
    ]
    lines = world.ledger.stories.list_leads()
    found = [finding.told for finding in check_home(world.home, world.ledger.engine, submitted)]
    return found + [
        f"{one.ref} {one.status}: {one.explanation}" for one in lines if one.status not in SETTLED
    ]


@pytest.mark.parametrize("seed", [2, 3])
def test_with_sessions_ended_at_random_each_thing_is_done_once(world: World, seed: int) -> None:
    leads = [*map(priority, range(5)), nurture(1), SPAM]
    chaos = Chaos(world.ledger.engine, seed)
    with chaos.reigns():
        submit(world, leads)
        live(world, ticks=12)
    live(world, ticks=200, until=lambda: all_settled(world))
    assert {*chaos.ended} == {"lease", "other"}
    assert wrong(world, leads) == []


@dataclass
class Server:
    """A server of a test's own, which it may take away."""

    folder: Path
    server: EmbeddedServer

    def go_away(self) -> None:
        """At once, as when the machine reboots: no transaction is brought to its end."""
        find_programs()._run("pg_ctl", "-w", "-m", "immediate", "-D", str(self.folder), "stop")

    def come_back(self) -> None:
        self.server.bring_back()


@pytest.fixture
def own_server(used_data: Path) -> Iterator[Server]:
    # not below pytest's own folder, which is shut for the user whom the server runs as
    with tempfile.TemporaryDirectory(prefix="leads-chaos-") as folder:
        copy_data(used_data, Path(folder) / "data")
        server = EmbeddedServer(Path(folder) / "data", sleep=lambda _seconds: None)
        server.start()
        yield Server(Path(folder) / "data", server)
        server.close()


@pytest.mark.parametrize("statement", [60, 150, 260])
def test_a_server_that_is_away_for_a_minute_in_the_middle_of_a_burst_is_waited_for(
    tmp_path: Path, own_server: Server, monkeypatch: pytest.MonkeyPatch, statement: int
) -> None:
    engine = open_engine(own_server.server.url)
    leads = [*map(priority, range(5)), nurture(1), SPAM]
    with _quick_world(tmp_path, engine, monkeypatch) as world:
        world.submit(*leads)
        counted = 0

        def count(connection: Connection, *_: object) -> None:
            nonlocal counted
            if connection.engine.url == engine.url:
                counted += 1
                if counted == statement:
                    own_server.go_away()

        went_at = None
        event.listen(Engine, "before_cursor_execute", count)
        try:
            while went_at is None:
                live(world, ticks=1)
                went_at = world.clock() if counted >= statement else None
        finally:
            event.remove(Engine, "before_cursor_execute", count)
        live(world, ticks=12)
        assert world.clock() - went_at >= timedelta(minutes=1)
        with pytest.raises(DBAPIError):
            world.sql("SELECT 1")
        own_server.come_back()
        live(world, ticks=200, until=lambda: all_settled(world))
        assert wrong(world, leads) == []


@dataclass
class Interruption:
    """Something happens once, while a run is at a point of an action."""

    point: str
    action: str
    happens: Callable[[], None]
    happened: bool = False

    def __call__(self, point: str, action: str = "") -> None:
        if (point, action) == (self.point, self.action) and not self.happened:
            self.happened = True
            self.happens()


AT = [(point, action) for action in ("crm_contact", "draft", "chat") for point in ("begun", "acted")]


RECOVERY, DAGSTER = "another machine's recovery", "Dagster's word that it has ended"
TAKEN_BY = (RECOVERY, DAGSTER, DAGSTER, RECOVERY, RECOVERY, DAGSTER)
"""At each of those: of every action, and at every point, both."""


@pytest.mark.parametrize(("point", "action"), AT)
def test_a_run_whose_lock_session_alone_has_ended_goes_on_and_is_not_taken_over(
    world: World, monkeypatch: pytest.MonkeyPatch, point: str, action: str
) -> None:
    world.submit(priority(1))
    chaos = Chaos(world.ledger.engine)
    taken: list[object] = []

    def interrupt() -> None:
        chaos.end_lease_sessions()
        assert chaos.ended == ["lease"]
        assert [lease.leads for lease in world.ledger.recovery.silent()] == [1]
        taken.extend(Recoverer(world.ledger, world.instance).recover())

    interruption = Interruption(point, action, interrupt)
    monkeypatch.setattr(once, "crash_point", interruption)
    with world.dispatcher() as dispatcher:
        (claim,) = dispatcher.claims()
        assert world.execute(claim).success
    assert interruption.happened
    assert taken == []
    assert wrong(world, [priority(1)]) == []


@pytest.mark.parametrize(("point", "action", "by"), [(*at, by) for at, by in zip(AT, TAKEN_BY, strict=True)])
def test_a_run_whose_lease_was_taken_stops_at_its_next_write(
    world: World, monkeypatch: pytest.MonkeyPatch, point: str, action: str, by: str
) -> None:
    """The second run does what it can while the first stands in the middle of its act."""
    (ref,) = world.submit(priority(1))
    chaos = Chaos(world.ledger.engine)
    second: list[str] = []
    monkeypatch.setattr(turns, "LONGEST_TURN", 0.3)  # the first has the contact's turn, and stands still

    def take_over() -> None:
        chaos.end_lease_sessions()
        (lease,) = world.ledger.recovery.silent()
        if by == RECOVERY:
            world.ledger.recovery.give_back(lease, "died", dead=False)
        else:
            run = world.instance.get_run_by_id(lease.run_id or "")
            assert run is not None
            world.instance.report_run_failed(run, "It ran for too long.")
            assert Recoverer(world.ledger, world.instance).recover() == (ref,)
        (claim,) = world.ledger.claims.claim(max_leads=1, max_runs=1)
        second.append(world.execute(claim).run_id)

    def interrupt() -> None:
        thread = threading.Thread(target=take_over)
        thread.start()
        thread.join()

    monkeypatch.setattr(once, "crash_point", Interruption(point, action, interrupt))
    with world.dispatcher() as dispatcher:
        (claim,) = dispatcher.claims()
        first = world.execute(claim).run_id
    told = world.sql("SELECT event, run_id FROM leads.journal WHERE run_id IS NOT NULL ORDER BY id")
    after = [(each["event"], each["run_id"]) for each in told]
    after = after[after.index(("run started", second[0])) :]
    assert [event for event, run_id in after if run_id == first] == [f"{action} done"]
    live(world, ticks=200, until=lambda: all_settled(world))
    assert wrong(world, [priority(1)]) == []
