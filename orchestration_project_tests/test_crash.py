"""Named points at which a process ends as by a power cut; inert unless a test asks for one."""

import re
import subprocess
import sys

import pytest

from orchestration_project.crash import EXIT_CODE, OF_ERASING, POINTS, crash_point
from orchestration_project.installation import WORKING_COPY

PASS_BY = """
import atexit
from orchestration_project.crash import crash_point
atexit.register(print, "clean-up", flush=True)
try:
    for number in range(3):
        crash_point("begun", "crm_contact")
        print(f"begun {number}", flush=True)
        crash_point("begun", "draft")
        crash_point("acted", "draft")
        print(f"acted {number}", flush=True)
finally:
    print("finally", flush=True)
"""
ALL = ["begun 0", "acted 0", "begun 1", "acted 1", "begun 2", "acted 2", "finally", "clean-up"]


def passes(crash_at: str | None) -> tuple[int, list[str]]:
    """Exit code, and what was done before the end."""
    environment = {"PYTHONPATH": str(WORKING_COPY)} | (
        {} if crash_at is None else {"LEADS_CRASH_AT": crash_at}
    )
    done = subprocess.run(
        [sys.executable, "-c", PASS_BY], env=environment, capture_output=True, text=True, check=False
    )
    return done.returncode, done.stdout.splitlines()


@pytest.mark.parametrize("crash_at", [None, "", "recorded", "recorded:1", "acted/chat"])
def test_without_a_word_nothing_happens(crash_at: str | None) -> None:
    assert passes(crash_at) == (0, ALL)


@pytest.mark.parametrize(
    ("crash_at", "lived"),
    [
        ("begun", 0),
        ("begun:1", 0),
        ("begun:2", 1),  # the same point at another action counts, too
        ("begun/draft", 1),
        ("acted", 1),
        ("acted:2", 3),
        ("acted/draft:3", 5),
    ],
)
def test_the_process_ends_there_without_any_clean_up(crash_at: str, lived: int) -> None:
    assert passes(crash_at) == (EXIT_CODE, ALL[:lived])


def test_every_point_that_is_listed_is_passed_somewhere_and_no_other() -> None:
    package = WORKING_COPY / "orchestration_project"
    passed = {
        name
        for path in package.rglob("*.py")
        for name in re.findall(r"crash_point\(\s*\"(\w+)\"", path.read_text(encoding="utf-8"))
    }
    assert passed == {*POINTS, *OF_ERASING}


def test_here_no_point_ends_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEADS_CRASH_AT", raising=False)
    for point in POINTS:
        crash_point(point)
