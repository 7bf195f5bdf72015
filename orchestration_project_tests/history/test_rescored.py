"""The asset `rescored`: a backfill of it, and what is scored again by itself. Nothing acts on any of it."""

import shutil
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import dagster as dg
import pytest

from orchestration_project.fake_services.openai import KEY, FakeOpenAi
from orchestration_project.history.rescored import CANDIDATES, RESCORED, tell_made
from orchestration_project.history.resources import History, open_history
from orchestration_project.ledger.rescored import Wanted
from orchestration_project.model import Ref, Rescored, ScoreStatus, Usage
from orchestration_project_tests.decision.samples import a_context
from orchestration_project_tests.history.conftest import BEGINS, Past
from orchestration_project_tests.ledger.leads import carry, events, submit
from orchestration_project_tests.ledger.test_decisions import decision
from orchestration_project_tests.orchestration.conftest import World
from orchestration_project_tests.orchestration.test_ai_cost import QUESTION

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


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


def decided(
    world: World, number: int, name: str, status: ScoreStatus = ScoreStatus.SCORED
) -> tuple[Ref, ...]:
    """So many leads that were scored so and went down a track, and are done."""
    ledger, version = world.ledger, world.playbook().version
    leads = carry(ledger, *submit(ledger, number, name=name))
    sample = a_context()
    contexts = [
        sample.model_copy(update={"lead": sample.lead.model_copy(update={"ref": lead.ref})}) for lead in leads
    ]
    ledger.facts.write(leads, contexts, "run")
    for lead in leads:
        made = decision(lead.ref, ledger.clock(), 2)
        scoring = made.scoring.model_copy(update={"status": status})
        update = {"scoring": scoring, "playbook_version": version, "track": "not_fit"}
        ledger.decisions.add(lead, made.model_copy(update=update), "run")
    ledger.outcomes.finish(leads, "run")
    return tuple(lead.ref for lead in leads)


def acted(world: World) -> list[object]:
    """All that was done, and what was decided."""
    of = "SELECT * FROM leads.{} ORDER BY 1, 2"
    return [world.sql(of.format(table)) for table in ("receipts", "decisions", "work")]


def test_what_the_scorecard_scored_is_asked_again_when_there_is_money_and_nothing_is_done_by_it(
    world: World, ai: FakeOpenAi
) -> None:
    decided(world, 1, "by the AI")
    refs = decided(world, 2, "over budget", ScoreStatus.OVER_BUDGET)
    before = acted(world)
    world.ledger.spend.add_each([("gpt", Usage(input_tokens=1, cost_usd=Decimal(5)))])
    assert "money for live leads is spent" in str(tick(world, "second_scores").skip_reason)
    world.clock.forward(days=1)
    (request,) = list(tick(world, "second_scores").run_requests or [])
    assert str(request.partition_key) == f"live|{world.clock() - timedelta(days=1):%Y-%m-%d}"
    assert carry_out_asked(world, request).success
    assert len(ai.asked(QUESTION)) == 2, "once for each that the scorecard had scored"
    assert acted(world) == before
    for ref in refs:
        assert "scored again" in events(world.ledger, ref)
    assert not tick(world, "second_scores").run_requests
    moved = world.ledger.scored_again.would_move(9)
    assert {(each.ref, each.track) for each in moved} == {(ref, "not_fit") for ref in refs}


