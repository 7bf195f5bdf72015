"""The asset `rescored`: a backfill of it, and what is scored again by itself. Nothing acts on any of it."""

import shutil
from collections.abc import Iterator, Mapping, Sequence

import dagster as dg
import pytest

from orchestration_project.fake_services.openai import KEY, FakeOpenAi
from orchestration_project.history.rescored import CANDIDATES, RESCORED
from orchestration_project.history.resources import History, open_history
from orchestration_project.model import Ref
from orchestration_project_tests.history.conftest import BEGINS, Past
from orchestration_project_tests.orchestration.conftest import World
from orchestration_project_tests.orchestration.test_ai_cost import LIMIT, QUESTION, of_different_people

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
LEAD = {"name": "Tom Rees", "message": "How does your bookkeeping service work for a small studio?"}


@pytest.fixture
def ai(world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeOpenAi]:
    world.edit_playbook("connections.yaml", "ai: {connector: offline}", "ai: {connector: openai}")
    with FakeOpenAi() as service:
        monkeypatch.setenv("OPENAI_API_KEY", KEY)
        monkeypatch.setenv("OPENAI_BASE_URL", service.base_url)
        yield service


def add_candidate(world: World, name: str = "bolder") -> None:
    """All leads down the track that stands first."""
    place = world.playbook_folder / "candidates" / name
    place.mkdir(parents=True)
    shutil.copy(world.playbook_folder / "playbook.yaml", place)
    text = (place / "playbook.yaml").read_text()
    assert "score: {from: 8}" in text
    (place / "playbook.yaml").write_text(
        text.replace("score: {from: 8}", "score: {from: 4}", 1).replace(
            "score: {from: 4, to: 7}", "score: {from: 3, to: 3}", 1
        )
    )


def history_of(world: World) -> History:
    return open_history(world.ledger, world.playbook(), world.home, world.playbook_folder)


def tick(world: World, name: str, cursor: str | None = None) -> dg.SensorResult:
    sensor = world.definitions().get_repository_def().get_sensor_def(name)
    context = dg.build_sensor_context(
        instance=world.instance, cursor=cursor, resources={"history": history_of(world)}
    )
    made = sensor(context)
    assert isinstance(made, dg.SensorResult)
    for request in made.dynamic_partitions_requests or []:
        world.instance.add_dynamic_partitions(request.partitions_def_name, list(request.partition_keys))
    return made


def carry_out(
    world: World,
    definitions: dg.Definitions,
    first: str,
    last: str,
    config: Mapping[str, object],
    asset: str = RESCORED,
) -> dg.ExecuteInProcessResult:
    """One run of these partitions, as a backfill in the UI starts it."""
    span = {"dagster/asset_partition_range_start": first, "dagster/asset_partition_range_end": last}
    return definitions.resolve_implicit_global_asset_job_def().execute_in_process(
        instance=world.instance,
        tags=span,
        asset_selection=[dg.AssetKey(asset)],
        run_config={**config, **QUIET},
    )


def carry_out_asked(world: World, request: dg.RunRequest) -> dg.ExecuteInProcessResult:
    key = str(request.partition_key)
    return carry_out(world, world.definitions(), key, key, request.run_config)


def done(world: World, refs: Sequence[Ref]) -> dict[Ref, object]:
    """All that was done for these leads, and what was decided."""
    return {
        ref: (world.ledger.receipts.read([ref]), world.ledger.stories.tell(ref).decisions) for ref in refs
    }


