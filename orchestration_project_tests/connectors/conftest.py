"""Fixtures for connectors over a stand-in service: an HTTP client, and retries that do not wait."""

from collections.abc import AsyncGenerator, Generator

import httpx
import pytest
import stamina


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def no_waiting() -> Generator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


@pytest.fixture
async def http(no_waiting: None) -> AsyncGenerator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client
