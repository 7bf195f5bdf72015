"""The process is killed at every step of the action layer in turn, and started again each time."""

import signal
import subprocess
import sys
from typing import Any

from orchestration_project_tests.orchestration.conftest import World

ACTIONS = ("crm_contact", "task", "draft", "folder", "calendar_hold", "chat")


def run_until_death(world: World, moment: str, spared: list[str]) -> str | None:
    """The action at which the process died, just before it could write a receipt; None: it lived."""
    command = [
        *(sys.executable, "-m", "orchestration_project_tests.orchestration.dying_run"),
        world.ledger.engine.url.render_as_string(hide_password=False),
        *(str(world.home), str(world.playbook_folder), str(world.home.parent / "dagster"), moment, *spared),
    ]
    process = subprocess.run(command, check=False, capture_output=True, text=True, timeout=120)
    assert process.returncode in (0, -signal.SIGKILL), process.stderr
    return (world.home.parent / "died_at").read_text() if process.returncode else None


def forget_attempts(world: World) -> None:
    """So many deaths are the sign of a bad lead; here they are the experiment."""
    with world.ledger.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE leads.work SET attempts = 0")


def test_killed_at_each_step_in_turn_a_lead_is_done_exactly_once(
    world: World, priority_lead: dict[str, Any]
) -> None:
    (ref, again) = world.submit(priority_lead, priority_lead)
    assert ref == again
    assert run_until_death(world, "begun", []) == "crm_contact"
    deaths: list[str] = []
    while died_at := run_until_death(world, "done", deaths):
        deaths.append(died_at)
        forget_attempts(world)
    assert sorted(deaths) == sorted(ACTIONS)
    lead = world.lead(ref)
    assert lead.status == "done"
    assert {line.action: line.status for line in lead.actions} == dict.fromkeys(ACTIONS, "done")
    assert len([file for file in world.files() if file.endswith(".eml")]) == 1
    assert len([file for file in world.files() if file.endswith(".ics")]) == 1
    assert len([path for path in (world.home / "folders").iterdir() if path.is_dir()]) == 1
    assert len((world.home / "chat.log").read_text().splitlines()) == 1
    with world.ledger.engine.connect() as connection:
        for table in ("contacts", "notes", "tasks"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM local_crm.{table}").scalar() == 1
