"""What Slack, WebDAV and CalDAV servers answer, whose matter it is, and what is done about it.

As docs.slack.dev, RFC 4791 (7.8) and people's reports have it (slackapi/bolt-js 2509 and 2867,
slackapi/java-slack-sdk 1017, incidentbot/incidentbot 328, nextcloud/server 30096).
"""

import json
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import JsonValue

from orchestration_project.connectors.calendar.caldav import CalDavCalendar
from orchestration_project.connectors.calendar.interface import Hold
from orchestration_project.connectors.chat.interface import Link
from orchestration_project.connectors.chat.slack import Slack
from orchestration_project.connectors.folder.webdav import WebDavFolders
from orchestration_project.errors import (
    CredentialError,
    LeadRefusedError,
    PermanentServiceError,
    RefusedForNow,
    ServiceError,
    SetupError,
    TransientServiceError,
)
from orchestration_project.fake_services.slack import CHANNEL
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.services import given
from orchestration_project_tests.fakes.http import ScriptedService

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_waiting")]
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
_LINK = Link(label="Contact", url="https://crm.example/5")


def _slack(*answers: httpx.Response) -> tuple[Slack, ScriptedService]:
    service = ScriptedService([*answers])
    connection = Connection(connector="slack", options={"channel": CHANNEL})
    return Slack.open(connection, given(service.client(), {"SLACK_TOKEN": "xoxb-1"})), service


def _said(error: str, headers: dict[str, str] | None = None, **more: JsonValue) -> httpx.Response:
    return httpx.Response(200, json={"ok": False, "error": error, **more}, headers=headers)


_POSTED = httpx.Response(200, json={"ok": True, "ts": "1.2"})
_SHOWN = httpx.Response(200, json={"ok": True, "permalink": "https://x.slack.com/1"})


@pytest.mark.parametrize(
    "error", ["invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "blocks_mismatch"]
)
async def test_a_message_whose_blocks_slack_does_not_take_goes_as_plain_words(error: str) -> None:
    slack, service = _slack(_said(error, errors=["must define `text`"]), _POSTED, _SHOWN)
    written = await slack.post("L-1", "Priority 9/10 · Zoë", [_LINK])
    assert written.external_id == f"{CHANNEL}/1.2"
    again = json.loads(service.requests[1].content)
    assert "blocks" not in again
    assert _LINK.url in again["text"]
    assert again["metadata"]["event_payload"] == {"key": "L-1"}


async def test_a_message_that_is_too_long_for_slack_is_cut_and_not_lost() -> None:
    slack, service = _slack(_said("msg_too_long"), _POSTED, _SHOWN)
    await slack.post("L-1", "word " * 20_000)
    assert len(json.loads(service.requests[1].content)["text"]) < 4_001


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        ("is_archived", SetupError),
        ("channel_not_found", SetupError),
        ("metadata_must_be_sent_from_app", SetupError),
        ("restricted_action_non_threadable_channel", SetupError),
        ("two_factor_setup_required", SetupError),
        ("method_deprecated", SetupError),
        ("team_not_found", SetupError),
        ("user_is_bot", PermanentServiceError),
        ("external_channel_migrating", RefusedForNow),
        ("is_inactive", CredentialError),
        ("token_revoked", CredentialError),
    ],
)
async def test_slacks_word_says_whose_matter_it_is(error: str, kind: type[ServiceError]) -> None:
    slack, _ = _slack(*[_said(error)] * 3)
    with pytest.raises(ServiceError) as caught:
        await slack.post("L-1", "text")
    assert type(caught.value) is kind


@pytest.mark.parametrize("status", [200, 429])
async def test_how_long_slack_asks_to_wait_is_kept_whatever_the_status(status: int) -> None:
    answer = httpx.Response(status, json={"ok": False, "error": "ratelimited"}, headers={"Retry-After": "30"})
    slack, _ = _slack(answer)
    with pytest.raises(RefusedForNow) as caught:
        await slack.post("L-1", "text")
    assert caught.value.retry_after == 30


_DAV = {"Content-Type": "application/xml; charset=utf-8"}


def _multistatus(*responses: str) -> httpx.Response:
    inside = "".join(f"<d:response>{one}</d:response>" for one in responses)
    xml = f'<?xml version="1.0"?><d:multistatus xmlns:d="DAV:">{inside}</d:multistatus>'
    return httpx.Response(207, content=xml.encode(), headers=_DAV)


