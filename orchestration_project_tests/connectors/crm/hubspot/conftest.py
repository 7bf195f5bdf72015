"""HubSpot over an account in memory that keeps its rules.

What it does is in the tests beside it.
"""

from collections.abc import Generator
from typing import Any

import httpx
import pytest

from orchestration_project.connectors.crm.hubspot import HubSpotCrm
from orchestration_project.fake_services.hubspot import TOKEN, FakeHubSpot
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.services import given as connector_context
from orchestration_project_tests.hand_clock import HandClock


@pytest.fixture
def hubspot(clock: HandClock) -> Generator[FakeHubSpot]:
    with FakeHubSpot(clock) as running:
        yield running


@pytest.fixture
def crm(http: httpx.AsyncClient, hubspot: FakeHubSpot, clock: HandClock) -> HubSpotCrm:
    return opened(http, hubspot, clock)


def opened(
    http: httpx.AsyncClient, hubspot: FakeHubSpot, clock: HandClock, token: str = TOKEN, **options: Any
) -> HubSpotCrm:
    environment = {"HUBSPOT_TOKEN": token, "HUBSPOT_BASE_URL": hubspot.base_url}
    connection = Connection(connector="hubspot", options=options)
    return HubSpotCrm.open(connection, connector_context(http, environment, clock=clock))
