"""A look of the watch at a ledger, with the sample playbook and a clock that a test moves."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration_project.installation import WORKING_COPY
from orchestration_project.ledger import Ledger
from orchestration_project.playbook.alerts import AlertRules
from orchestration_project.watch.causes.base import Seen
from orchestration_project.watch.opening import open_seen

Watching = Callable[..., Seen]


@pytest.fixture
def rules_folder(tmp_path: Path) -> Path:
    return shutil.copytree(WORKING_COPY / "playbook", tmp_path / "playbook")


@pytest.fixture
def watching(ledger: Ledger, tmp_path: Path) -> Watching:
    """What a look sees now. With `rules`, whom it tells."""

    def seen(rules: AlertRules | None = None, folder: Path | None = None) -> Seen:
        found = open_seen(ledger, tmp_path, folder or WORKING_COPY / "playbook")
        if rules is not None:
            found.audience = found.audience.model_copy(update={"rules": rules})
        return found

    return seen
