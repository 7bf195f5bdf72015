"""What a program leaves behind is seen out before its database goes."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration_project.cli import supervised
from orchestration_project.cli.supervised import Supervised
from orchestration_project.errors import InstallationError

# ends at once with status 3, and leaves a process of its own
PROGRAM = "import subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[1]]); sys.exit(3)"
A_SECOND_AND_A_FILE = "import pathlib, time; time.sleep(1.5); pathlib.Path('ended').touch()"
FOR_EVER = "import time; time.sleep(600)"
DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(600)"


@pytest.fixture(autouse=True)
def handlers() -> Iterator[None]:
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


def test_what_is_under_way_ends_by_itself(tmp_path: Path) -> None:
    status = Supervised().run([sys.executable, "-c", PROGRAM, A_SECOND_AND_A_FILE], tmp_path)
    assert status == 3
    assert (tmp_path / "ended").exists()


@pytest.mark.parametrize("left", [FOR_EVER, DEAF])
def test_what_does_not_end_is_ended(left: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(supervised, "UNDER_WAY_SECONDS", 0.5)
    monkeypatch.setattr(supervised, "STOPPED_SECONDS", 1.0)
    program = Supervised()
    assert program.run([sys.executable, "-c", PROGRAM, left], tmp_path) == 3
    assert program._process is not None
    assert supervised.members(program._process.pid) == []


def test_a_second_ctrl_c_does_not_wait(tmp_path: Path) -> None:
    program = Supervised()
    # what it leaves presses it, once the program itself has ended
    press = f"import os, signal, time; time.sleep(1.5); os.kill({{}}, signal.SIGINT); {FOR_EVER}"
    status = program.run([sys.executable, "-c", PROGRAM, press.format(os.getpid())], tmp_path)
    assert status == 3
    assert program._process is not None
    assert supervised.members(program._process.pid) == []


def test_what_it_leaves_is_looked_after_to_its_end(tmp_path: Path) -> None:
    seen: list[bool] = []
    program = Supervised(lambda: seen.append(program._process is not None and program._process.poll() == 3))
    assert program.run([sys.executable, "-c", PROGRAM, A_SECOND_AND_A_FILE], tmp_path) == 3
    assert True in seen, "after the program itself had ended"


@pytest.mark.parametrize("left", [FOR_EVER, DEAF])
def test_when_what_it_needs_is_gone_for_good_all_of_it_is_ended(
    left: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervised, "STOPPED_SECONDS", 1.0)
    alone = f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', sys.argv[1]]); {FOR_EVER}"

    def look_after() -> None:
        raise InstallationError("The database does not start again.")

    program = Supervised(look_after)
    with pytest.raises(InstallationError, match="does not start again"):
        program.run([sys.executable, "-c", alone, left], tmp_path)
    assert program._process is not None
    assert supervised.members(program._process.pid) == []