def _folder(name: str, status: str = "HTTP/1.1 200 OK") -> str:
    return (
        f"<d:href>{name}</d:href><d:propstat><d:prop><d:resourcetype><d:collection/></d:resourcetype></d:prop>"
        f"<d:status>{status}</d:status></d:propstat>"
    )


_PART = "<d:href>/dav/</d:href><d:status>HTTP/1.1 507 Insufficient Storage</d:status>"


def _webdav(*answers: httpx.Response) -> WebDavFolders:
    environment = {"WEBDAV_URL": "https://cloud.example/dav", "WEBDAV_USER": "o", "WEBDAV_PASSWORD": "p"}
    context = given(ScriptedService([*answers]).client(), environment)
    return WebDavFolders.open(Connection(connector="webdav"), context)


@pytest.mark.parametrize("status", ["HTTP/1.1 200 OK", "HTTP/1.1 200", "HTTP/2 200", "HTTP/2.0 200 OK"])
async def test_a_folder_is_found_however_its_server_writes_that_all_is_well(status: str) -> None:
    found = await _webdav(_multistatus(_folder("/dav/"), _folder("/dav/Jo%20L-1/", status))).find_folder(
        "L-1"
    )
    assert found
    assert found.external_id == "Jo L-1"


async def test_a_folder_that_came_to_be_there_meanwhile_is_taken() -> None:
    """Of a MOVE onto it, which was done though its answer was lost, or by another: 412."""
    empty = _multistatus(_folder("/dav/"))
    there = _multistatus(_folder("/dav/"), _folder("/dav/Jo%20L-1/"))
    folders = _webdav(empty, httpx.Response(201), httpx.Response(412), there)
    assert (await folders.make_folder("L-1", "Jo", {})).external_id == "Jo L-1"


@pytest.mark.parametrize(
    ("status", "kind"),
    [(423, TransientServiceError), (507, SetupError), (503, TransientServiceError), (403, CredentialError)],
)
async def test_a_folder_that_cannot_be_made_says_whose_matter_it_is(
    status: int, kind: type[ServiceError]
) -> None:
    error = '<?xml version="1.0"?><d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns"><s:message>x</s:message></d:error>'
    answer = httpx.Response(status, content=error.encode(), headers=_DAV)
    with pytest.raises(kind):
        await _webdav(_multistatus(_folder("/dav/")), *[answer] * 3).make_folder("L-1", "Jo", {})


async def test_a_part_of_a_list_is_not_taken_for_the_whole() -> None:
    with pytest.raises(SetupError, match="part"):
        await _webdav(_multistatus(_folder("/dav/"), _PART)).find_folder("L-1")


def _caldav(*answers: httpx.Response) -> CalDavCalendar:
    environment = {"CALDAV_URL": "https://cloud.example/cal", "CALDAV_USER": "o", "CALDAV_PASSWORD": "p"}
    context = given(ScriptedService([*answers]).client(), environment)
    return CalDavCalendar.open(Connection(connector="caldav"), context)


_HOLD = Hold(key="L-1", title="Call", start=NOW, end=NOW + timedelta(minutes=30), description="")
_IN_THE_BIN = (
    '<?xml version="1.0"?><d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns">'
    "<s:exception>Sabre\\DAV\\Exception\\BadRequest</s:exception>"
    "<s:message>Deleted calendar object with uid already exists in this calendar collection.</s:message>"
    "</d:error>"
)


async def test_a_hold_that_lies_in_the_calendars_bin_is_not_wanted_again() -> None:
    refused = httpx.Response(400, content=_IN_THE_BIN.encode(), headers=_DAV)
    with pytest.raises(LeadRefusedError, match="deleted"):
        await _caldav(refused, _multistatus()).save_hold(_HOLD)


async def test_a_calendar_that_tells_a_part_of_its_events_is_not_free() -> None:
    part = _PART.replace("/dav/", "/cal/")
    with pytest.raises(SetupError, match="part"):
        await _caldav(_multistatus(part)).busy(NOW, NOW + timedelta(days=1))


async def test_a_calendar_that_is_gone_is_a_matter_of_set_up() -> None:
    with pytest.raises(SetupError):
        await _caldav(httpx.Response(409), httpx.Response(404)).save_hold(_HOLD)
