"""Pipedrive over an account in memory that keeps its rules.

What it does is in the tests beside it.
"""

from collections.abc import Generator
from typing import Any

import httpx
import pytest

from orchestration_project.connectors.crm.pipedrive import PipedriveCrm
from orchestration_project.fake_services.pipedrive import TOKEN, FakePipedrive
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.services import given as connector_context
from orchestration_project_tests.hand_clock import HandClock


@pytest.fixture
def pipedrive(clock: HandClock) -> Generator[FakePipedrive]:
    with FakePipedrive(clock) as running:
        yield running


@pytest.fixture
def crm(http: httpx.AsyncClient, pipedrive: FakePipedrive, clock: HandClock) -> PipedriveCrm:
    return opened(http, pipedrive, clock)


def opened(
    http: httpx.AsyncClient, pipedrive: FakePipedrive, clock: HandClock, token: str = TOKEN, **options: Any
) -> PipedriveCrm:
    environment = {"PIPEDRIVE_TOKEN": token, "PIPEDRIVE_BASE_URL": pipedrive.base_url}
    connection = Connection(connector="pipedrive", options=options)
    return PipedriveCrm.open(connection, connector_context(http, environment, clock=clock))
