"""Typeform as a form source, over a stand-in that pages and sorts as the Responses API does."""

import json
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from orchestration_project.connectors.form_source import typeform
from orchestration_project.connectors.form_source.interface import FormHealth
from orchestration_project.connectors.form_source.typeform import Typeform
from orchestration_project.data.fields import map_fields
from orchestration_project.data.payload import parse_payload
from orchestration_project.errors import (
    CredentialError,
    LeadsError,
    SetupError,
    TransientServiceError,
)
from orchestration_project.fake_services import base
from orchestration_project.fake_services.typeform import TOKEN, FakeTypeform
from orchestration_project.ledger import open_ledger
from orchestration_project.model import Delivery, Page
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.services import given as connector_context
from orchestration_project_tests.connectors.services import violations
from orchestration_project_tests.data_sets import naughty_strings

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
FIELDS: dict[str, tuple[str, ...]] = {"message": ("How can we help?",), "name": ("who",)}
QUESTIONS = {"mail": "Email", "who": "What's your name?", "need": "How can we help?", "cash": "Budget"}


@pytest.fixture
def service() -> Generator[FakeTypeform]:
    with FakeTypeform() as running:
        running.add_form("u6nXL7", QUESTIONS, hidden=("utm_source",))
        yield running


def open_source(http: httpx.AsyncClient, service: FakeTypeform, token: str = TOKEN, **line: Any) -> Typeform:
    environment = {"TYPEFORM_TOKEN": token, "TYPEFORM_BASE_URL": service.base_url}
    options = {"form": "u6nXL7", **line.pop("options", {})}
    connection = Connection(connector="typeform", options=options, **line)
    return Typeform.open(connection, connector_context(http, environment, clock=lambda: NOW))


@pytest.fixture
def source(http: httpx.AsyncClient, service: FakeTypeform) -> Typeform:
    return open_source(http, service, fields=FIELDS)


def ids(page: Page) -> list[str | None]:
    return [delivery.external_id for delivery in page.deliveries]


def lead_fields(delivery: Delivery, fields: dict[str, tuple[str, ...]]) -> Any:
    return map_fields(parse_payload(delivery.raw), fields)


async def test_answers_become_lead_fields_by_title_by_ref_and_by_hidden_field(
    source: Typeform, service: FakeTypeform
) -> None:
    answers = {"mail": "ann@acme.example", "who": "Ann Lee", "need": "Please do our books.", "cash": 600}
    service.submit("u6nXL7", "r1", NOW, answers, {"utm_source": "ads"})
    [delivery] = (await source.fetch(None)).deliveries
    mapped = lead_fields(delivery, FIELDS)
    assert mapped.values == {
        "id": "r1",
        "submitted_at": NOW.isoformat(),
        "email": "ann@acme.example",
        "name": "Ann Lee",
        "message": "Please do our books.",
        "budget": "600",
        "utm_source": "ads",
        "landing_page": "https://larkfield.typeform.com/to/u6nXL7",
    }
    assert mapped.extra == {}
    assert mapped.problems == ()


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ({"type": "choice", "choice": {"label": "Payroll"}}, "Payroll"),
        ({"type": "choice", "choice": {"other": "Something"}}, "Something"),
        ({"type": "choices", "choices": {"labels": ["A", "B"], "other": "C"}}, "A, B, C"),
        ({"type": "email", "email": "a@b.example"}, "a@b.example"),
        ({"type": "phone_number", "phone_number": "+441"}, "+441"),
        ({"type": "payment", "payment": {"amount": "10", "last4": "4242"}}, "10"),
        ({"type": "boolean", "boolean": True}, "true"),
        ({"type": "hologram", "hologram": {"x": 1}}, None),
    ],
)
async def test_every_type_of_answer_is_read(
    source: Typeform, service: FakeTypeform, answer: JsonValue, text: str | None
) -> None:
    service.submit("u6nXL7", "r1", NOW, {"need": answer})
    [delivery] = (await source.fetch(None)).deliveries
    assert lead_fields(delivery, FIELDS).values.get("message") == text


async def test_questions_inside_a_group_are_found(source: Typeform, service: FakeTypeform) -> None:
    inner = service.forms["u6nXL7"]["fields"]
    group = {"id": "g", "ref": "g", "title": "About you", "type": "group", "properties": {"fields": inner}}
    service.forms["u6nXL7"]["fields"] = [group]
    service.submit("u6nXL7", "r1", NOW, {"mail": "a@b.example"})
    [delivery] = (await source.fetch(None)).deliveries
    assert lead_fields(delivery, {}).values["email"] == "a@b.example"


