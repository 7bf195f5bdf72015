"""`leads demo --history`, with fewer leads: each step works, one candidate is refused, and one goes live."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from orchestration_project.cli import history_demo, processing
from orchestration_project.cli.session import Session
from orchestration_project.installation import WORKING_COPY
from orchestration_project.orchestration.dagster_internals import LocalComputeLogManager
from orchestration_project.playbook.model import Playbook


def last_days(desk: Session, playbook: Playbook, first: date, last: date) -> int:
    """A day takes as long as another."""
    return processing.materialise(desk, playbook, max(first, last - timedelta(days=2)), last)


def test_a_year_of_made_up_leads_goes_all_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    # the demo sets them for its own process
    for name in ("LEADS_DATABASE_URL", "LEADS_MIGRATED", "DAGSTER_EVENT_BATCH_SIZE", "NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "")
    monkeypatch.setenv("LEADS_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LEADS_PLAYBOOK", str(WORKING_COPY / "playbook"))
    monkeypatch.setenv("DAGSTER_EVENT_BATCH_SIZE", "200")
    monkeypatch.setattr(history_demo, "LEADS", 300)
    monkeypatch.setattr(history_demo, "DAYS", 80)
    monkeypatch.setattr(history_demo, "materialise", last_days)
    beside: list[object] = []  # of these Dagster starts four processes each

    def note(_: LocalComputeLogManager, log_key: object) -> None:
        beside.append(log_key)

    monkeypatch.setattr(LocalComputeLogManager, "capture_logs", note)
    history_demo.history_demo()
    assert beside == []
    said = " ".join(capsys.readouterr().out.split())
    assert "300 leads imported" in said
    assert "12 tables, as Parquet files" in said
    assert said.count("300 scores.") == 3
    assert "stricter does not go live" in said
    assert "`recommended` is live, as version" in said
    folder = tmp_path / "home" / "history-demo"
    assert "recommended" in (folder / "recommended.html").read_text(encoding="utf-8")
    assert len(list((folder / "home" / "history" / "funnel").glob("*.parquet"))) == 3
    rules = (folder / "playbook" / "playbook.yaml").read_text(encoding="utf-8")
    assert "was recommended to us" in rules
