"""What Gmail refuses, and what we make of it: whose matter it is, and what passes by itself.

The trouble that all services have is `test_every_service.py`.
"""

import httpx
import pytest

from orchestration_project.connectors.mail.gmail import Gmail
from orchestration_project.errors import (
    CredentialError,
    LeadRefusedError,
    LeadsError,
    PermanentServiceError,
    RefusedForNow,
    SetupError,
)
from orchestration_project.fake_services.base import (
    Fault,
    rate_limited,
)
from orchestration_project.fake_services.gmail import MAILBOX, GmailService
from orchestration_project.fake_services.google import refusal, refused
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.mail.gmail.conftest import DRAFTS, open_gmail
from orchestration_project_tests.connectors.mail.opening import KEY, MESSAGE_ID, message

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    "fault", [rate_limited(), refused(403, "userRateLimitExceeded"), refused(429, "rateLimitExceeded")]
)
async def test_a_rate_limit_that_passes_is_waited_for(
    gmail: Gmail, service: GmailService, fault: Fault
) -> None:
    service.next_answer(fault, to=f"POST {DRAFTS}")
    await gmail.save_draft(KEY, message())
    assert len(service.drafts) == 1


async def test_a_token_refused_before_its_time_is_replaced_at_once(
    gmail: Gmail, service: GmailService
) -> None:
    await gmail.find_draft(KEY, MESSAGE_ID)
    service.tokens.clear()
    await gmail.save_draft(KEY, message())
    assert len(service.drafts) == 1
    service.tokens.clear()
    assert await gmail.find_draft(KEY, MESSAGE_ID) is not None


async def test_an_expired_credential_says_how_to_renew_it(gmail: Gmail, service: GmailService) -> None:
    service.revoke()
    with pytest.raises(CredentialError, match="GOOGLE_REFRESH_TOKEN"):
        await gmail.save_draft(KEY, message())


@pytest.mark.parametrize(
    ("reason", "kind", "told"),
    [
        ("insufficientPermissions", CredentialError, "lacks a scope"),
        ("ACCESS_TOKEN_SCOPE_INSUFFICIENT", CredentialError, "lacks a scope"),
        ("accessNotConfigured", SetupError, "not switched on"),
        ("domainPolicy", SetupError, "rule of the organisation"),
        ("delegationDenied", CredentialError, "answered 403"),
        ("rateLimitExceeded", RefusedForNow, "over its rate limit"),
    ],
)
async def test_each_kind_of_403_says_what_to_do(
    gmail: Gmail, service: GmailService, reason: str, kind: type[Exception], told: str
) -> None:
    service.next_answer(*[refused(403, reason)] * 3, to="GET")
    with pytest.raises(kind, match=told):
        await gmail.find_draft(KEY, MESSAGE_ID)


@pytest.mark.parametrize(
    ("reason", "words", "kind"),
    [
        ("invalidArgument", "Invalid To header", LeadRefusedError),
        ("invalidArgument", "Invalid to header", LeadRefusedError),
        ("invalidArgument", "Recipient address required", LeadRefusedError),
        ("invalidArgument", "Missing draft message", PermanentServiceError),
        ("failedPrecondition", "Mail service not enabled", SetupError),
    ],
)
async def test_a_refused_recipient_is_told_apart_from_a_mailbox_that_is_none(
    gmail: Gmail, service: GmailService, reason: str, words: str, kind: type[Exception]
) -> None:
    service.next_answer(Fault(refusal(400, reason, words)), to="POST /gmail")
    with pytest.raises(PermanentServiceError) as caught:
        await gmail.save_draft(KEY, message())
    assert type(caught.value) is kind
    assert not service.drafts


async def test_the_check_names_the_mailbox(gmail: Gmail, service: GmailService) -> None:
    health = await gmail.check()
    assert health.ok
    assert MAILBOX in health.says
    assert len(service.calls) == 1


async def test_the_check_tells_what_a_person_can_mend(gmail: Gmail, service: GmailService) -> None:
    service.revoke()
    health = await gmail.check()
    assert not health.ok
    assert "GOOGLE_REFRESH_TOKEN" in health.mend


async def test_an_option_is_a_mistake(http: httpx.AsyncClient, service: GmailService) -> None:
    with pytest.raises(LeadsError, match="labels"):
        open_gmail(http, service, Connection(connector="gmail", options={"labels": "x"}))
