"""The daily proof as Dagster runs it, and what is on by itself."""

from typing import Any

import dagster as dg

from orchestration_project.watch.care import build_care, proof
from orchestration_project_tests.orchestration.conftest import World


def test_the_proof_is_an_asset_whose_check_fails_when_something_is_lost(world: World) -> None:
    (lost,) = world.submit({"id": "x", "email": "ann@one.example"})
    world.sql("DELETE FROM leads.submissions WHERE ref = %s", lost)
    with world.dispatcher() as dispatcher:
        made = dg.materialize(
            [proof],
            instance=world.instance,
            resources={
                "playbook": dg.ResourceDefinition.hardcoded_resource(world.playbook()),
                "ledger": dg.ResourceDefinition.hardcoded_resource(world.ledger),
                "workbench": dg.ResourceDefinition.hardcoded_resource(dispatcher.workbench),
            },
        )
    (check,) = made.get_asset_check_evaluations()
    assert not check.passed
    assert lost in str(check.metadata["mismatches"].value)


def test_schedules_are_on_by_themselves_and_keep_the_owners_hours(world: World) -> None:
    playbook = world.playbook()
    on: dict[str, Any] = {each.name: each for each in build_care(playbook).schedules or ()}
    assert set(on) == {"prove_daily", "housekeeping_hourly", "forms_daily", "backup_daily"}
    assert {each.default_status for each in on.values()} == {dg.DefaultScheduleStatus.RUNNING}
    assert on["backup_daily"].execution_timezone == "Europe/London"
    none = playbook.model_copy(update={"retention": playbook.retention.model_copy(update={"backups": 0})})
    assert "backup_daily" not in {each.name for each in build_care(none).schedules or ()}
