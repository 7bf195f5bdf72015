"""Tally as a form source, over a stand-in that lists the newest first as the real one does."""

import json
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy

from orchestration_project.connectors import listing
from orchestration_project.connectors.form_source import tally
from orchestration_project.connectors.form_source.interface import FormHealth
from orchestration_project.connectors.form_source.tally import Tally
from orchestration_project.data.fields import map_fields
from orchestration_project.data.payload import parse_payload
from orchestration_project.errors import (
    CredentialError,
    PermanentServiceError,
    SetupError,
    TransientServiceError,
)
from orchestration_project.fake_services import base
from orchestration_project.fake_services.tally import KEY, FakeTally
from orchestration_project.ledger import open_ledger
from orchestration_project.model import Page
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.services import given, violations
from orchestration_project_tests.data_sets import naughty_strings

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
QUESTIONS = {"q1": "Email", "q2": "First name", "q3": "How can we help?"}


@pytest.fixture
def service() -> Generator[FakeTally]:
    with FakeTally() as running:
        running.add_form("mexJoq", QUESTIONS, hidden=("utm_source", "utm_campaign"))
        yield running


def open_source(http: httpx.AsyncClient, service: FakeTally, key: str = KEY, **line: Any) -> Tally:
    environment = {"TALLY_API_KEY": key, "TALLY_BASE_URL": service.base_url}
    options = {"form": "mexJoq", **line.pop("options", {})}
    connection = Connection(connector="tally", options=options, **line)
    return Tally.open(connection, given(http, environment, clock=lambda: NOW))


@pytest.fixture
def source(http: httpx.AsyncClient, service: FakeTally) -> Tally:
    return open_source(http, service, fields={"message": ("How can we help?",)})


def ids(page: Page) -> list[str | None]:
    return [delivery.external_id for delivery in page.deliveries]


async def test_answers_become_lead_fields_by_title_and_hidden_fields_by_name(
    source: Tally, service: FakeTally
) -> None:
    hidden = {"uuid-utm_source": "ads", "utm_campaign": "spring"}
    answers = {"q1": "ann@acme.example", "q2": "Ann", "q3": ["Payroll", "Books"], "hidden": hidden}
    service.submit("mexJoq", "s1", NOW, answers)
    [delivery] = (await source.fetch(None)).deliveries
    mapped = map_fields(parse_payload(delivery.raw), {"message": ("How can we help?",)})
    assert mapped.values == {
        "id": "s1",
        "submitted_at": NOW.isoformat(),
        "email": "ann@acme.example",
        "first_name": "Ann",
        "message": "Payroll, Books",
        "utm_source": "ads",
        "utm_campaign": "spring",
    }
    assert mapped.problems == ()


async def test_every_request_says_which_version_of_the_api_it_means(
    source: Tally, service: FakeTally
) -> None:
    await source.check()
    await source.fetch(None)
    assert {request.headers.get("tally-version") for request in service.requests} == {tally.VERSION}


async def test_the_answer_to_a_deleted_question_is_kept(source: Tally, service: FakeTally) -> None:
    service.questions["mexJoq"][1]["isDeleted"] = True
    service.submit("mexJoq", "s1", NOW - timedelta(hours=1), {"q2": "Ann", "gone": "x"})
    service.submit("mexJoq", "s2", NOW, {"q1": "b@acme.example"})
    before, after = (await source.fetch(None)).deliveries
    assert map_fields(parse_payload(before.raw), {}).values["first_name"] == "Ann"
    assert map_fields(parse_payload(before.raw), {}).extra == {"answers.gone": "x"}
    assert "First name" not in after.raw.decode()


async def test_pages_are_read_to_the_end_and_delivered_oldest_first_and_once(
    source: Tally, service: FakeTally, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally, "PAGE_SIZE", 3)
    for number in range(8):
        service.submit("mexJoq", f"s{number}", NOW + timedelta(milliseconds=number), {})
    page = await source.fetch(None)
    assert ids(page) == [f"s{number}" for number in range(8)]
    service.submit("mexJoq", "s8", NOW + timedelta(minutes=5), {})
    second = await source.fetch(page.cursor)
    assert ids(second) == ["s8"]
    assert ids(await source.fetch(second.cursor)) == []


