"""Which process is meant, and whether it lives: alive, dead, or not to be known from here."""

import os
import signal
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager

import psutil
import pytest

from orchestration_project.process import is_alive, myself

CHILD = "import sys; from orchestration_project.process import myself; print(myself(), flush=True); input()"


@contextmanager
def a_child() -> Generator[tuple[subprocess.Popen[str], str]]:
    """A process that says who it is and then waits."""
    command = [sys.executable, "-c", CHILD]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield process, process.stdout.readline().strip()
        process.kill()


def test_this_process_is_alive_and_always_called_the_same() -> None:
    assert myself() == myself()
    assert f"/{os.getpid()}/" in myself()
    assert is_alive(myself()) is True


def test_another_process_of_this_machine_is_alive_until_it_is_killed() -> None:
    with a_child() as (process, name):
        assert name != myself()
        assert is_alive(name) is True
        process.send_signal(signal.SIGKILL)
        process.wait(20)
        assert is_alive(name) is False


def test_a_process_that_is_dead_and_not_buried_is_dead() -> None:
    """A zombie: its parent has not asked for its end yet. It can do nothing any more."""
    with a_child() as (process, name):
        os.kill(process.pid, signal.SIGKILL)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)  # it has ended, and is left as it is
        assert is_alive(name) is False


def test_a_stopped_process_may_go_on_and_is_alive() -> None:
    with a_child() as (process, name):
        os.kill(process.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        assert is_alive(name) is True


def test_a_process_with_a_title_keeps_its_environment_for_others_to_read() -> None:
    """By which it is known whose it is."""
    program = (
        "from orchestration_project.process import be_called as b; b('leads: a title'); print(1, flush=True)"
    )
    environment = {**os.environ, "LEADS_HOME": "/somewhere"}
    with subprocess.Popen(
        [sys.executable, "-c", f"{program}; input()"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        found = psutil.Process(process.pid)
        assert found.cmdline()[0].startswith("leads: a title")
        assert found.environ()["LEADS_HOME"] == "/somewhere"
        process.kill()


def test_another_process_of_the_same_number_is_not_the_one_that_was_meant() -> None:
    machine, _, start = myself().rpartition("/")
    assert is_alive(f"{machine}/{float(start) - 3600:.2f}") is False


def test_a_clock_that_was_set_makes_nobody_dead() -> None:
    machine, _, start = myself().rpartition("/")
    assert is_alive(f"{machine}/{float(start) + 1:.2f}") is True


@pytest.mark.parametrize("part", [0, 1, 2], ids=["machine", "container", "start of the machine"])
def test_of_the_same_number_elsewhere_nothing_is_known(part: int) -> None:
    parts = myself().split("/")
    parts[part] += "x"
    assert is_alive("/".join(parts)) is None


@pytest.mark.parametrize("name", [None, "", "host/1", "x", "///"])
def test_of_a_process_without_a_name_nothing_is_known(name: str | None) -> None:
    assert is_alive(name) is None
