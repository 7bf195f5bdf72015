"""Slack gets one message a lead: its words as they are, found again by its key, failures in words."""

from collections.abc import Generator
from datetime import UTC, datetime, timedelta

import anyio
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration_project.connectors.base import connector_class
from orchestration_project.connectors.chat import TABLE
from orchestration_project.connectors.chat.interface import Link
from orchestration_project.connectors.chat.slack import PAGE, PAGES, Slack
from orchestration_project.errors import (
    CredentialError,
    LeadsError,
    PermanentServiceError,
    RefusedForNow,
    ServiceError,
    SetupError,
    TransientServiceError,
)
from orchestration_project.fake_services.base import (
    Fault,
    answer_lost,
    inside_200,
    rate_limited,
    status,
    truncated,
    web_page,
)
from orchestration_project.fake_services.slack import CHANNEL, SlackService, refused
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.services import Watched, naughty_texts, violations
from orchestration_project_tests.connectors.services import given as connector_context
from orchestration_project_tests.hand_clock import HandClock

pytestmark = pytest.mark.anyio

KEY = "L-abcdefghij"
TEXT = "Priority 9/10 · Zoë wants Payroll: `x` *y*"
POST = "POST /api/chat.postMessage"


@pytest.fixture
def service() -> Generator[SlackService]:
    with SlackService() as running:
        yield running


def open_slack(http: httpx.AsyncClient, service: SlackService, **options: str) -> Slack:
    connection = Connection(connector="slack", options={"channel": CHANNEL, **options})
    return Slack.open(connection, connector_context(http, service.environment))


@pytest.fixture
def slack(http: httpx.AsyncClient, service: SlackService) -> Slack:
    return open_slack(http, service)


async def test_a_message_stands_in_the_channel_with_its_key(slack: Slack, service: SlackService) -> None:
    written = await slack.post(KEY, TEXT)
    [message] = service.messages
    assert message.text == TEXT
    assert message.metadata == {"event_type": "lead_intake", "event_payload": {"key": KEY}}
    assert written.external_id == f"{CHANNEL}/{message.ts}"
    assert written.url == f"https://demo.slack.com/archives/{CHANNEL}/p{message.ts.replace('.', '')}"


async def test_what_a_stranger_wrote_calls_nobody_and_shows_no_preview(
    slack: Slack, service: SlackService
) -> None:
    await slack.post(KEY, "<!channel> <@U1> <https://evil.example|click> & *bold*")
    [message] = service.messages
    assert message.text == "&lt;!channel&gt; &lt;@U1&gt; &lt;https://evil.example|click&gt; &amp; *bold*"
    off = ("mrkdwn", "link_names", "unfurl_links", "unfurl_media")
    assert [message.sent[name] for name in off] == [False] * 4


async def test_links_stand_behind_plain_words(slack: Slack, service: SlackService) -> None:
    links = [
        Link(label="draft", url="https://mail.example/d/1?a=b&c=d"),
        Link(label="contact", url="file:///home/contacts/1"),
        Link(label="run", url="http://127.0.0.1:3000/runs/9"),
    ]
    await slack.post(KEY, "*Jane* <!channel>", links)
    [message] = service.messages
    assert message.text == "*Jane* &lt;!channel&gt;"  # of the notification
    [block] = message.sent["blocks"]
    [section] = block["elements"]
    assert (block["type"], section["type"]) == ("rich_text", "rich_text_section")
    assert [part for part in section["elements"] if part["type"] == "link"] == [
        {"type": "link", "url": "https://mail.example/d/1?a=b&c=d", "text": "draft"},
        {"type": "link", "url": "http://127.0.0.1:3000/runs/9", "text": "run"},
    ]
    words = [part["text"] for part in section["elements"] if part["type"] == "text"]
    assert words == ["*Jane* <!channel>", "\n", " · "]


async def test_without_an_address_that_slack_opens_it_is_only_words(
    slack: Slack, service: SlackService
) -> None:
    await slack.post(KEY, TEXT, [Link(label="draft", url="file:///a.eml")])
    [message] = service.messages
    assert "blocks" not in message.sent


async def test_a_message_is_found_by_its_key_among_others(slack: Slack, service: SlackService) -> None:
    assert await slack.find_message(KEY) is None
    written = await slack.post(KEY, TEXT)
    service.say(f"What about {KEY}?")
    service.say("x", event_type="other_app", event_payload={"key": "L-other"})
    assert await slack.find_message(KEY) == written
    assert await slack.find_message("L-other") is None


