"""Which Pythons this runs on is said in four places that agree; any other is refused in one sentence.

That it does run on them, `make test-on` shows.
"""

import os
import subprocess
import sys
import tomllib
from importlib.metadata import metadata
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

from orchestration_project.installation import WORKING_COPY

VERSIONS = ("3.11", "3.12", "3.13", "3.14")
OTHERS = ("3.10", "3.15")


def allowed(specifier: str) -> list[str]:
    return [version for version in (*VERSIONS, *OTHERS) if f"{version}.0" in SpecifierSet(specifier)]


def test_the_project_the_readme_and_the_pinned_dagster_agree_on_the_pythons() -> None:
    project = tomllib.loads((WORKING_COPY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert allowed(project["requires-python"]) == list(VERSIONS)
    readme = (WORKING_COPY / "README.md").read_text(encoding="utf-8")
    assert "Python 3.11, 3.12, 3.13 or 3.14, git and make" in readme
    dagster = allowed(metadata("dagster")["Requires-Python"])
    assert "3.15" not in dagster, "the pinned dagster knows a newer one now: so may we"
    assert set(VERSIONS) <= set(dagster)


def test_nothing_that_is_installed_refuses_one_of_them() -> None:
    lines = (WORKING_COPY / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = [line.partition("==")[0] for line in lines if "==" in line]
    assert len(pinned) > 100
    refused = {
        name: required
        for name in pinned
        if (required := _required(name)) and not set(VERSIONS) <= set(allowed(required))
    }
    assert refused == {}


def _required(name: str) -> str | None:
    try:
        return metadata(name)["Requires-Python"]
    except (ModuleNotFoundError, KeyError):
        return None  # of another platform or Python


@pytest.mark.parametrize("version", OTHERS)
def test_make_refuses_another_python_before_it_installs_anything(tmp_path: Path, version: str) -> None:
    major, minor = version.split(".")
    pretender = tmp_path / "python"
    pretender.write_text(
        "#!/bin/sh\n"
        f'exec {sys.executable} -c \'import sys; sys.version_info = ({major}, {minor}, 0, "final", 0); '
        'exec(sys.argv[1])\' "$2"\n'
    )
    pretender.chmod(0o755)
    done = subprocess.run(
        ["make", "--silent", "demo", f"PYTHON={pretender}", f"VENV={tmp_path / 'venv'}"],
        cwd=WORKING_COPY,
        env={name: value for name, value in os.environ.items() if name != "MAKEFLAGS"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert done.stdout.startswith("Python 3.11, 3.12, 3.13 or 3.14 is needed")
    assert done.stdout.endswith("name one with: make PYTHON=python3.13 demo\n")
    assert not (tmp_path / "venv").exists()
