"""The connector that stands for no language model."""

import anyio
import pytest

from orchestration_project.connectors.ai.offline import NoModel
from orchestration_project.decision.prompt import build_question
from orchestration_project.errors import LeadsError
from orchestration_project_tests.decision.samples import PLAYBOOK, a_context


def test_its_check_says_that_scoring_is_offline() -> None:
    health = anyio.run(NoModel().check)
    assert health.ok
    assert "Offline scorer" in health.says


def test_asking_it_says_where_to_name_a_service() -> None:
    with pytest.raises(LeadsError, match=r"connections\.yaml"):
        anyio.run(NoModel().ask, build_question(a_context(), PLAYBOOK))