async def test_a_message_some_pages_ago_is_found(slack: Slack, service: SlackService) -> None:
    written = await slack.post(KEY, TEXT)
    for number in range(2 * PAGE):
        service.say(str(number))
    assert await slack.find_message(KEY) == written
    assert len(service.asked("GET /api/conversations.history")) == 3


async def test_a_message_that_came_to_be_there_twice_is_found_twice(
    slack: Slack, service: SlackService
) -> None:
    first = await slack.post(KEY, TEXT)
    for number in range(PAGE):
        service.say(str(number))
    second = await slack.post(KEY, TEXT)
    assert await slack.twins("message", KEY, None) == (second, first)
    assert await slack.twins("message", "L-other", None) == ()
    assert await slack.twins("note", KEY, None) == ()


async def test_a_long_history_is_not_read_to_its_end(slack: Slack, service: SlackService) -> None:
    for number in range(PAGE * (PAGES + 1)):
        service.say(str(number))
    assert await slack.find_message(KEY) is None
    assert len(service.asked("GET /api/conversations.history")) == PAGES


async def test_only_the_last_month_is_asked_for(slack: Slack, service: SlackService) -> None:
    await slack.find_message(KEY)
    [request] = service.requests
    # by the clock that the connector was given
    assert request.param("oldest") == f"{datetime(2026, 10, 25, 9, 30, tzinfo=UTC).timestamp():.6f}"


@pytest.mark.parametrize("fault", [answer_lost(), truncated()])
async def test_after_a_crash_between_act_and_record_there_is_one_message(
    slack: Slack, service: SlackService, fault: Fault
) -> None:
    service.next_answer(fault, to=POST)
    with pytest.raises(TransientServiceError):
        await slack.post(KEY, TEXT)
    assert await slack.find_message(KEY) is not None
    assert len(service.messages) == len(service.asked(POST)) == 1


async def test_a_missing_link_does_not_undo_the_message(slack: Slack, service: SlackService) -> None:
    service.next_answer(*[status(500)] * 3, to="GET /api/chat.getPermalink")
    written = await slack.post(KEY, TEXT)
    assert written.url is None
    assert len(service.messages) == 1


@pytest.mark.parametrize("fault", [rate_limited(), refused("ratelimited"), refused("rate_limited")])
async def test_a_rate_limit_that_passes_is_waited_for(
    slack: Slack, service: SlackService, fault: Fault
) -> None:
    service.next_answer(fault, to=POST)
    await slack.post(KEY, TEXT)
    assert len(service.messages) == 1


async def test_a_long_rate_limit_is_told_with_its_wait(slack: Slack, service: SlackService) -> None:
    body = {"ok": False, "error": "ratelimited"}
    service.next_answer(status(429, body, **{"Retry-After": "60"}), to=POST)
    with pytest.raises(TransientServiceError) as caught:
        await slack.post(KEY, TEXT)
    assert caught.value.retry_after == 60


@pytest.mark.parametrize(
    ("error", "kind", "mend"),
    [
        ("invalid_auth", CredentialError, "SLACK_TOKEN"),
        ("token_expired", CredentialError, "SLACK_TOKEN"),
        ("token_revoked", CredentialError, "SLACK_TOKEN"),
        ("missing_scope", CredentialError, "channels:history"),
        ("channel_not_found", SetupError, "/invite"),
        ("not_in_channel", SetupError, "/invite"),
        ("is_archived", SetupError, "Unarchive"),
        ("restricted_action", SetupError, "administrators"),
        ("something_new", PermanentServiceError, "something_new"),
    ],
)
async def test_a_failure_inside_of_a_200_says_what_to_do(
    slack: Slack, service: SlackService, error: str, kind: type[Exception], mend: str
) -> None:
    service.next_answer(refused(error), to=POST)
    with pytest.raises(kind, match=mend) as caught:
        await slack.post(KEY, TEXT)
    assert type(caught.value) is kind
    assert len(service.asked(POST)) == 1


@pytest.mark.parametrize("error", ["request_timeout", "team_added_to_org", "message_limit_exceeded"])
async def test_what_slack_surely_has_not_done_is_a_refusal_for_now(
    slack: Slack, service: SlackService, error: str
) -> None:
    service.next_answer(*[refused(error)] * 3, to=POST)
    with pytest.raises(RefusedForNow) as caught:
        await slack.post(KEY, TEXT)
    assert caught.value.answered


