"""Which folders an installation uses, whatever the shell says and wherever it stands."""

import os
from pathlib import Path

import pytest

from orchestration_project.errors import InstallationError
from orchestration_project.installation import WORKING_COPY, Installation, here, locate, make_home


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    return Installation(tmp_path / "home", WORKING_COPY / "playbook", own_database=None)


def test_children_that_work_in_another_folder_find_the_same_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LEADS_HOME", "my leads")
    monkeypatch.setenv("LEADS_PLAYBOOK", "rules")
    found = here()
    monkeypatch.chdir("/")
    assert here() == found
    assert os.environ["LEADS_HOME"] == str(tmp_path / "my leads")
    assert found.playbook == tmp_path / "rules"


@pytest.mark.parametrize("said", [None, "", "home/dagster"])
def test_without_a_dagster_home_of_ones_own_it_is_in_leads_home(tmp_path: Path, said: str | None) -> None:
    environment = {"LEADS_HOME": str(tmp_path / "home")}
    if said is not None:
        environment["DAGSTER_HOME"] = said and str(tmp_path / said)
    found = locate(environment)
    assert found.own_dagster is None
    assert found.dagster_home == tmp_path / "home" / "dagster"


def test_a_dagster_home_of_ones_own_is_used_and_left_as_it_is(tmp_path: Path) -> None:
    own = tmp_path / "own"
    environment = {"LEADS_HOME": str(tmp_path / "home"), "DAGSTER_HOME": str(own)}
    with pytest.raises(InstallationError, match=f"DAGSTER_HOME names {own}, which is no folder"):
        make_home(locate(environment))
    own.mkdir()
    found = locate(environment)
    make_home(found)
    assert found.dagster_home == own
    assert list(own.iterdir()) == []


def test_the_settings_are_those_of_this_version_and_are_not_touched_without_need(
    installation: Installation,
) -> None:
    make_home(installation)
    settings = installation.embedded_dagster / "dagster.yaml"
    before = settings.stat()
    make_home(installation)
    assert settings.stat() == before
    settings.write_text("of an older version")
    make_home(installation)
    assert settings.read_bytes() == (WORKING_COPY / "dagster.yaml").read_bytes()
    assert [path.name for path in installation.embedded_dagster.iterdir()] == ["dagster.yaml"]
