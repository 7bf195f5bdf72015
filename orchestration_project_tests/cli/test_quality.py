"""`leads quality` reads what history has kept."""

from pathlib import Path

import pytest

from orchestration_project_tests.cli.conftest import Shell
from orchestration_project_tests.history.evaluation.test_from_tables import tables


@pytest.fixture
def kept(shell: Shell, tmp_path: Path) -> Shell:
    """A shell whose history holds four hundred leads, half of them decided by two versions."""
    for name, frame in tables().frames.items():
        for day, part in frame.groupby(frame["day"].dt.strftime("%Y-%m-%d")):
            path = tmp_path / "history" / name / f"{day}.parquet"
            path.parent.mkdir(parents=True, exist_ok=True)
            part.to_parquet(path, index=False)
    return shell.having(LEADS_HISTORY=str(tmp_path / "history"))


def test_quality_is_told_with_its_headline(kept: Shell) -> None:
    done = kept.leads("quality")
    assert done.code == 0, done.all
    assert "leads have a sure outcome" in done.out
    assert "The top 10 % hold" in done.out


def test_where_history_is_empty_it_says_how_to_fill_it(shell: Shell, tmp_path: Path) -> None:
    done = shell.having(LEADS_HISTORY=str(tmp_path)).leads("quality")
    assert done.code == 1
    assert "History holds no decisions yet." in done.err
