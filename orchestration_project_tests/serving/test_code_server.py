"""Generations of the code server, with processes that only hold a file where a socket would be."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree

import pytest

from orchestration_project.errors import LeadsError
from orchestration_project.installation import WORKING_COPY
from orchestration_project.serving import code_server
from orchestration_project.serving.code_server import LEAVING_SECONDS, Generations, rules_are_broken

# a suite that was begun in a script's background may hand on that SIGTERM is ignored
SERVES = """
import pathlib, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_DFL)
signal.signal(signal.SIGUSR2, signal.SIG_IGN)
pathlib.Path(sys.argv[1]).touch()
time.sleep(600)
"""
FALLS = "raise SystemExit(1)"


class Shop:
    """Starts processes, and notes which were forked."""

    def __init__(self) -> None:
        self.program = SERVES
        self.forked: list[bool] = []
        self.processes: dict[int, subprocess.Popen[bytes]] = {}

    def start(self, socket: Path, by_fork: bool) -> int:
        process = subprocess.Popen([sys.executable, "-S", "-E", "-c", self.program, str(socket)])
        self.forked.append(by_fork)
        self.processes[process.pid] = process
        return process.pid


@pytest.fixture
def shop() -> Iterator[Shop]:
    shop = Shop()
    yield shop
    for process in shop.processes.values():
        process.kill()
        process.wait()


class Marks:
    code = "1"
    rules = "1"
    broken = False


@pytest.fixture
def marks(monkeypatch: pytest.MonkeyPatch) -> Marks:
    marks = Marks()
    monkeypatch.setattr(code_server, "code_mark", lambda: marks.code)

    def mark_of(_playbook: Path) -> str:
        return f"{marks.rules} {marks.code}"

    monkeypatch.setattr(code_server, "mark_of", mark_of)

    def broken(_playbook: Path) -> bool:
        return marks.broken

    monkeypatch.setattr(code_server, "rules_are_broken", broken)
    return marks


def test_other_rules_make_another_generation_at_the_same_address(
    shop: Shop, marks: Marks, tmp_path: Path
) -> None:
    generations = Generations(tmp_path, shop.start)
    generations.renew()
    generations.renew()
    assert len(shop.processes) == 1, "the rules are the same"
    first = generations.address.resolve()
    marks.rules = "2"
    generations.renew()
    assert generations.address.resolve() != first
    assert shop.forked == [True, True]
    generations.renew(anyhow=True)
    assert len(shop.processes) == 3, "a person has asked for it"


def test_while_the_rules_have_a_mistake_the_one_that_serves_goes_on(
    shop: Shop, marks: Marks, tmp_path: Path
) -> None:
    generations = Generations(tmp_path, shop.start)
    generations.renew()
    marks.rules, marks.broken = "2", True
    generations.renew()
    assert len(shop.processes) == 1, "another one would have no sources to read"
    marks.code = "2"
    generations.renew()
    assert len(shop.processes) == 2, "for other code the rules may be whole"


def test_rules_with_a_mistake_are_broken_until_it_is_mended(tmp_path: Path) -> None:
    rules = copytree(WORKING_COPY / "playbook", tmp_path / "rules") / "playbook.yaml"
    written = rules.read_text(encoding="utf-8")
    assert not rules_are_broken(rules.parent)
    rules.write_text(written.replace("crm_contact", "crm_contat"), encoding="utf-8")
    assert rules_are_broken(rules.parent)
    rules.write_text(written, encoding="utf-8")
    assert not rules_are_broken(rules.parent)


def test_other_code_begins_in_a_python_of_its_own(shop: Shop, marks: Marks, tmp_path: Path) -> None:
    generations = Generations(tmp_path, shop.start)
    generations.renew()
    marks.code = "2"
    generations.renew()
    generations.renew(anyhow=True)
    assert shop.forked == [True, False, False], "what was imported first stays imported"


def test_the_one_before_finishes_what_it_has_begun_and_is_told_to_wait_for_nothing(
    shop: Shop, marks: Marks, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [0.0]
    told: list[int] = []
    monkeypatch.setattr(code_server, "_hurry", told.append)
    generations = Generations(tmp_path, shop.start, lambda: now[0])
    generations.renew()
    (first,) = shop.processes
    marks.rules = "2"
    generations.renew()
    assert told == [first]
    now[0] = LEAVING_SECONDS - 1
    generations.look()
    assert shop.processes[first].poll() is None
    now[0] = LEAVING_SECONDS
    generations.look()
    assert shop.processes[first].wait() != 0
    assert not generations.ended(first), "nobody asks it any more"
    assert first not in generations.processes


def test_one_that_has_died_is_followed_by_another(shop: Shop, marks: Marks, tmp_path: Path) -> None:
    generations = Generations(tmp_path, shop.start)
    generations.renew()
    (first,) = shop.processes
    assert generations.ended(first)
    generations.renew()
    assert len(shop.processes) == 2


def test_one_that_falls_at_its_start_leaves_the_one_before_where_it_is(
    shop: Shop, marks: Marks, tmp_path: Path
) -> None:
    generations = Generations(tmp_path, shop.start)
    generations.renew()
    serving = generations.address.resolve()
    shop.program, marks.rules = FALLS, "2"
    with pytest.raises(LeadsError, match="ended at its start"):
        generations.renew()
    assert generations.address.resolve() == serving
    generations.renew()
    assert len(shop.processes) == 2, "with the same rules it would fall again"
