"""Erased, and then searched for everywhere at once: each table, Dagster's too, each file, each service."""

import json
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import pandas as pd
import pytest
import sqlalchemy

from orchestration_project.fake_services.base import FakeService
from orchestration_project.fake_services.office import Office
from orchestration_project.history.tables import TABLES
from orchestration_project.installation import WORKING_COPY
from orchestration_project.ledger.search import spelled
from orchestration_project.watch.erase import erase as erase_module
from orchestration_project.watch.erase.certificates import certificates, keep_certificates
from orchestration_project_tests.dagster_daemon import failed_tick
from orchestration_project_tests.orchestration.conftest import World
from orchestration_project_tests.watch.conftest import Forgetting
from orchestration_project_tests.watch.test_erase import (
    LEAD,
    LETTER,
    MAEVE,
    OTHER,
    WORDS,
    found,
    no_waiting,
    office,
)

__all__ = ["no_waiting", "office"]

PLAIN = {**OTHER, "message": "How does bookkeeping work for a studio?"}
NOT_HELD = ("requests", "answers", "accepted", "suffered", "_faults", "_held", "watcher", "_door")
"""Of a stand-in: what it was asked, and not what it keeps."""
COMPANY = ["HubSpot.things: harbour joinery"]
"""A firm is no person: it stays in the CRM, as docs/operate.md says."""


@pytest.fixture
def database(database_with_records: sqlalchemy.Engine) -> sqlalchemy.Engine:
    return database_with_records


@pytest.fixture
def records(world: World) -> Iterator[dg.DagsterInstance]:
    """Dagster as an installation has it: in the ledger's server, what runs print in LEADS_HOME."""
    dagster_home = world.home / "dagster"
    dagster_home.mkdir()
    shutil.copyfile(WORKING_COPY / "dagster.yaml", dagster_home / "dagster.yaml")
    with world.surroundings(), dg.DagsterInstance.from_config(str(dagster_home)) as instance:
        world.instance = instance
        yield instance


def in_frames(home: Path) -> list[str]:
    """Words of hers in history's files, which are compressed: read as a data scientist does."""
    words = spelled(WORDS)
    frames = {
        path: pd.read_parquet(path).to_json(date_format="iso").lower() for path in home.rglob("*.parquet")
    }
    assert frames, "there is history to look at"
    return [f"{path.name}: {word}" for path, told in frames.items() for word in words if word in told]


def in_services(services: Mapping[str, FakeService]) -> list[str]:
    """Words of hers in anything that a stand-in holds."""
    words = [word.casefold() for word in WORDS]
    return [
        f"{name}.{held}: {word}"
        for name, service in services.items()
        for held, value in vars(service).items()
        if held not in NOT_HELD
        for word in words
        if word in deep(value).casefold()
    ]


def deep(value: object) -> str:
    if isinstance(value, Mapping):
        return " ".join(f"{deep(key)} {deep(item)}" for key, item in value.items())  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list | tuple | set | frozenset):
        return " ".join(deep(item) for item in value)  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return (
        f"{value!s} {deep(vars(value))}" if hasattr(value, "__dict__") and not callable(value) else str(value)
    )


def run_of(instance: dg.DagsterInstance, **more: Any) -> dg.DagsterRun:
    run = dg.DagsterRun(job_name="another", status=dg.DagsterRunStatus.SUCCESS, **more)
    return instance.run_storage.add_run(run)


def test_after_an_erasure_no_search_of_anything_finds_the_person(
    world: World, forgetting: Forgetting, office: Office, records: dg.DagsterInstance
) -> None:
    forgetting.dagster_home = world.home / "dagster"
    inbox = world.home / "inbox" / "done" / "2026-11-24"
    inbox.mkdir(parents=True)
    (inbox / "one.json").write_text(json.dumps(LEAD))
    world.submit(LEAD)
    world.submit({**LETTER, "submitted_at": "2020-01-01"})
    (plain,) = world.submit(PLAIN)
    world.run()
    today = world.clock().date()
    made = (
        world.definitions()
        .resolve_implicit_global_asset_job_def()
        .execute_in_process(
            instance=records,
            tags={
                "dagster/asset_partition_range_start": today.isoformat(),
                "dagster/asset_partition_range_end": today.isoformat(),
            },
            asset_selection=[dg.AssetKey(name) for name in TABLES],
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )
    )
    assert made.success and in_frames(world.home) == [], "no person is in history to begin with"
    # what nobody has foreseen: her words in records of Dagster's that have none by design
    tagged = run_of(records, tags={"note": f"look at {MAEVE}"})
    configured = run_of(records, run_config={"ops": {"x": {"config": {"who": LEAD["name"]}}}})
    logged, clean = run_of(records), run_of(records, tags={"note": "nobody"})
    records.report_engine_event(f"{LEAD['name']} was odd", logged)
    printed = Path(records.storage_directory()) / logged.run_id / "compute_logs"
    printed.mkdir(parents=True)
    (printed / "step.out").write_text(f"{MAEVE} has written\n")
    records.create_tick(failed_tick(world.clock().timestamp(), f"KeyError: {LEAD['name']}", "KeyError"))
    assert {hit.partition(".")[0] for hit in found(world)} >= {"dagster", "leads"}
    assert in_services(office.services)

    done = forgetting.erase(MAEVE)

    assert done.finished_at is not None
    assert found(world) == []
    assert in_frames(world.home) == []
    assert in_services(office.services) == COMPANY
    gone = (tagged.run_id, configured.run_id, logged.run_id)
    assert [records.get_run_by_id(run_id) for run_id in gone] == [None] * 3
    assert records.get_run_by_id(clean.run_id) is not None
    assert not printed.exists()
    assert done.counts["runs"] >= 3
    assert world.lead(plain).status == "done", "and others stay"