async def test_a_long_backlog_goes_on_where_the_look_ended(
    source: Tally, service: FakeTally, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tally, "PAGE_SIZE", 2)
    monkeypatch.setattr(listing, "MOST_PAGES", 2)
    for number in range(7):
        service.submit("mexJoq", f"s{number}", NOW + timedelta(milliseconds=number), {})
    first = await source.fetch(None)
    # one that comes in meanwhile moves the others on
    service.submit("mexJoq", "new", NOW + timedelta(minutes=1), {})
    second = await source.fetch(first.cursor)
    third = await source.fetch(second.cursor)
    fourth = await source.fetch(third.cursor)
    assert ids(first) == ["s3", "s4", "s5", "s6"]
    assert ids(second) == ["s2"]  # the last page is read once more, as one may be deleted meanwhile
    assert ids(third) == ["s0", "s1"]
    assert ids(fourth) == ["new"]


async def test_check_reads_the_questions_and_names_one_that_is_gone(
    http: httpx.AsyncClient, service: FakeTally
) -> None:
    assert (await open_source(http, service, fields={"utm_source": ("utm_source",)}).check()).ok
    health = await open_source(http, service, fields={"message": ("Your wish",)}).check()
    assert "`Your wish` (message)" in health.says


async def test_check_tells_what_the_form_asks_and_neither_hidden_nor_calculated_nor_deleted_fields(
    source: Tally, service: FakeTally
) -> None:
    first, second, *_ = service.questions["mexJoq"]
    sum_up = {"id": "c", "type": "CALCULATED_FIELDS", "title": "Points", "isDeleted": False, "fields": []}
    service.questions["mexJoq"].append(sum_up)
    service.questions["mexJoq"].append({**first, "id": "q9"})
    second["isDeleted"] = True
    health = await source.check()
    assert isinstance(health, FormHealth)
    assert health.asks == ("Email (q1)", "How can we help?", "Email (q9)")


async def test_a_form_that_does_not_exist_is_named(http: httpx.AsyncClient, service: FakeTally) -> None:
    nowhere = open_source(http, service, options={"form": "nope"})
    assert "nope" in (await nowhere.check()).says
    with pytest.raises(SetupError, match="404"):
        await nowhere.fetch(None)


async def test_an_expired_key_is_a_credential_error_and_a_health(
    http: httpx.AsyncClient, service: FakeTally
) -> None:
    expired = open_source(http, service, key="tly-old")
    with pytest.raises(CredentialError, match="401") as caught:
        await expired.fetch(None)
    assert "tly-old" not in str(caught.value) + repr(expired)
    assert not (await expired.check()).ok


@pytest.mark.parametrize("fault", [base.rate_limited(), base.status(500), base.truncated(), base.web_page()])
async def test_a_bad_moment_is_tried_again(source: Tally, service: FakeTally, fault: base.Fault) -> None:
    service.submit("mexJoq", "s1", NOW, {})
    service.next_answer(fault)
    assert ids(await source.fetch(None)) == ["s1"]


@pytest.mark.parametrize("fault", [base.rate_limited(3600), base.status(503), base.answer_lost()])
async def test_what_lasts_is_raised_as_transient(
    source: Tally, service: FakeTally, fault: base.Fault
) -> None:
    service.next_answer(fault, fault, fault)
    with pytest.raises(TransientServiceError, match=r"^Tally: "):
        await source.fetch(None)


async def test_a_failure_inside_a_200_is_seen(source: Tally, service: FakeTally) -> None:
    service.next_answer(base.inside_200({"error": "maintenance"}))
    with pytest.raises(PermanentServiceError, match="error inside"):
        await source.fetch(None)


async def test_after_a_crash_before_the_cursor_was_kept_the_ledger_keeps_one(
    source: Tally, service: FakeTally, database: sqlalchemy.Engine
) -> None:
    service.submit("mexJoq", "s1", NOW, {"q1": "a@b.example"})
    ledger = open_ledger(database, lambda: NOW)
    for expected_new in (True, False):
        [stored] = ledger.submissions.store("tally", (await source.fetch(None)).deliveries)
        assert stored.new is expected_new
    ledger.close()


async def test_what_goes_out_keeps_to_the_official_description(source: Tally, service: FakeTally) -> None:
    await source.fetch(None)
    await source.check()
    assert len(service.requests) == 3
    assert violations("tally", service.requests, answers=service.answers) == []


async def test_naughty_strings_survive(source: Tally, service: FakeTally) -> None:
    strings = [text for text in naughty_strings() if text]
    for number, text in enumerate(strings):
        service.submit("mexJoq", f"s{number}", NOW, {"q3": text})
    by_id = {one.external_id: json.loads(one.raw) for one in (await source.fetch(None)).deliveries}
    for number, text in enumerate(strings):
        answers = {pair["name"]: pair["value"] for pair in by_id[f"s{number}"]["answers"]}
        assert answers["How can we help?"] == text
