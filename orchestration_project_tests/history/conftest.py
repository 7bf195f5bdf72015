"""The samples, all through the real job, with verdicts, outcomes and old leads; made once, and only read."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from sqlalchemy import Engine

from orchestration_project.definitions import build_definitions
from orchestration_project.history.resources import History, open_history
from orchestration_project.history.tables import TABLES
from orchestration_project.installation import WORKING_COPY
from orchestration_project.intake import take_in_history
from orchestration_project.model import Correction, CorrectionKind, Delivery, Outcome, OutcomeKind, Ref, Usage
from orchestration_project_tests.databases import MIGRATED, fresh_database
from orchestration_project_tests.orchestration.conftest import World, open_world
from orchestration_project_tests.orchestration.quick_dagster import quickened

TODAY = datetime(2026, 11, 6, 12, tzinfo=UTC)
"""So neither what is recent nor the number of days, each of which takes its time, depends on the calendar."""
_EARLIER = timedelta(days=20)
SAMPLES: list[dict[str, Any]] = [
    sample | {"submitted_at": (datetime.fromisoformat(sample["submitted_at"]) - _EARLIER).isoformat()}
    for sample in map(
        json.loads, (WORKING_COPY / "samples" / "submissions.jsonl").read_text(encoding="utf-8").splitlines()
    )
]
OLD = {
    "id": "old 1",
    "name": "Agnes Oldcastle",
    "email": "agnes@oldcastle.example",
    "phone": "+44 117 496 0999",
    "message": "Could you take over our payroll? There are forty of us.",
    "service": "Payroll",
    "submitted_at": "2026-10-25T23:30:00Z",
    "utm_source": "Bing Ads",
    "utm_medium": "for Agnes Oldcastle",
    "utm_campaign": "mail agnes@oldcastle.example",
    "referrer": "https://www.search.example/?q=agnes+oldcastle",
    "How did you hear of us?": "From Beatrice Newcombe",
}
BEGINS = date(2026, 10, 23)


@dataclass(frozen=True)
class Past:
    """The world after the samples. `today` is the day on which they ran."""

    world: World
    history: History
    old: Ref
    today: date

    def definitions(self) -> dg.Definitions:
        return build_definitions(
            playbook=self.world.playbook(),
            database_url=self.world.database_url,
            home=str(self.world.home),
            folder=str(self.world.playbook_folder),
            clock=self.world.clock,
            history_begins=BEGINS,
        )

    def materialise(
        self, instance: dg.DagsterInstance, first: date, last: date, *names: str
    ) -> dg.ExecuteInProcessResult:
        """As a backfill of these days does it: in one run."""
        definitions = self.definitions()
        job = definitions.resolve_implicit_global_asset_job_def()
        span = {
            "dagster/asset_partition_range_start": first.isoformat(),
            "dagster/asset_partition_range_end": last.isoformat(),
        }
        return job.execute_in_process(
            instance=instance,
            tags=span,
            asset_selection=[dg.AssetKey(name) for name in names or TABLES],
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        )


@pytest.fixture
def world(tmp_path: Path, database: Engine) -> Iterator[World]:
    with open_world(tmp_path, database) as opened:
        yield opened


@pytest.fixture(scope="package")
def past(tmp_path_factory: pytest.TempPathFactory, postgres: str) -> Iterator[Past]:
    folder = tmp_path_factory.mktemp("past")
    with fresh_database(postgres, MIGRATED) as engine, open_world(folder, engine) as world:
        world.clock.forward(seconds=(TODAY - world.clock()).total_seconds())
        # no look at the outside: the samples' websites are reserved names
        world.edit_playbook("connections.yaml", "website: {connector: reader}", "website: {connector: none}")
        refs = world.submit(*SAMPLES)
        world.run()
        raw = json.dumps(OLD).encode()
        (old,) = take_in_history(
            world.ledger, world.playbook(), "csv old", [Delivery(external_id="old 1", raw=raw)]
        )
        labels = world.ledger.labels
        labels.correct(
            Correction(ref=refs[0], kind=CorrectionKind.SCORE, score=4, note="Ada Lovelace said so")
        )
        at = datetime(2026, 11, 1, tzinfo=UTC)
        labels.take_outcomes(
            [
                Outcome(ref=old, kind=OutcomeKind.LOST, at=at, origin="csv"),
                *(
                    Outcome(
                        ref=refs[0],
                        kind=kind,
                        at=at,
                        value=Decimal(value),
                        currency="GBP",
                        origin="hubspot",
                        external_id=f"deal {value}",
                    )
                    for kind, value in (
                        (OutcomeKind.WON, "900"),
                        (OutcomeKind.WON, "100.50"),
                        (OutcomeKind.LOST, "7"),
                    )
                ),
            ]
        )
        dear = Usage(input_tokens=1000, output_tokens=200, cost_usd=Decimal("0.02"))
        unpriced = Usage(input_tokens=10, output_tokens=2)
        world.ledger.spend.add_each([("gpt-5-mini", dear), ("gpt-5-mini", unpriced)])
        history = open_history(world.ledger, world.playbook(), world.home, world.playbook_folder)
        yield Past(world, history, old, world.clock().date())


@pytest.fixture(scope="package")
def made(past: Past) -> Iterator[dg.ExecuteInProcessResult]:
    """All of history, made by one run."""
    with quickened(dg.DagsterInstance.ephemeral()) as instance:
        yield past.materialise(instance, BEGINS, past.today)


@pytest.fixture
def home(past: Past, made: dg.ExecuteInProcessResult) -> Path:
    assert made.success
    return past.world.home
