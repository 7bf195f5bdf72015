"""What a program leaves behind is seen out before its database goes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from orchestration_project.cli import development, supervised
from orchestration_project.cli.leftovers import end_leftovers, note
from orchestration_project.cli.supervised import Supervised
from orchestration_project.errors import InstallationError
from orchestration_project.installation import Installation

# ends at once with status 3, and leaves a process of its own
PROGRAM = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[1]]); sys.exit(3)"
A_WHILE_AND_A_FILE = "import pathlib, time; time.sleep({}); pathlib.Path('ended').touch()"
A_MOMENT_AND_A_FILE = A_WHILE_AND_A_FILE.format(0.5)
FOR_EVER = "import pathlib, time; pathlib.Path('begun').touch(); time.sleep(600)"
QUICK = {"_AT_ONCE_SECONDS": 0.1, "_LOOK_SECONDS": 0.03, "_LOOK_AFTER_SECONDS": 0.1}
DEAF = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {FOR_EVER}"


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in supervised.SIGNALS}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody reads here what a person is told after a second."""
    for name, seconds in QUICK.items():
        monkeypatch.setattr(supervised, name, seconds)


def test_what_is_under_way_ends_by_itself(tmp_path: Path) -> None:
    status = Supervised().run([sys.executable, "-c", PROGRAM, A_MOMENT_AND_A_FILE], tmp_path)
    assert status == 3
    assert (tmp_path / "ended").exists()


@pytest.mark.parametrize("left", [FOR_EVER, DEAF], ids=["for ever", "deaf"])
def test_what_does_not_end_is_ended(left: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervised, "UNDER_WAY_SECONDS", 0.9)
    monkeypatch.setattr(supervised, "STOPPED_SECONDS", 0.3)
    program = Supervised()
    assert program.run([sys.executable, "-c", PROGRAM, left], tmp_path) == 3
    assert program._process is not None
    assert supervised.members(program._process.pid) == []


def test_an_end_that_nobody_asked_for_is_told_whatever_its_status(tmp_path: Path) -> None:
    """When its daemon is killed, Dagster ends with zero."""
    program = Supervised()
    status = program.run([sys.executable, "-c", "pass"], tmp_path)
    assert not program.was_stopped
    assert development._end(status) == "Dagster stopped with status 0."
    assert development._end(-signal.SIGTERM) == ""


def test_a_program_that_does_not_hear_that_it_is_to_stop_is_ended_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervised, "UNDER_WAY_SECONDS", 0.4)
    monkeypatch.setattr(supervised, "STOPPED_SECONDS", 0.3)

    def press() -> None:
        if (tmp_path / "begun").exists() and not program.was_stopped:
            os.kill(os.getpid(), signal.SIGINT)

    program = Supervised(press)
    begun = time.monotonic()
    assert program.run([sys.executable, "-c", DEAF], tmp_path) == 0
    assert program.was_stopped
    assert time.monotonic() - begun < 30


def test_a_second_ctrl_c_does_not_wait(tmp_path: Path) -> None:
    program = Supervised()
    # what it leaves presses it, once the program itself has ended
    press = f"import os, signal, time; time.sleep(0.5); os.kill({{}}, signal.SIGINT); {FOR_EVER}"
    status = program.run([sys.executable, "-c", PROGRAM, press.format(os.getpid())], tmp_path)
    assert status == 3
    assert program._process is not None
    assert supervised.members(program._process.pid) == []


def test_what_it_leaves_is_looked_after_to_its_end(tmp_path: Path) -> None:
    seen: list[bool] = []
    program = Supervised(lambda: seen.append(program._process is not None and program._process.poll() == 3))
    assert program.run([sys.executable, "-c", PROGRAM, A_MOMENT_AND_A_FILE], tmp_path) == 3
    assert True in seen, "after the program itself had ended"


@pytest.mark.parametrize("left", [FOR_EVER, DEAF], ids=["for ever", "deaf"])
def test_when_what_it_needs_is_gone_for_good_all_of_it_is_ended(
    left: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervised, "STOPPED_SECONDS", 1.0)
    (tmp_path / "left").mkdir()
    start = "subprocess.Popen([sys.executable, '-c', sys.argv[1]], cwd='left')"
    alone = f"import subprocess, sys; {start}; {FOR_EVER}"

    def look_after() -> None:
        if not (tmp_path / "left" / "begun").exists():
            return
        raise InstallationError("The database does not start again.")

    program = Supervised(look_after)
    with pytest.raises(InstallationError, match="does not start again"):
        program.run([sys.executable, "-c", alone, left], tmp_path)
    assert program._process is not None
    assert supervised.members(program._process.pid) == []


def test_what_it_prints_is_handed_on_line_by_line(tmp_path: Path) -> None:
    told: list[str] = []
    talk = "import sys; print('one'); print('zwei ü', file=sys.stderr); print('three', end='')"
    assert Supervised(show=told.append).run([sys.executable, "-c", talk], tmp_path) == 0
    assert sorted(told) == ["one", "three", "zwei ü"]


