"""Signing in to Microsoft: one token as long as it serves, the newest refresh token, and which to renew.

What the mailbox itself refuses is `test_refusals.py`.
"""

import os
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import anyio
import httpx
import pytest

from orchestration_project.connectors.mail.microsoft import Microsoft365
from orchestration_project.errors import (
    CredentialError,
    LeadsError,
    TransientServiceError,
)
from orchestration_project.fake_services.base import (
    status,
    web_page,
)
from orchestration_project.fake_services.microsoft import REFRESH_TOKEN, USER, MicrosoftService
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.mail.microsoft.conftest import opened
from orchestration_project_tests.connectors.mail.opening import KEY, MESSAGE_ID, message
from orchestration_project_tests.connectors.services import given
from orchestration_project_tests.hand_clock import HandClock

pytestmark = pytest.mark.anyio


async def test_one_token_serves_until_shortly_before_it_expires(
    drafts: Microsoft365, service: MicrosoftService, clock: HandClock
) -> None:
    async with anyio.create_task_group() as group:
        for _ in range(5):
            group.start_soon(drafts.find_draft, KEY, MESSAGE_ID)
    assert service.token_number == 1
    clock.forward(minutes=50)
    await drafts.find_draft(KEY, MESSAGE_ID)
    assert service.token_number == 1
    clock.forward(minutes=6)
    await drafts.find_draft(KEY, MESSAGE_ID)
    assert service.token_number == 2


async def test_a_token_that_was_revoked_is_replaced_at_once_and_nothing_is_written_twice(
    drafts: Microsoft365, service: MicrosoftService
) -> None:
    await drafts.find_draft(KEY, MESSAGE_ID)
    service.revoke_tokens()
    await drafts.save_draft(KEY, message())
    assert len(service.mails) == 1
    service.revoke_tokens()
    assert await drafts.find_draft(KEY, MESSAGE_ID) is not None


async def test_the_check_says_when_the_kept_sign_in_ends_unless_it_is_renewed(
    http: httpx.AsyncClient, service: MicrosoftService, clock: HandClock, tmp_path: Path
) -> None:
    environment = {**service.environment, "MS_REFRESH_TOKEN": REFRESH_TOKEN, "MS_USER": ""}
    context = replace(given(http, environment, clock=clock), home=tmp_path)
    drafts = Microsoft365.open(Connection(connector="microsoft"), context)
    assert (await drafts.check()).ok
    [kept] = (tmp_path / "tokens").iterdir()
    os.utime(kept, (0, datetime(2026, 9, 1, 12, tzinfo=UTC).timestamp()))
    assert (await drafts.check()).ends == date(2026, 11, 30), "ninety days after it was kept"


async def test_the_newest_refresh_token_is_kept_and_used_and_the_first_one_may_end(
    http: httpx.AsyncClient, service: MicrosoftService, clock: HandClock, tmp_path: Path
) -> None:
    environment = {**service.environment, "MS_REFRESH_TOKEN": REFRESH_TOKEN, "MS_USER": ""}
    context = replace(given(http, environment, clock=clock), home=tmp_path)

    async def sign_in() -> None:
        assert (await Microsoft365.open(Connection(connector="microsoft"), context).check()).ok

    await sign_in()
    [kept] = (tmp_path / "tokens").iterdir()
    assert (kept.read_text(), kept.stat().st_mode & 0o077) == (service.rolled[-1], 0)
    service.refresh_token = "ended after ninety days"
    await sign_in()
    assert kept.read_text() == service.rolled[-1]
    # where the kept one has ended, that of the environment is tried; a new one there begins anew
    service.rolled.clear()
    service.refresh_token = REFRESH_TOKEN
    await sign_in()
    service.refresh_token = environment["MS_REFRESH_TOKEN"] = "another"
    await sign_in()
    assert len([*(tmp_path / "tokens").iterdir()]) == 2


async def test_a_person_may_sign_in_instead_of_the_app(
    http: httpx.AsyncClient, service: MicrosoftService, clock: HandClock
) -> None:
    personal = opened(http, service, clock, MS_REFRESH_TOKEN=REFRESH_TOKEN, MS_USER="")
    await personal.save_draft(KEY, message())
    assert [request.path for request in service.requests][-1] == "/v1.0/me/messages"
    assert await personal.find_draft(KEY, MESSAGE_ID) is not None


@pytest.mark.parametrize(
    ("environment", "words"),
    [
        ({"MS_CLIENT_SECRET": "old"}, "MS_CLIENT_SECRET"),
        ({"MS_REFRESH_TOKEN": "old"}, "MS_REFRESH_TOKEN"),
        ({"MS_TENANT_ID": "elsewhere.example"}, "MS_TENANT_ID"),
    ],
)
async def test_an_expired_credential_says_which_to_renew(
    http: httpx.AsyncClient,
    service: MicrosoftService,
    clock: HandClock,
    environment: dict[str, str],
    words: str,
) -> None:
    expired = opened(http, service, clock, **environment)
    with pytest.raises(CredentialError, match=words) as caught:
        await expired.find_draft(KEY, MESSAGE_ID)
    assert USER not in str(caught.value)
    health = await expired.check()
    assert not health.ok
    assert words in health.mend


async def test_a_mended_secret_is_taken_at_once(drafts: Microsoft365, service: MicrosoftService) -> None:
    service.client_secret = "another"
    assert not (await drafts.check()).ok
    service.client_secret = service.environment["MS_CLIENT_SECRET"]
    assert (await drafts.check()).ok


async def test_a_sign_in_out_of_order_is_transient(drafts: Microsoft365, service: MicrosoftService) -> None:
    for fault in (status(503), web_page()):
        service.next_answer(fault, fault, fault)
        with pytest.raises(TransientServiceError, match="Microsoft sign-in"):
            await drafts.find_draft(KEY, MESSAGE_ID)


@pytest.mark.parametrize("name", ["MS_TENANT_ID", "MS_CLIENT_ID", "MS_CLIENT_SECRET", "MS_USER"])
async def test_a_setting_that_is_missing_is_named(
    http: httpx.AsyncClient, service: MicrosoftService, clock: HandClock, name: str
) -> None:
    with pytest.raises(LeadsError, match=name):
        opened(http, service, clock, **{name: ""})
