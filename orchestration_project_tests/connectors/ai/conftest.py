"""Fixtures for the language models: a local server, a client, a model opened over both, no waiting."""

from collections.abc import AsyncGenerator, Generator

import httpx
import pytest
import stamina

from orchestration_project.connectors.ai.openai import OpenAiModel
from orchestration_project_tests.connectors.ai.opening import open_model
from orchestration_project_tests.fakes.openai_answers import OpenAiServer


@pytest.fixture(autouse=True)
def no_waiting() -> Generator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture
def server() -> Generator[OpenAiServer]:
    with OpenAiServer() as running:
        yield running


@pytest.fixture
async def http() -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


@pytest.fixture
def model(http: httpx.AsyncClient, server: OpenAiServer) -> OpenAiModel:
    return open_model(http, server.base_url)