async def test_two_questions_of_one_title_stay_apart(http: httpx.AsyncClient, service: FakeTypeform) -> None:
    service.add_form("u6nXL7", {"one": "Colour", "two": "Colour"})
    service.submit("u6nXL7", "r1", NOW, {"one": "first", "two": "second"})
    [delivery] = (await open_source(http, service).fetch(None)).deliveries
    assert lead_fields(delivery, {}).extra == {
        "answers.Colour (one)": "first",
        "answers.Colour (two)": "second",
    }


async def test_the_first_look_goes_back_a_day_or_as_far_as_the_line_says(
    http: httpx.AsyncClient, service: FakeTypeform
) -> None:
    for days in (0.5, 2, 400):
        service.submit("u6nXL7", f"{days} days", NOW - timedelta(days=days), {})
    assert ids(await open_source(http, service).fetch(None)) == ["0.5 days"]
    since = open_source(http, service, options={"since": "2026-11-01"})
    assert ids(await since.fetch(None)) == ["2 days", "0.5 days"]


async def test_nothing_is_delivered_twice_and_a_late_one_is_not_missed(
    source: Typeform, service: FakeTypeform
) -> None:
    service.submit("u6nXL7", "r1", NOW - timedelta(minutes=50), {})
    first = await source.fetch(None)
    service.submit("u6nXL7", "r2", NOW, {})
    second = await source.fetch(first.cursor)
    # Typeform lists some responses only half an hour after they were given
    service.submit("u6nXL7", "late", NOW - timedelta(minutes=20), {})
    third = await source.fetch(second.cursor)
    assert [ids(page) for page in (first, second, third)] == [["r1"], ["r2"], ["late"]]
    assert ids(await source.fetch(third.cursor)) == []


async def test_a_backlog_comes_page_by_page_oldest_first(
    source: Typeform, service: FakeTypeform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typeform, "PAGE_SIZE", 3)
    for number in range(8):  # all in one second, where only the token tells them apart
        service.submit("u6nXL7", f"r{number}", NOW + timedelta(milliseconds=number), {})
    cursor, delivered = None, list[str | None]()
    for _ in range(4):
        page = await source.fetch(cursor)
        cursor, delivered = page.cursor, delivered + ids(page)
    assert delivered == [f"r{number}" for number in range(8)]
    assert ids(await source.fetch(cursor)) == []


async def test_a_damaged_cursor_begins_anew(source: Typeform, service: FakeTypeform) -> None:
    service.submit("u6nXL7", "r1", NOW, {})
    assert ids(await source.fetch('{"since": "soon"}')) == ["r1"]


async def test_the_form_is_not_asked_for_when_nothing_is_new(source: Typeform, service: FakeTypeform) -> None:
    assert (await source.fetch(None)).deliveries == ()
    assert len(service.requests) == 1


async def test_check_names_the_form_and_a_question_that_is_gone(
    http: httpx.AsyncClient, service: FakeTypeform
) -> None:
    assert (await open_source(http, service, fields={"utm_source": ("utm_source",)}).check()).ok
    health = await open_source(http, service, fields={"message": ("What do you need?",)}).check()
    assert not health.ok
    assert "`What do you need?` (message)" in health.says
    assert "How can we help?" in health.mend


async def test_check_tells_what_the_form_asks_by_the_names_of_its_answers(
    source: Typeform, service: FakeTypeform
) -> None:
    fields = service.forms["u6nXL7"]["fields"]
    text = {"id": "t", "ref": "t", "title": "Welcome, dear visitor", "type": "statement"}
    fields[:] = [text, {"id": "g", "title": "You", "type": "group", "properties": {"fields": fields[:]}}]
    health = await source.check()
    assert isinstance(health, FormHealth)
    assert health.asks == ("Email", "who", "How can we help?", "Budget")
    assert health.says.endswith("it asks 4 questions.")


async def test_what_the_form_asks_is_told_when_a_question_is_gone_too(
    http: httpx.AsyncClient, service: FakeTypeform
) -> None:
    service.add_form("u6nXL7", {"need": "What\nis \x1b[31m" + "very " * 40 + "much needed?"})
    health = await open_source(http, service, fields={"message": ("How can we help?",)}).check()
    assert isinstance(health, FormHealth)
    assert not health.ok
    assert [ask[:4] for ask in health.asks] == ["What"]
    assert health.mend.startswith("Correct `fields:` on its line. The form asks `What is [31mvery very")
    assert len(health.mend) < 150


@pytest.mark.parametrize(("asked", "content"), [("api.typeform.com", False), ("api.eu.typeform.com", True)])
async def test_check_tells_of_a_form_whose_responses_are_in_another_region(asked: str, content: bool) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/responses"):
            return httpx.Response(200, json={"items": []})
        responses = "https://api.eu.typeform.com/forms/u6nXL7/responses"
        return httpx.Response(200, json={"title": "Contact", "_links": {"responses": responses}})

    environment = {"TYPEFORM_TOKEN": "tfp_x", "TYPEFORM_BASE_URL": f"https://{asked}"}
    async with httpx.AsyncClient(transport=httpx.MockTransport(answer)) as http:
        line = Connection(connector="typeform", options={"form": "u6nXL7"})
        health = await Typeform.open(line, connector_context(http, environment, clock=lambda: NOW)).check()
    assert health.ok is content
    assert content or "TYPEFORM_BASE_URL=https://api.eu.typeform.com" in health.mend