def test_a_candidate_in_shadow_scores_each_live_lead_once_and_from_its_own_purse(
    world: World, ai: FakeOpenAi
) -> None:
    add_candidate(world)
    tick(world, "rules")
    assert "bolder" in world.instance.get_dynamic_partitions(str(CANDIDATES.name))
    decided(world, 1, "before")
    world.clock.forward(minutes=1)
    world.ledger.shadows.begin("bolder", "hannah")
    submit(world.ledger, 1, name="not decided yet")
    assert not tick(world, "second_scores").run_requests, "the live decision comes first"
    decided(world, 2, "since")
    before, now = acted(world), world.clock()
    (request,) = list(tick(world, "second_scores").run_requests or [])
    assert carry_out_asked(world, request).success
    assert len(ai.asked(QUESTION)) == 3, "those of the day"
    assert acted(world) == before
    assert world.ledger.spend.since(now) == 0, "the live purse is another one"
    assert replace(world.ledger.spend, purpose="rescore").since(now) > 0
    assert not tick(world, "second_scores").run_requests
    world.ledger.shadows.end()
    decided(world, 1, "late")
    assert not tick(world, "second_scores").run_requests


def test_a_backfill_of_days_and_a_candidate_is_one_run_and_says_what_came_of_each_day(past: Past) -> None:
    world = past.world
    add_candidate(world)
    world.instance.add_dynamic_partitions(str(CANDIDATES.name), ["bolder", "live"])
    actions = world.sql("SELECT * FROM leads.receipts ORDER BY 1, 2")
    definitions, span = past.definitions(), (f"bolder|{BEGINS}", f"bolder|{past.today}")
    made = [carry_out(world, definitions, *span, config={}) for _ in range(2)]
    days = {
        event.materialization.partition: event.materialization.metadata
        for event in made[0].get_asset_materialization_events()
    }
    assert len(days) == (past.today - BEGINS).days + 1
    assert days["bolder|2026-10-25"]["dagster/partition_row_count"].value == 1, "an imported lead, too"
    assert days[f"bolder|{BEGINS}"]["dagster/partition_row_count"].value == 0
    of_day = days["bolder|2026-10-29"]
    scored = sum(int(str(each["dagster/partition_row_count"].value)) for each in days.values())
    assert of_day["leads"].value == of_day["dagster/partition_row_count"].value
    assert int(str(of_day["to another track"].value)) > 0
    (kept,) = world.sql("SELECT count(*) AS rows FROM leads.rescored")
    assert kept["rows"] == scored > 10, "the second run found nothing to do"
    assert world.sql("SELECT * FROM leads.receipts ORDER BY 1, 2") == actions
    compared = carry_out(world, definitions, "bolder", "bolder", {}, asset="comparison")
    (event,) = compared.get_asset_materialization_events()
    assert "would take another track" in str(event.materialization.metadata["headline"].value)


def test_the_story_of_the_rules_is_told_once(past: Past) -> None:
    told = tick(past.world, "rules")
    (event,) = list(told.asset_events)
    assert isinstance(event, dg.AssetMaterialization)
    assert event.asset_key == dg.AssetKey("playbook")
    assert event.metadata["version"].value == past.history.playbook.version
    again = tick(past.world, "rules", told.cursor)
    assert not again.asset_events


def test_what_a_command_has_scored_again_counts_as_made_in_the_ui_day_by_day_and_once(world: World) -> None:
    """A day of which a lead is missing does not."""
    decided(world, 3, "lead")
    ledger, version = world.ledger, world.playbook().version
    wanted = Wanted(playbook_version=version, scorer="offline")
    todo = ledger.rescored.todo(wanted)

    def score(number: int) -> None:
        made = decision(todo[number][0], ledger.clock(), 5)
        made = made.model_copy(update={"playbook_version": version})
        ledger.rescored.keep([Rescored(decision=made, scorer="offline", seconds=0.1)])

    score(0)
    score(1)
    assert tell_made(world.instance, ledger, "live", wanted, "Europe/London") == 0
    score(2)
    assert tell_made(world.instance, ledger, "live", wanted, "Europe/London") == 1
    assert tell_made(world.instance, ledger, "live", wanted, "Europe/London") == 0
    (key,) = world.instance.get_materialized_partitions(dg.AssetKey(RESCORED))
    assert key.startswith("live|")
    assert world.instance.get_dynamic_partitions("candidates") == ["live"]
