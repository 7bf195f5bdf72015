"""Fixtures for connectors over a stand-in service: an HTTP client, and retries that never wait."""

from collections.abc import AsyncGenerator, Generator

import httpx
import pytest
import stamina

from orchestration_project.fake_services.in_memory import AtHand


@pytest.fixture(autouse=True)
def no_waiting() -> Generator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture
async def http() -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=AtHand(), trust_env=False) as client:
        yield client