async def test_check_of_a_form_that_does_not_exist_says_where_its_id_is(
    http: httpx.AsyncClient, service: FakeTypeform
) -> None:
    health = await open_source(http, service, options={"form": "n/o"}).check()
    assert not health.ok
    assert "n/o" in health.says
    with pytest.raises(SetupError, match="404"):
        await open_source(http, service, options={"form": "nope"}).fetch(None)


async def test_an_expired_token_is_a_credential_error_and_a_health(
    http: httpx.AsyncClient, service: FakeTypeform
) -> None:
    expired = open_source(http, service, token="tfp_old")
    with pytest.raises(CredentialError, match="401") as caught:
        await expired.fetch(None)
    assert "tfp_old" not in str(caught.value) + repr(expired)
    health = await expired.check()
    assert (health.ok, "credential" in health.mend) == (False, True)


@pytest.mark.parametrize("fault", [base.rate_limited(), base.status(500), base.truncated(), base.web_page()])
async def test_a_bad_moment_is_tried_again(
    source: Typeform, service: FakeTypeform, fault: base.Fault
) -> None:
    service.submit("u6nXL7", "r1", NOW, {})
    service.next_answer(fault)
    assert ids(await source.fetch(None)) == ["r1"]


@pytest.mark.parametrize("fault", [base.rate_limited(3600), base.status(503), base.answer_lost()])
async def test_what_lasts_is_raised_as_transient(
    source: Typeform, service: FakeTypeform, fault: base.Fault
) -> None:
    service.next_answer(fault, fault, fault)
    with pytest.raises(TransientServiceError, match=r"^Typeform: "):
        await source.fetch(None)


async def test_after_a_crash_before_the_cursor_was_kept_the_ledger_keeps_one(
    source: Typeform, service: FakeTypeform, database: sqlalchemy.Engine
) -> None:
    service.submit("u6nXL7", "r1", NOW, {"mail": "a@b.example"})
    ledger = open_ledger(database, lambda: NOW)
    for expected_new in (True, False):
        page = await source.fetch(None)
        [stored] = ledger.submissions.store("typeform", page.deliveries)
        assert stored.new is expected_new
    ledger.close()


async def test_what_goes_out_keeps_to_the_official_description(
    source: Typeform, service: FakeTypeform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typeform, "PAGE_SIZE", 1)
    for number in range(2):
        service.submit("u6nXL7", f"r{number}", NOW, {"name": f"Jo {number}"})
    page = await source.fetch(None)
    await source.fetch(page.cursor)
    await source.check()
    assert len(service.requests) == 6
    assert violations("typeform", service.requests, answers=service.answers) == []


async def test_naughty_strings_survive(source: Typeform, service: FakeTypeform) -> None:
    strings = [text for text in naughty_strings() if text.strip() and "\x00" not in text]
    for number, text in enumerate(strings):
        service.submit("u6nXL7", f"r{number:04}", NOW, {"need": text})
    cursor, delivered = None, list[Delivery]()
    for _ in range(4):
        page = await source.fetch(cursor)
        cursor, delivered = page.cursor, [*delivered, *page.deliveries]
    by_id = {delivery.external_id: json.loads(delivery.raw) for delivery in delivered}
    for number, text in enumerate(strings):
        answers = {pair["name"]: pair["value"] for pair in by_id[f"r{number:04}"]["answers"]}
        assert answers["How can we help?"] == text


@settings(max_examples=50)
@given(title=st.text(), answer=st.text())
def test_whatever_title_and_answer_the_payload_can_be_read(title: str, answer: str) -> None:
    from orchestration_project.connectors.form_source.questions import Question, delivery, names_of

    question = Question(id="q", title=title)
    made = delivery("1", NOW.isoformat(), [(names_of([question], {})["q"], answer)], {})
    parse_payload(made.raw)


def test_without_a_token_or_a_form_opening_says_what_is_missing(service: FakeTypeform) -> None:
    client = httpx.AsyncClient()
    with pytest.raises(LeadsError, match="TYPEFORM_TOKEN"):
        Typeform.open(Connection(connector="typeform", options={"form": "x"}), connector_context(client, {}))
    with pytest.raises(LeadsError, match="`form`"):
        Typeform.open(Connection(connector="typeform"), connector_context(client, {"TYPEFORM_TOKEN": "x"}))