def test_what_the_scorecard_scored_is_asked_again_when_there_is_money_and_nothing_is_done_by_it(
    world: World, ai: FakeOpenAi
) -> None:
    world.edit_playbook("playbook.yaml", LIMIT, "daily_limit_usd: 0.0001")
    first, *others = of_different_people(LEAD, 3)
    world.submit(first)
    world.run()
    refs = world.submit(*others)
    world.run()
    assert [world.lead(ref).score_status for ref in refs] == ["over_budget"] * 2
    before = done(world, refs)
    assert "spent" in str(tick(world, "second_scores").skip_reason)
    world.edit_playbook("playbook.yaml", "daily_limit_usd: 0.0001", "daily_limit_usd: 5.00")
    requests = tick(world, "second_scores").run_requests or []
    assert [request.partition_key for request in requests] == [f"live|{world.clock():%Y-%m-%d}"]
    (request,) = requests
    assert carry_out_asked(world, request).success
    assert len(ai.asked(QUESTION)) == 3, "once live, and once for each that the scorecard had scored"
    assert done(world, refs) == before, "nothing is done, and what was decided stands"
    for ref in refs:
        assert "scored again" in str(world.ledger.stories.tell(ref).events)
    assert not tick(world, "second_scores").run_requests
    assert {each.ref for each in world.ledger.scored_again.would_move(9)} == {
        ref for ref in refs if "it went to" in str(world.ledger.stories.tell(ref).events)
    }


def test_a_candidate_in_shadow_scores_each_live_lead_once_and_from_its_own_purse(
    world: World, ai: FakeOpenAi
) -> None:
    add_candidate(world)
    tick(world, "rules")
    assert "bolder" in world.instance.get_dynamic_partitions(str(CANDIDATES.name))
    (early,) = world.submit(LEAD | {"id": "early", "email": "early@early-studio.example"})
    world.ledger.shadows.begin("bolder", "hannah")
    assert not tick(world, "second_scores").run_requests, "the live decision comes first"
    refs = (early, *world.submit(*of_different_people(LEAD, 2)))
    world.run()
    before, live_asked = done(world, refs), len(ai.asked(QUESTION))
    live_spent = world.ledger.spend.since(world.clock().replace(hour=0, minute=0))
    requests = tick(world, "second_scores").run_requests or []
    (request,) = requests
    assert carry_out_asked(world, request).success
    assert len(ai.asked(QUESTION)) == live_asked + 3
    assert done(world, refs) == before
    assert world.ledger.spend.since(world.clock().replace(hour=0, minute=0)) == live_spent
    assert not tick(world, "second_scores").run_requests
    world.ledger.shadows.end()
    world.submit(LEAD | {"id": "late", "email": "late@late-studio.example"})
    world.run()
    assert not tick(world, "second_scores").run_requests


def test_a_backfill_of_days_and_a_candidate_is_one_run_and_says_what_came_of_each_day(past: Past) -> None:
    world = past.world
    add_candidate(world)
    world.instance.add_dynamic_partitions(str(CANDIDATES.name), ["bolder", "live"])
    actions = world.sql("SELECT * FROM leads.receipts ORDER BY 1, 2")
    definitions, span = past.definitions(), (f"bolder|{BEGINS}", f"bolder|{past.today}")
    made = [carry_out(world, definitions, *span, config={}) for _ in range(2)]
    events = {
        event.materialization.partition: event.materialization.metadata
        for event in made[0].get_asset_materialization_events()
    }
    assert len(events) == (past.today - BEGINS).days + 1
    today, old = events[f"bolder|{past.today}"], events["bolder|2026-10-25"]
    scored = int(str(today["dagster/partition_row_count"].value))
    assert scored == today["leads"].value
    assert scored > 10
    assert int(str(today["to another track"].value)) > 0
    assert old["dagster/partition_row_count"].value == 1, "an imported lead is scored, too"
    (kept,) = world.sql("SELECT count(*) AS rows FROM leads.rescored")
    assert kept["rows"] == scored + 1, "the second run found nothing to do"
    assert world.sql("SELECT * FROM leads.receipts ORDER BY 1, 2") == actions
    compared = carry_out(world, definitions, "bolder", "bolder", {}, asset="comparison")
    (event,) = compared.get_asset_materialization_events()
    assert "would take another track" in str(event.materialization.metadata["headline"].value)


def test_the_story_of_the_rules_is_told_once(past: Past) -> None:
    told = tick(past.world, "rules")
    (event,) = told.asset_events or ()
    assert event.asset_key == dg.AssetKey("playbook")
    assert event.metadata["version"].value == past.history.playbook.version
    again = tick(past.world, "rules", told.cursor)
    assert not again.asset_events
