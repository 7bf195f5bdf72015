"""Dagster's pools have the limits that the connections' rates allow; a dead run gives its places back."""

from dataclasses import replace

import dagster as dg
import pytest
import yaml

from orchestration_project.connectors import TABLES
from orchestration_project.connectors.base import connector_class
from orchestration_project.installation import WORKING_COPY
from orchestration_project.orchestration.dispatch import run_config, run_tags
from orchestration_project.orchestration.graph import JOB
from orchestration_project.orchestration.local_run import process_pending
from orchestration_project.orchestration.pools import (
    MOST_RUNS,
    POOLS,
    pool_limit,
    pool_limits,
    set_pool_limits,
)
from orchestration_project_tests.orchestration.conftest import World
from orchestration_project_tests.orchestration.test_dagster_settings import instance

__all__ = ["instance"]


def limits(instance: dg.DagsterInstance) -> dict[str, int]:
    return {pool.name: pool.limit for pool in instance.event_log_storage.get_pool_limits()}


@pytest.mark.parametrize(
    ("kind", "name", "expected"),
    [
        ("chat", "slack", 1),  # a message a second
        ("mail", "microsoft", 2),
        ("crm", "hubspot", MOST_RUNS),
        ("folder", "drive", MOST_RUNS),
        ("mail", "imap", 12),  # has no rate that anybody knows of
        ("crm", "local", 12),
    ],
)
def test_a_pool_is_as_wide_as_the_rate_of_its_connection_allows(kind: str, name: str, expected: int) -> None:
    assert pool_limit(connector_class(kind, name, TABLES[kind]), 12) == expected


def test_no_pool_is_closed_or_wider_than_the_runs_that_have_a_rate_to_keep_to() -> None:
    for kind in POOLS:
        for name in TABLES[kind]:
            connector = connector_class(kind, name, TABLES[kind])
            assert 1 <= pool_limit(connector, MOST_RUNS) <= MOST_RUNS


def test_so_many_runs_start_at_once_as_the_settings_say() -> None:
    settings = yaml.safe_load((WORKING_COPY / "dagster.yaml").read_text(encoding="utf-8"))
    assert settings["concurrency"]["runs"]["max_concurrent_runs"] == MOST_RUNS


def pools_of(world: World, job: str) -> dict[str, set[str]]:
    """By op, of those that have one."""
    ops = world.definitions().get_job_def(job).all_node_defs
    return {op.name: set(op.pools) for op in ops if isinstance(op, dg.OpDefinition) and op.pools}


def test_every_pool_has_a_limit_and_only_what_is_slow_has_a_pool(
    world: World, instance: dg.DagsterInstance
) -> None:
    set_pool_limits(instance, world.playbook())
    assert set(limits(instance)) == POOLS
    assert pools_of(world, "follow_up") == {"log_in_crm": {"crm"}}
    assert pools_of(world, "lead_intake") == {"chat_line": {"chat"}}, "no action shares what is fast enough"
    world.edit_playbook(
        "connections.yaml", "chat: {connector: file}", "chat: {connector: slack, channel: C024BE91L}"
    )
    assert pools_of(world, "lead_intake") == {"chat_line": {"chat"}, "chat": {"chat"}}


def test_a_change_of_the_connections_changes_the_limits_at_the_next_start(
    world: World, instance: dg.DagsterInstance
) -> None:
    set_pool_limits(instance, world.playbook())
    embedded = limits(instance)["chat"]
    instance.event_log_storage.set_concurrency_slots("crm", 7)  # a person, in the UI
    set_pool_limits(instance, world.playbook())
    assert limits(instance)["crm"] == 7, "until the next start"
    world.edit_playbook(
        "connections.yaml", "chat: {connector: file}", "chat: {connector: slack, channel: C024BE91L}"
    )
    set_pool_limits(instance, world.playbook())
    assert embedded > limits(instance)["chat"] == 1
    assert limits(instance) == pool_limits(world.playbook())


def test_leads_run_sets_them(world: World, instance: dg.DagsterInstance) -> None:
    with world.dispatcher() as dispatcher:
        assert process_pending(replace(dispatcher, instance=instance)) == ()
    assert limits(instance) == pool_limits(world.playbook())


def test_a_dead_run_gives_its_places_back_at_once(world: World, instance: dg.DagsterInstance) -> None:
    storage = instance.event_log_storage
    storage.set_concurrency_slots("chat", 1)
    world.submit({"id": "1", "email": "zoe@acme.example", "message": "Hello"})
    with world.dispatcher() as opened:
        dispatcher = replace(opened, instance=instance)
        (claim,) = dispatcher.claims()
        job = world.definitions().get_job_def(JOB)
        run = instance.create_run_for_job(
            job, run_config=run_config(claim), tags=run_tags(claim), status=dg.DagsterRunStatus.STARTING
        )
        assert storage.claim_concurrency_slot("chat", run.run_id, "step").is_claimed
        dispatcher.keep_going()
        assert storage.get_concurrency_info("chat").claimed_slots, "it may be about to begin"
        instance.report_run_failed(run, "The run's process died.")
        dispatcher.keep_going()
    assert storage.get_concurrency_info("chat").claimed_slots == []