async def test_a_failure_of_slack_itself_may_have_posted_and_is_not_repeated_blindly(
    slack: Slack, service: SlackService
) -> None:
    service.next_answer(refused("internal_error"), to=POST)
    with pytest.raises(TransientServiceError, match="internal_error") as caught:
        await slack.post(KEY, TEXT)
    assert caught.value.effect_unknown
    assert caught.value.answered
    assert len(service.asked(POST)) == 1


@pytest.mark.parametrize("fault", [status(500), web_page(), status(503), Fault(hang_up=True), truncated()])
async def test_could_not_ask_is_not_the_same_as_not_found(
    slack: Slack, service: SlackService, fault: Fault
) -> None:
    service.next_answer(fault, fault, fault)
    with pytest.raises(TransientServiceError):
        await slack.find_message(KEY)


@pytest.mark.parametrize("body", [{"ok": 1}, {"ok": None}, {"ok": True}, [], "text"])
async def test_an_answer_of_another_shape_is_no_posted_message(
    slack: Slack, service: SlackService, body: object
) -> None:
    service.next_answer(inside_200(body), to=POST)
    with pytest.raises(ServiceError) as caught:
        await slack.post(KEY, TEXT)
    assert caught.value.effect_unknown


async def test_a_revoked_token_says_how_to_renew_it(slack: Slack, service: SlackService) -> None:
    service.token = ""
    with pytest.raises(CredentialError, match="SLACK_TOKEN"):
        await slack.find_message(KEY)
    health = await slack.check()
    assert not health.ok
    assert "SLACK_TOKEN" in health.mend


async def test_the_check_sees_scope_and_membership(slack: Slack, service: SlackService) -> None:
    assert (await slack.check()).ok
    assert len(service.requests) == 1
    service.scopes = "channels:history"
    assert "chat:write" in (await slack.check()).says
    service.is_member = False
    assert "/invite" in (await slack.check()).mend


async def test_the_token_of_an_app_with_token_rotation_is_told_to_end(
    http: httpx.AsyncClient, service: SlackService, clock: HandClock
) -> None:
    assert (await open_slack(http, service).check()).ends is None
    service.token = "xoxe.xoxb-1-rotating"
    connection = Connection(connector="slack", options={"channel": CHANNEL})
    environment = {**service.environment, "SLACK_TOKEN": service.token}
    health = await Slack.open(connection, connector_context(http, environment, clock=clock)).check()
    assert health.ok and health.ends == (clock() + timedelta(hours=12)).date()
    assert "token rotation" in health.mend


async def test_what_is_missing_or_wrong_is_named_when_opening(
    http: httpx.AsyncClient, service: SlackService
) -> None:
    with pytest.raises(LeadsError, match="SLACK_TOKEN is not set"):
        Slack.open(Connection(connector="slack", options={"channel": CHANNEL}), connector_context(http, {}))
    with pytest.raises(LeadsError, match="channel"):
        Slack.open(Connection(connector="slack"), connector_context(http, service.environment))
    with pytest.raises(LeadsError, match="channel"):
        open_slack(http, service, channel="#sales")
    with pytest.raises(LeadsError, match="colour"):
        open_slack(http, service, colour="red")


def test_the_table_names_it() -> None:
    assert connector_class("chat", "slack", TABLE) is Slack


async def test_what_goes_out_keeps_to_the_official_description(slack: Slack, service: SlackService) -> None:
    watched = Watched(slack)
    slack = watched.connector
    await slack.post(KEY, TEXT, [Link(label="draft", url="https://mail.example/d/1")])
    for number in range(PAGE):
        service.say(str(number))
    await slack.find_message(KEY)
    await slack.twins("message", KEY, None)
    await slack.check()
    assert watched.left_out == set()
    assert len(service.requests) == 9
    assert violations("slack", service.requests, answers=service.answers) == []


async def test_naughty_texts_survive(slack: Slack, service: SlackService) -> None:
    for text in naughty_texts(10):
        await survives(slack, service, text)


@settings(max_examples=30)
@given(st.text(max_size=300))
def test_any_text_survives(text: str) -> None:
    async def run() -> None:
        async with httpx.AsyncClient(trust_env=False, verify=False) as http:
            await survives(open_slack(http, service), service, text)

    with SlackService() as service:
        anyio.run(run)


async def survives(slack: Slack, service: SlackService, text: str) -> None:
    service.messages.clear()
    await slack.post(KEY, text)
    [message] = service.messages
    # Slack knows these three entities and no other
    assert not set(message.text) & set("<>")
    shown = message.text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
    assert shown == text
    assert await slack.find_message(KEY) is not None
