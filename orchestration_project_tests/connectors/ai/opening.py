"""Opening an OpenAiModel over a client of the test, and a question to ask it."""

from datetime import UTC, datetime
from pathlib import Path

import httpx
import sqlalchemy

from orchestration_project.connectors.ai.openai import OpenAiModel
from orchestration_project.connectors.base import ConnectorContext
from orchestration_project.decision.prompt import build_question
from orchestration_project.fake_services.openai import KEY
from orchestration_project.model.ports import RefusedParameters
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.decision.samples import PLAYBOOK, a_context

QUESTION = build_question(a_context(), PLAYBOOK)


def open_model(
    http: httpx.AsyncClient, base_url: str, key: str = KEY, *, refusals: RefusedParameters | None = None
) -> OpenAiModel:
    given = ConnectorContext(
        client=lambda: http,
        home=Path("unused"),
        database=sqlalchemy.create_engine("sqlite://"),
        clock=lambda: datetime(2026, 11, 24, tzinfo=UTC),
        environment={"OPENAI_API_KEY": key, "OPENAI_BASE_URL": base_url},
        own_domain="larkfield.example",
        ai_model=QUESTION.model,
        ai_refusals=refusals,
    )
    return OpenAiModel.open(Connection(connector="openai"), given)
