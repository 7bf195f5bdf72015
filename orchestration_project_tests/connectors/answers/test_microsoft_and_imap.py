"""What Graph and IMAP servers answer, beyond what their descriptions say.

As learn.microsoft.com (Graph error responses, EWS ResponseCodeType) and people's reports have it
(microsoftgraph/microsoft-graph-explorer-v4 3143, microsoft-graph-docs 5934 and 8266, elie222/inbox-zero 3580,
calcom/cal.diy 343, imapsync/imapsync 198, mscdex/node-imap 689 and 882, zone-eu/wildduck 35,
ljmerza/ha-email-sensor 16). With which status Graph sends some of Exchange's codes is assumed.
"""

from collections.abc import Generator

import anyio
import pytest
import stamina

from orchestration_project.connectors.mail import imap_session
from orchestration_project.connectors.mail.microsoft import Microsoft365
from orchestration_project.connectors.mail.microsoft_failures import judge
from orchestration_project.connectors.mail.microsoft_shapes import Message
from orchestration_project.errors import (
    CredentialError,
    LeadRefusedError,
    RefusedForNow,
    ServiceError,
    SetupError,
    TransientServiceError,
)
from orchestration_project.fake_services.base import Fault, status
from orchestration_project.fake_services.microsoft import MicrosoftService
from orchestration_project_tests.connectors.mail.imap_servers import scripted
from orchestration_project_tests.connectors.mail.microsoft.conftest import (
    drafts as drafts,  # noqa: PLC0414 - the fixtures of Graph's own tests
)
from orchestration_project_tests.connectors.mail.microsoft.conftest import service as service  # noqa: PLC0414
from orchestration_project_tests.connectors.mail.opening import KEY, MESSAGE_ID, message
from orchestration_project_tests.connectors.mail.test_imap_trouble import (
    CAPABLE,
    GREETING,
    SIGNED_IN,
    opened,
)

OTHER = "The store ID provided isn't an ID of an item."


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch: pytest.MonkeyPatch) -> Generator[None]:
    monkeypatch.setattr(imap_session, "SECONDS", 0.3)
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


def _graph(answered: int, code: str, text: str = "x") -> Fault:
    return status(answered, {"error": {"code": code, "message": text}})


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("answered", "code", "text"),
    [
        (403, "ErrorAccessDenied", f"Access is denied. Check credentials and try again., {OTHER}"),
        (400, "ErrorInvalidMailboxItemId", "Item Id doesn't belong to the current mailbox."),
        (404, "ErrorItemNotFound", "The specified object was not found in the store."),
        (404, "ErrorMessageIdNotFound", "x"),
        (400, "ErrorInvalidIdNotAnItemAttachmentId", OTHER),
    ],
)
async def test_an_id_that_graph_has_for_no_mail_of_this_mailbox_is_a_mail_that_is_elsewhere(
    drafts: Microsoft365, service: MicrosoftService, answered: int, code: str, text: str
) -> None:
    written = await drafts.save_draft(KEY, message())
    service.send(service.mails[0].id)
    service.next_answer(_graph(answered, code, text), to="GET /v1.0/users")
    assert await drafts.find_sent(KEY, written.external_id)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("answered", "code"),
    [
        (412, "ErrorIrresolvableConflict"),
        (409, "ErrorIrresolvableConflict"),
        (429, "ApplicationThrottled"),
        (503, "MailboxInfoStale"),
        (500, "ErrorApiQuarantined"),
        (400, "ErrorMailboxMoveInProgress"),
        (403, "ErrorTooManyObjectsOpened"),
        (400, "ErrorServerBusy"),
        (404, "ErrorMailboxStoreUnavailable"),
        (504, "UnknownError"),
    ],
)
async def test_what_passes_at_graph_waits_whatever_its_status(
    drafts: Microsoft365, service: MicrosoftService, answered: int, code: str
) -> None:
    for _ in range(3):
        service.next_answer(_graph(answered, code), to="POST /v1.0/users")
    with pytest.raises(TransientServiceError):
        await drafts.save_draft(KEY, message())