def test_a_run_that_is_under_way_is_told_and_one_with_others_stays(
    world: World, forgetting: Forgetting, records: dg.DagsterInstance
) -> None:
    forgetting.dagster_home = world.home / "dagster"
    world.submit(LEAD)
    world.submit(PLAIN)
    world.run()
    runs = {run.run_id for run in records.get_runs()}
    going = records.run_storage.add_run(
        dg.DagsterRun(job_name="another", status=dg.DagsterRunStatus.STARTED, tags={"note": MAEVE})
    )
    done = forgetting.erase(MAEVE)
    assert any(line.startswith(f"run {going.run_id}: still under way") for line in done.left)
    assert any(line.startswith("table dagster.run_tags") for line in done.left)
    together = {run_id for run_id, alone in _alone(world, runs).items() if not alone}
    assert together <= {run.run_id for run in records.get_runs()}


def _alone(world: World, runs: set[str]) -> dict[str, bool]:
    rows = world.sql("SELECT run_id, count(DISTINCT lead_id) AS leads FROM leads.journal GROUP BY run_id")
    return {row["run_id"]: row["leads"] == 1 for row in rows if row["run_id"] in runs}


class PowerCut(BaseException):
    """Nothing of ours catches it."""


def test_an_erasure_that_is_cut_off_anywhere_goes_on_and_does_nothing_twice(
    world: World, forgetting: Forgetting, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.submit(LEAD)
    world.submit({**LETTER, "submitted_at": "2020-01-01"})
    world.run()
    chat_lines = len(office.slack.messages)
    keep = world.ledger.erasing.keep_outside
    at = ""

    def cut(name: str, _detail: str = "") -> None:
        if name == at:
            raise PowerCut(name)

    def kept(erasure: int, outside: Mapping[str, str]) -> None:
        # it is gone in the service, and nobody has written it down
        if at == f"erased {len(outside)}":
            raise PowerCut(at)
        keep(erasure, outside)

    monkeypatch.setattr(erase_module, "crash_point", cut)
    monkeypatch.setattr(type(world.ledger.erasing), "keep_outside", staticmethod(kept))
    for at in ("erasing", "erased 1", "erased 4", "erased_outside", "wiped"):
        with pytest.raises(PowerCut):
            forgetting.erase(MAEVE)
        (begun,) = world.ledger.erasing.all()
        assert begun.finished_at is None, at
    at = "erasure_finished"
    with pytest.raises(PowerCut):
        forgetting.erase(MAEVE)
    (done,) = world.ledger.erasing.all()
    at = ""
    assert done.finished_at is not None and not (world.home / "erased").exists()
    keep_certificates(world.home, world.ledger)
    assert certificates(world.home) == [done]
    assert found(world) == [] and in_services(office.services) == COMPANY
    assert done.counts["submissions"] == 2
    assert done.counts["decisions"] == 2 and done.counts["receipts"] >= 8, (
        "counted before the cut, told after"
    )
    told = {answer.partition(":")[0] for answer in done.outside.values()}
    assert told <= {"erased", "not_there"}, "what was gone before it was written down is not there"
    deleted = [str(request.body) for request in office.slack.asked("POST /api/chat.delete")]
    assert len(set(deleted)) == chat_lines
    assert len(list((world.home / "erased").glob("*.json"))) == 1
    assert forgetting.erase(MAEVE).refs == ()


def test_another_spelling_of_the_same_mailbox_is_the_same_person(
    world: World, forgetting: Forgetting
) -> None:
    (one,) = world.submit({**LEAD, "id": "1", "email": "mae.ve.obrien@googlemail.com"})
    (two,) = world.submit({**LETTER, "id": "2", "email": "Maeve.OBrien+books@gmail.com"})
    (other,) = world.submit({**PLAIN, "id": "3", "email": "maeve.obrien@larkfield.example"})
    done = forgetting.erase("maeveobrien@gmail.com")
    assert set(done.refs) == {one, two}
    assert world.lead(other).status == "received", "elsewhere dots may be another person's"
    (late,) = world.submit(
        {**LETTER, "id": "4", "email": "maeve.o.brien@gmail.com", "submitted_at": "2020-01-01"}
    )
    assert world.lead(late).status == "erased", "history stays out, however it spells the address"


def test_one_slip_of_the_finger_is_not_the_same_mailbox(world: World, forgetting: Forgetting) -> None:
    (near,) = world.submit({**LETTER, "id": "2", "email": "maeveobrien@gmial.com"})
    assert near not in forgetting.erase("maeveobrien@gmail.com").refs
