"""A mailbox of Microsoft 365 over its stand-in.

What it does is in the tests beside it.
"""

import shutil
import tempfile
import weakref
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from orchestration_project.connectors.mail.microsoft import Microsoft365
from orchestration_project.fake_services.microsoft import MicrosoftService
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.services import given
from orchestration_project_tests.hand_clock import HandClock

POST = "POST /v1.0/users"


@pytest.fixture
def service() -> Generator[MicrosoftService]:
    with MicrosoftService() as running:
        yield running


@pytest.fixture
def drafts(http: httpx.AsyncClient, service: MicrosoftService, clock: HandClock) -> Microsoft365:
    return opened(http, service, clock)


def opened(
    http: httpx.AsyncClient, service: MicrosoftService, clock: HandClock, **environment: str
) -> Microsoft365:
    context = given(http, {**service.environment, **environment}, clock=clock)
    # where the newest refresh token is kept
    home = Path(tempfile.mkdtemp(prefix="leads-tests-"))
    weakref.finalize(service, shutil.rmtree, home, ignore_errors=True)
    return Microsoft365.open(Connection(connector="microsoft"), replace(context, home=home))