@pytest.mark.parametrize(
    ("answered", "code", "text", "kind"),
    [
        (403, "ErrorAccessDenied", "[RAOP] : Blocked by tenant configured AppOnly AccessPolicy.", SetupError),
        (403, "ErrorAccessDenied", "Access is denied. Check credentials and try again.", type(None)),
        (400, "ErrorInvalidRecipients", "At least one recipient isn't valid.", LeadRefusedError),
        (404, "MailboxNotEnabledForRESTAPI", "x", SetupError),
        (403, "MailboxNotEnabledForRESTAPI", "x", SetupError),
        (507, "ErrorQuotaExceeded", "x", SetupError),
        (403, "ErrorAccountDisabled", "x", SetupError),
        (413, "ErrorMessageSizeExceeded", "x", LeadRefusedError),
    ],
)  # fmt: skip
def test_graphs_code_says_whose_matter_it_is(answered: int, code: str, text: str, kind: type) -> None:
    assert type(judge(answered, {"error": {"code": code, "message": text}})) is kind


@pytest.mark.anyio
async def test_a_mail_that_graph_tells_with_nulls_is_read() -> None:
    told = {"id": "1", "isDraft": True, "toRecipients": None, "body": None, "subject": None, "webLink": None}
    read = Message.model_validate(told)
    assert (read.to_recipients, read.body.content) == ((), "")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (b"TAG NO [ALERT] Too many simultaneous connections. (Failure)", RefusedForNow),
        (b"TAG NO [UNAVAILABLE] Maximum number of connections from user+IP exceeded", RefusedForNow),
        (b"TAG NO Maximum number of connections from user+IP exceeded (mail_max_userip=10)", RefusedForNow),
        (b"TAG NO [UNAVAILABLE] Temporary authentication failure.", RefusedForNow),
        (b"TAG NO Temporary authentication failure. Try again later", RefusedForNow),
        (b"TAG NO Server Unavailable. 15", RefusedForNow),
        (b"TAG NO [OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)", RefusedForNow),
        (b"TAG NO [ALERT] Application-specific password required (Failure)", CredentialError),
        (b"TAG NO [AUTHENTICATIONFAILED] Invalid credentials (Failure)", CredentialError),
        (b"TAG NO [ALERT] Your account is not enabled for IMAP use. Please visit your settings", SetupError),
        (b"TAG NO [ALERT] IMAP access is disabled for your domain.", SetupError),
        (b"TAG NO LOGIN failed.", CredentialError),
        (b"TAG NO [CONTACTADMIN] This account is locked", SetupError),
    ],
)  # fmt: skip
def test_a_sign_in_that_is_refused_says_why(answer: bytes, kind: type[ServiceError]) -> None:
    with scripted(GREETING, CAPABLE, answer) as port, pytest.raises(ServiceError) as caught:
        anyio.run(opened(port).find_draft, KEY, MESSAGE_ID)
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("answer", "kind", "wait"),
    [
        (b"TAG NO Request is throttled. Suggested Backoff Time: 299609 milliseconds", RefusedForNow, 299.609),
        (b"TAG BAD Request is throttled. Suggested Backoff Time: 92415 milliseconds", RefusedForNow, 92.415),
        (b"TAG BAD User is authenticated but not connected.", RefusedForNow, None),
        (b"TAG NO [OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)", RefusedForNow, None),
        (b"TAG NO [OVERQUOTA] Quota exceeded", SetupError, None),
        (b"TAG NO Mailbox is full / Blocks limit exceeded / Inode limit exceeded", SetupError, None),
        (b"TAG NO Quota exceeded (mailbox for user is full)", SetupError, None),
        (b"TAG NO [THROTTLED] slow down", RefusedForNow, None),
        (b"TAG NO [TRYCREATE] Mailbox doesn't exist: Drafts", SetupError, None),
        (b"TAG NO [SERVERBUG] Internal error occurred. Refer to server log", TransientServiceError, None),
    ],
)
def test_a_command_that_is_refused_says_why(
    answer: bytes, kind: type[ServiceError], wait: float | None
) -> None:
    with scripted(*SIGNED_IN, answer) as port, pytest.raises(ServiceError) as caught:
        anyio.run(opened(port, options={"drafts": "Drafts", "sent": "Sent"}).find_draft, KEY, MESSAGE_ID)
    assert type(caught.value) is kind
    assert getattr(caught.value, "retry_after", None) == (wait and pytest.approx(wait))
