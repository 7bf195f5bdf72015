"""The process is killed at every step of the action layer in turn, and started again each time."""

import signal
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
import sqlalchemy

from orchestration_project.ledger.recovery import MAX_DEATHS
from orchestration_project_tests import forking
from orchestration_project_tests.orchestration import one_job
from orchestration_project_tests.orchestration.conftest import World, open_world
from orchestration_project_tests.orchestration.dying_run import Asked

ACTIONS = ("crm_contact", "task", "draft", "folder", "calendar_hold", "chat")
DIE = "orchestration_project_tests.orchestration.dying_run:die"


@pytest.fixture
def world(tmp_path: Path, database: sqlalchemy.Engine) -> Iterator[World]:
    with open_world(tmp_path, database, on_disk=True) as opened:
        yield opened


@pytest.fixture
def run_until_death(world: World) -> Callable[[str, Sequence[str]], str | None]:
    """The action at which the process died, just before it could write its receipt; None: it lived."""
    folder = world.home.parent

    def ask(moment: str, spared: Sequence[str]) -> str | None:
        asked = Asked(world.database_url, str(folder), moment, [*spared])
        code = forking.parent().run(DIE, asdict(asked), folder / "told", prepare=one_job.PREPARE)
        assert code in (0, -signal.SIGKILL), (folder / "told").read_text()
        world.bury()
        return (folder / "died_at").read_text() if code else None

    return ask


def test_killed_at_each_step_in_turn_a_lead_is_done_exactly_once(
    world: World,
    run_until_death: Callable[[str, Sequence[str]], str | None],
    priority_lead: dict[str, Any],
) -> None:
    (ref, again) = world.submit(priority_lead, priority_lead)
    assert ref == again
    assert run_until_death("begin", []) in ACTIONS
    deaths: list[str] = []
    while died_at := run_until_death("record", deaths):
        deaths.append(died_at)
        # so many deaths are the sign of a bad lead; here they are the experiment
        world.sql("UPDATE leads.work SET deaths = 0")
    assert sorted(deaths) == sorted(ACTIONS)
    lead = world.lead(ref)
    assert lead.status == "done"
    assert {line.action: line.status for line in lead.actions} == dict.fromkeys(ACTIONS, "done")
    runs = world.instance.get_runs()
    ended = Counter(run.status for run in runs)
    assert ended == {dg.DagsterRunStatus.FAILURE: len(ACTIONS) + 1, dg.DagsterRunStatus.SUCCESS: 1}
    assert len([file for file in world.files() if file.endswith(".eml")]) == 1
    assert len([file for file in world.files() if file.endswith(".ics")]) == 1
    assert len([path for path in (world.home / "folders").iterdir() if path.is_dir()]) == 1
    assert len((world.home / "chat.log").read_text().splitlines()) == 1
    for table in ("contacts", "notes", "tasks"):
        assert world.sql(f"SELECT count(*) AS there FROM local_crm.{table}") == [{"there": 1}]


def test_a_lead_that_kills_every_run_needs_a_person_in_the_end(
    world: World,
    run_until_death: Callable[[str, Sequence[str]], str | None],
    priority_lead: dict[str, Any],
) -> None:
    (ref,) = world.submit(priority_lead)
    others = [action for action in ACTIONS if action != "folder"]
    deaths = 0
    while run_until_death("record", others):
        deaths += 1
        with world.dispatcher() as dispatcher:
            dispatcher.keep_going()
        # the pause until its next try, which grows, is over
        world.sql("UPDATE leads.work SET try_at = NULL WHERE state = 'received'")
    assert deaths == MAX_DEATHS
    lead = world.lead(ref)
    assert lead.status == "needs_person"
    assert f"{MAX_DEATHS} runs died" in lead.explanation and "leads replay" in lead.explanation
    world.ledger.by_hand.replay([ref])
    world.run()
    assert {line.action: line.status for line in world.lead(ref).actions} == dict.fromkeys(ACTIONS, "done")
    assert len([path for path in (world.home / "folders").iterdir() if path.is_dir()]) == 1
