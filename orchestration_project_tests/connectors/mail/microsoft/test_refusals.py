"""What Microsoft Graph refuses, and what we make of it: whose matter it is, and what passes by itself.

The trouble that all services have is `test_every_service.py`.
"""

import httpx
import pytest

from orchestration_project.connectors.mail.microsoft import Microsoft365
from orchestration_project.errors import (
    CredentialError,
    LeadRefusedError,
    PermanentServiceError,
    SetupError,
    TransientServiceError,
)
from orchestration_project.fake_services.base import (
    rate_limited,
    silence,
    status,
)
from orchestration_project.fake_services.microsoft import USER, MicrosoftService
from orchestration_project_tests.connectors.mail.microsoft.conftest import POST, opened
from orchestration_project_tests.connectors.mail.opening import KEY, MESSAGE_ID, message
from orchestration_project_tests.hand_clock import HandClock

pytestmark = pytest.mark.anyio


async def test_a_right_that_is_missing_is_a_credential_to_widen(
    drafts: Microsoft365, service: MicrosoftService
) -> None:
    body = {"error": {"code": "ErrorAccessDenied", "message": f"Access is denied to {USER}."}}
    service.next_answer(status(403, body), to=POST)
    with pytest.raises(CredentialError, match="widen its rights") as caught:
        await drafts.save_draft(KEY, message())
    assert USER not in str(caught.value)


async def test_a_mailbox_that_is_not_there_is_a_matter_of_set_up(
    http: httpx.AsyncClient, service: MicrosoftService, clock: HandClock
) -> None:
    wrong = opened(http, service, clock, MS_USER="nobody@larkfield.example")
    with pytest.raises(SetupError, match=r"no such mailbox \(ErrorInvalidUser\)"):
        await wrong.find_draft(KEY, MESSAGE_ID)


@pytest.mark.parametrize(
    ("code", "answer", "kind"),
    [
        (400, "ErrorInvalidRecipients", LeadRefusedError),
        (400, "ErrorInvalidSmtpAddress", LeadRefusedError),
        (403, "ErrorQuotaExceeded", SetupError),
        (404, "MailboxNotEnabledForRESTAPI", SetupError),
        (404, "ErrorNonExistentMailbox", SetupError),
        (403, "ErrorAccessDenied", CredentialError),
        (400, "ErrorMimeContentInvalid", PermanentServiceError),
    ],
)
async def test_graphs_own_code_says_whom_a_refusal_is_about(
    drafts: Microsoft365, service: MicrosoftService, code: int, answer: str, kind: type[Exception]
) -> None:
    body = {"error": {"code": answer, "message": "zoe@acme.example is not right"}}
    service.next_answer(status(code, body), to="POST /v1.0")
    with pytest.raises(PermanentServiceError) as caught:
        await drafts.save_draft(KEY, message())
    assert type(caught.value) is kind
    assert "zoe" not in str(caught.value)
    assert not service.mails


async def test_a_rate_limit_that_passes_is_waited_for(
    drafts: Microsoft365, service: MicrosoftService
) -> None:
    service.next_answer(rate_limited(1), to=POST)
    await drafts.save_draft(KEY, message())
    assert len(service.mails) == 1


async def test_silence_is_transient(drafts: Microsoft365, service: MicrosoftService) -> None:
    await drafts.check()
    object.__setattr__(drafts._api, "timeout", 0.2)
    service.next_answer(silence(), to=POST)
    with pytest.raises(TransientServiceError, match="did not answer"):
        await drafts.save_draft(KEY, message())


async def test_check_asks_once_and_is_content(drafts: Microsoft365, service: MicrosoftService) -> None:
    assert (await drafts.check()).ok
    assert len(service.asked("GET /v1.0")) == 1