SUPERVISE = f"""if True:
    import pathlib, sys
    from orchestration_project.cli import supervised
    from orchestration_project.cli.supervised import Supervised
    vars(supervised).update({QUICK})
    program = [sys.executable, "-c", sys.argv[1], sys.argv[2]]
    begun = lambda session: print(session, flush=True)
    Supervised(begun=begun).run(program, pathlib.Path.cwd())
"""
ALONE = f"""if True:
    import subprocess, sys
    subprocess.Popen([sys.executable, "-c", sys.argv[1]])
    {FOR_EVER}
"""


def hears_its_terminal() -> None:
    """A suite that was begun with nohup ignores its end, and its children too."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def supervise(program: str, left: str, folder: Path) -> tuple[subprocess.Popen[str], int]:
    """In a process of its own, with the session of what it looks after."""
    process = subprocess.Popen(
        [sys.executable, "-c", SUPERVISE, program, left],
        stdout=subprocess.PIPE,
        text=True,
        cwd=folder,
        preexec_fn=hears_its_terminal,  # noqa: PLW1509 - it takes no lock that another thread may hold
    )
    assert process.stdout is not None
    session = int(process.stdout.readline())
    looking, both = psutil.Process(process.pid), 2
    # the program, and the tether: who is killed before that has none
    while not (folder / "begun").exists() or len(looking.children()) < both:
        time.sleep(0.02)  # or it would take the other one's time
    return process, session


def ended(session: int) -> bool:
    living = supervised.members(session)
    return not psutil.wait_procs(living, timeout=30)[1]


def test_when_it_is_killed_all_that_it_looked_after_ends_and_what_is_under_way_ends_by_itself(
    tmp_path: Path,
) -> None:
    # longer than what the tether takes for an end at once
    process, session = supervise(ALONE, A_WHILE_AND_A_FILE.format(1.2), tmp_path)
    process.kill()
    process.communicate()
    assert ended(session)
    assert (tmp_path / "ended").exists()


def test_when_its_terminal_is_closed_it_ends_in_order(tmp_path: Path) -> None:
    process, session = supervise(ALONE, A_MOMENT_AND_A_FILE, tmp_path)
    process.send_signal(signal.SIGHUP)
    process.communicate()
    assert process.returncode == 0
    assert supervised.members(session) == []
    assert (tmp_path / "ended").exists()


def test_under_nohup_the_end_of_the_terminal_is_no_end(tmp_path: Path) -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        hang_up = f"import os, signal; os.kill({os.getpid()}, signal.SIGHUP)"
        assert Supervised().run([sys.executable, "-c", f"{hang_up}; {A_MOMENT_AND_A_FILE}"], tmp_path) == 0
    finally:
        signal.signal(signal.SIGHUP, before)
    assert (tmp_path / "ended").exists()


def hears_sigterm() -> None:
    """Dagster treats SIGTERM as SIGINT, which a suite in a background ignores, and its children too."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def leave(installation: Installation, left: str, **environment: str) -> "subprocess.Popen[bytes]":
    """A process as a `leads dev` leaves it that was killed, and with it its tether."""
    process = subprocess.Popen(
        [sys.executable, "-c", left],
        start_new_session=True,
        preexec_fn=hears_sigterm,  # noqa: PLW1509 - it takes no lock that another thread may hold
        env={**os.environ, "LEADS_HOME": str(installation.home), **environment},
        cwd=installation.home,
    )
    note(installation, process.pid)
    return process


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path, tmp_path / "playbook", own_database=None)


def test_what_a_killed_one_has_left_is_told_and_ended(
    installation: Installation, capsys: pytest.CaptureFixture[str]
) -> None:
    left = leave(installation, FOR_EVER)
    end_leftovers(installation)
    assert left.wait(30) == -signal.SIGTERM
    assert "was killed and has left 1 process" in " ".join(capsys.readouterr().out.split())
    end_leftovers(installation)
    assert capsys.readouterr().out == "", "and that is all"


def older(installation: Installation) -> None:
    file = installation.home / "dev.session"
    noted = json.loads(file.read_text())
    file.write_text(json.dumps({**noted, "started": noted["started"] + 3600}))


def spoil(installation: Installation) -> None:
    (installation.home / "dev.session").write_text("[")


@pytest.mark.parametrize(
    ("environment", "happens"),
    [({"LEADS_HOME": "/another"}, None), ({}, older), ({}, spoil)],
    ids=["another installation", "another program with its number", "a spoiled note"],
)
def test_other_processes_are_left_alone(
    installation: Installation,
    capsys: pytest.CaptureFixture[str],
    environment: dict[str, str],
    happens: Callable[[Installation], None] | None,
) -> None:
    other = leave(installation, FOR_EVER, **environment)
    if happens is not None:
        happens(installation)
    end_leftovers(installation)
    assert other.poll() is None
    assert capsys.readouterr().out == ""
    other.kill()
    other.wait()
