"""The CRMs of which the same is asked, one after the other.

What an account can do is in `accounts.py`.
"""

from collections.abc import Iterator

import httpx
import pytest

from orchestration_project.fake_services.hubspot import FakeHubSpot
from orchestration_project.fake_services.pipedrive import FakePipedrive
from orchestration_project_tests.connectors.crm.accounts import Account, opened
from orchestration_project_tests.hand_clock import HandClock


@pytest.fixture(params=["hubspot", "pipedrive"])
def account(request: pytest.FixtureRequest, http: httpx.AsyncClient, clock: HandClock) -> Iterator[Account]:
    service = FakeHubSpot(clock) if request.param == "hubspot" else FakePipedrive(clock)
    with service:
        yield opened(http, service, clock)
