"""The assets of evaluation: on the samples there is little to say, and they say so."""

import shutil
from datetime import datetime
from pathlib import Path

import dagster as dg
import pandas as pd
import pytest

from orchestration_project.errors import LeadsError
from orchestration_project.history.evaluation.quality import score_quality
from orchestration_project.history.evaluation_shown import (
    compared,
    comparison_metadata,
    quality_metadata,
)
from orchestration_project.history.resources import open_history
from orchestration_project.installation import WORKING_COPY
from orchestration_project.ledger import Ledger
from orchestration_project.offer import capabilities
from orchestration_project.playbook.candidates import load_candidate
from orchestration_project.playbook.load import load_playbook
from orchestration_project_tests.history.conftest import Past
from orchestration_project_tests.history.evaluation.made import START, made_leads
from orchestration_project_tests.history.test_comparing import decided


def metadata_of(made: dg.ExecuteInProcessResult, asset: str) -> dict[str, object]:
    (event,) = [
        event.materialization
        for event in made.get_asset_materialization_events()
        if event.materialization.asset_key == dg.AssetKey(asset)
    ]
    return {name: value.value for name, value in event.metadata.items()}


def test_quality_is_made_of_history_as_it_is(past: Past, home: Path) -> None:
    job = past.definitions().resolve_implicit_global_asset_job_def()
    made = job.execute_in_process(
        asset_selection=[dg.AssetKey("score_quality")],
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
    )
    assert made.success
    quality = metadata_of(made, "score_quality")
    assert str(quality["headline"])
    assert "1 of 16 leads has a sure outcome" in str(quality["labels"])


def test_a_comparison_shows_its_tables_and_keeps_the_page(
    ledger: Ledger, now: datetime, tmp_path: Path
) -> None:
    folder = tmp_path / "playbook"
    shutil.copytree(WORKING_COPY / "playbook", folder)
    playbook = load_playbook(folder, capabilities())
    history = open_history(ledger, playbook, tmp_path, folder)
    with pytest.raises(LeadsError, match="No candidate and no version is called bolder"):
        compared(history, "bolder")
    bolder = folder / "candidates" / "bolder"
    bolder.mkdir(parents=True)
    (bolder / "ideal_customer.md").write_text("Anybody with books.")
    with pytest.raises(LeadsError, match="no lead in common"):
        compared(history, "bolder")
    rules = load_candidate(folder, "bolder", capabilities())
    decided(ledger, now, 6, 6, 8, under=rules.version)
    found = compared(history, "bolder")
    assert (found.before, found.after, found.moved) == ("decided live", "bolder", 2)
    shown = comparison_metadata(found, history)
    page = Path(str(shown["page"].value))
    assert page.name == "bolder beside decided live.html"
    assert "would take another track" in page.read_text(encoding="utf-8")
    assert "| nurture |" in str(shown["tracks"].value)
    assert str(shown["score change"].value).startswith("![picture](data:image/png;base64,")


def test_quality_shows_the_headline_the_months_and_the_share() -> None:
    leads, outcomes, features = made_leads(600)
    known = {"need": "submission", "called": "later"}
    as_of = START + pd.Timedelta(days=500)
    found = score_quality(leads, outcomes, features[["ref", "need", "called"]], known, as_of=as_of)  # type: ignore[arg-type]
    shown = quality_metadata(found)
    assert shown["headline"].value == found.headline
    assert found.yardstick is not None and found.yardstick.share_found is not None
    assert shown["share found"].value == round(found.yardstick.share_found, 4)
    assert "| called | refused | became known later |" in str(shown["not learned from"].value)
    assert "| website |" in str(shown["by source"].value)
