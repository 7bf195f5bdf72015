"""What a test reads of a lead after its run.

Running it is in `conftest.py`.
"""

from typing import Any

from orchestration_project.model import Ref
from orchestration_project_tests.orchestration.conftest import World

Payload = dict[str, Any]


def actions(world: World, ref: Ref) -> dict[str, str]:
    return {line.action: line.status for line in world.ledger.stories.list_leads(refs=[ref])[0].actions}
