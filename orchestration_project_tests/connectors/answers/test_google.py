"""What Calendar, Drive and Gmail answer, whose matter it is, and what is done about it.

As developers.google.com (handle API errors) and people's reports have it (googleapis/google-api-nodejs-client
2322 and 3422, WPManageNinja/fluent-smtp 152).
"""

from datetime import UTC, datetime, timedelta
from typing import Any, cast

import httpx
import pytest
from pydantic import SecretStr

from orchestration_project.clock import utc_now
from orchestration_project.connectors.calendar.google import GoogleCalendar
from orchestration_project.connectors.google_api import GoogleService
from orchestration_project.connectors.google_auth import GoogleToken
from orchestration_project.errors import (
    CredentialError,
    LeadRefusedError,
    PermanentServiceError,
    RefusedForNow,
    ServiceError,
    SetupError,
)
from orchestration_project_tests.fakes.http import ScriptedService

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_waiting")]
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


class _Fixed:
    def __init__(self) -> None:
        self.forgotten = 0
        self.ends = None

    async def value(self) -> SecretStr:
        return SecretStr(f"token-{self.forgotten}")

    def forget(self, refused: SecretStr) -> None:
        self.forgotten += 1


def _service(*answers: httpx.Response) -> GoogleService:
    client = ScriptedService([*answers]).client()
    return GoogleService("Google", "https://g.example", client, cast("GoogleToken", _Fixed()))


def _refusal(
    status: int, reason: str, message: str = "x", headers: dict[str, str] | None = None
) -> httpx.Response:
    domain = "usageLimits" if "Exceeded" in reason and "storage" not in reason else "global"
    error = {
        "code": status,
        "message": message,
        "errors": [{"reason": reason, "domain": domain, "message": message}],
    }
    return httpx.Response(status, json={"error": error}, headers=headers)


@pytest.mark.parametrize(
    ("status", "reason", "message", "kind"),
    [
        (403, "quotaExceeded", "Calendar usage limits exceeded.", RefusedForNow),
        (403, "dailyLimitExceeded", "Daily Limit Exceeded", RefusedForNow),
        (403, "servingLimitExceeded", "Limit Exceeded", RefusedForNow),
        (403, "variableTermLimitExceeded", "x", RefusedForNow),
        (403, "insufficientPermissions", "Insufficient Permission", CredentialError),
        (
            403,
            "accessNotConfigured",
            "API has not been used in project 1 before or it is disabled.",
            SetupError,
        ),
        (
            403,
            "appNotAuthorizedToFile",
            "The user has not granted the app 1 read access to the file 2.",
            SetupError,
        ),
        (403, "parentNotAFolder", "The specified parent is not a folder.", SetupError),
        (403, "notACalendarUser", "The user must be signed up for Google Calendar.", SetupError),
        (403, "requiredAccessLevel", "You need to have writer access to this calendar.", SetupError),
        (403, "delegationDenied", "Delegation denied for owner@larkfield.example", CredentialError),
        (403, "storageQuotaExceeded", "Service Accounts do not have storage quota.", SetupError),
        (400, "failedPrecondition", "Mail service not enabled", SetupError),
        (400, "invalidArgument", "Invalid To header", LeadRefusedError),
        (400, "invalidArgument", "Recipient address required", LeadRefusedError),
        (429, "userRateLimitExceeded", "User-rate limit exceeded.", RefusedForNow),
        (400, "badRequest", "x", PermanentServiceError),
    ],
)
async def test_each_reason_of_googles_says_whose_matter_it_is(
    status: int, reason: str, message: str, kind: type[ServiceError]
) -> None:
    with pytest.raises(ServiceError) as caught:
        await _service(*[_refusal(status, reason, message)] * 3).api().ask(dict[str, Any], "POST", "/x")
    assert type(caught.value) is kind
    assert "owner@larkfield" not in str(caught.value)


@pytest.mark.parametrize("status", [403, 429])
async def test_how_long_google_asks_to_wait_is_kept(status: int) -> None:
    refused = _refusal(status, "rateLimitExceeded", headers={"Retry-After": "77"})
    with pytest.raises(RefusedForNow) as caught:
        await _service(refused).api().ask(dict[str, Any], "GET", "/x")
    assert caught.value.retry_after == 77


async def test_gmail_writes_until_when_to_wait_into_its_words() -> None:
    until = (utc_now() + timedelta(minutes=15)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    refused = _refusal(429, "userRateLimitExceeded", f"User-rate limit exceeded.  Retry after {until}")
    with pytest.raises(RefusedForNow) as caught:
        await _service(refused).api().ask(dict[str, Any], "GET", "/x")
    assert caught.value.retry_after == pytest.approx(900, abs=30)


async def test_one_early_401_costs_no_lead_and_a_second_is_the_credentials() -> None:
    service = _service(_refusal(401, "authError"), httpx.Response(200, json={"ok": 1}))
    assert await service.api().ask(dict[str, Any], "GET", "/x") == {"ok": 1}
    with pytest.raises(CredentialError):
        await _service(*[_refusal(401, "authError")] * 2).api().ask(dict[str, Any], "GET", "/x")


@pytest.mark.parametrize("reason", ["updatedMinTooLongAgo", "fullSyncRequired"])
async def test_a_calendar_that_keeps_changes_for_less_time_is_read_from_later_on(reason: str) -> None:
    events = {"items": [{"id": "leadabc", "summary": "Call", "updated": "2026-11-24T09:00:00Z"}]}
    service = _service(_refusal(410, reason), httpx.Response(200, json=events))
    calendar = GoogleCalendar(service, "primary", lambda: NOW)
    page = await calendar.records_changed_since((NOW - timedelta(days=19)).isoformat())
    assert [told.outside_id for told in page.told] == ["leadabc"]
