"""The notebook runs from top to bottom, on the samples."""

import os
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from orchestration_project.installation import WORKING_COPY


def test_the_notebook_shows_what_is_there(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = WORKING_COPY / "docs" / "history.ipynb"
    notebook = nbformat.read(path, as_version=4)
    assert all(not cell.get("outputs") for cell in notebook.cells), "outputs are not kept: run it yourself"
    monkeypatch.setenv("LEADS_HOME", str(home))
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(WORKING_COPY), os.environ.get("PYTHONPATH", "")]))
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    shown = [
        "".join(output["data"].get("text/plain", "") for output in cell.outputs if "data" in output)
        for cell in notebook.cells
        if cell.cell_type == "code"
    ]
    assert all(shown)
    assert "priority" in shown[2]
    assert "drafted_seconds" in shown[-1]
