"""What a program leaves behind is seen out before its database goes."""

import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration_project.cli import supervised
from orchestration_project.cli.supervised import Supervised

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
