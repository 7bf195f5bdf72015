"""The choice of no language model: scoring happens offline, and nothing is asked of anybody.

The scoring itself is the decision layer's `offline.py`.
"""

from typing import Self

from orchestration_project.connectors.ai.interface import Answer, Question
from orchestration_project.connectors.base import Connection, ConnectorContext, Health
from orchestration_project.errors import LeadsError


class NoModel:
    embedded = True
    service = "offline"

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:  # noqa: ARG003 - there is nothing to set up
        return cls()

    async def check(self) -> Health:
        return Health(ok=True, says="Offline scorer: counts with the playbook's scorecard, asks no service.")

    async def ask(self, question: Question) -> Answer:
        raise LeadsError(
            f"There is no language model to ask for {question.schema_name!r}: connections.yaml says "
            "`ai: {connector: offline}`. Name a service there to use one."
        )
