"""HubSpotForms reads one form of an account in memory."""

import json
from collections.abc import Generator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration_project.connectors.form_source.hubspot_forms import MOST, HubSpotForms
from orchestration_project.connectors.form_source.interface import FormHealth
from orchestration_project.data.fields import map_fields
from orchestration_project.data.payload import parse_payload
from orchestration_project.errors import (
    CredentialError,
    LeadsError,
    PermanentServiceError,
    SetupError,
    TransientServiceError,
)
from orchestration_project.fake_services.base import (
    Fault,
    inside_200,
    rate_limited,
    silence,
    status,
    truncated,
    web_page,
)
from orchestration_project.fake_services.hubspot import TOKEN, FakeHubSpot
from orchestration_project.ledger import open_ledger
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.services import given as connector_context
from orchestration_project_tests.connectors.services import violations
from orchestration_project_tests.data_sets import naughty_strings
from orchestration_project_tests.hand_clock import HandClock

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_waiting")]

FORM = "78c2891f-ebdd-44c0-bd94-15c012bbbfbf"


@pytest.fixture
def hubspot(clock: HandClock) -> Generator[FakeHubSpot]:
    with FakeHubSpot(clock) as running:
        running.create_form(FORM)
        yield running


@pytest.fixture
def form(http: httpx.AsyncClient, hubspot: FakeHubSpot, clock: HandClock) -> HubSpotForms:
    return opened(http, hubspot, clock)


def opened(
    http: httpx.AsyncClient,
    hubspot: FakeHubSpot,
    clock: HandClock,
    fields: dict[str, tuple[str, ...]] | None = None,
    **options: Any,
) -> HubSpotForms:
    environment = {"HUBSPOT_TOKEN": TOKEN, "HUBSPOT_BASE_URL": hubspot.base_url}
    connection = Connection(connector="hubspot_forms", fields=fields or {}, options={"form": FORM, **options})
    return HubSpotForms.open(connection, connector_context(http, environment, clock=clock))


async def test_submissions_come_once_and_oldest_first(
    form: HubSpotForms, hubspot: FakeHubSpot, now: datetime
) -> None:
    first = hubspot.submit(FORM, now - timedelta(minutes=2), email="jane@acme.example", message="Help")
    second = hubspot.submit(FORM, now - timedelta(minutes=1), email="kim@beta.example")
    page = await form.fetch(None)
    assert [delivery.external_id for delivery in page.deliveries] == [first, second]
    await form.stored(page)
    assert (await form.fetch(page.cursor)).deliveries == ()
    third = hubspot.submit(FORM, now, email="joe@acme.example")
    page = await form.fetch(page.cursor)
    assert [delivery.external_id for delivery in page.deliveries] == [third]


async def test_the_data_layer_understands_a_submission(
    form: HubSpotForms, hubspot: FakeHubSpot, now: datetime
) -> None:
    hubspot.submit(FORM, now, email="jane@acme.example", firstname="Jane", lastname="Doe", message="Help")
    [delivery] = (await form.fetch(None)).deliveries
    values = map_fields(parse_payload(delivery.raw), {}).values
    assert (values["email"], values["first_name"], values["last_name"], values["message"]) == (
        "jane@acme.example",
        "Jane",
        "Doe",
        "Help",
    )
    assert values["submitted_at"] == str(int(now.timestamp() * 1000))


async def test_old_inquiries_are_no_new_leads_unless_asked_for(
    http: httpx.AsyncClient, form: HubSpotForms, hubspot: FakeHubSpot, clock: HandClock, now: datetime
) -> None:
    hubspot.submit(FORM, now - timedelta(days=3), email="old@acme.example")
    assert (await form.fetch(None)).deliveries == ()
    since = opened(http, hubspot, clock, since="2026-11-01T00:00:00Z")
    assert len((await since.fetch(None)).deliveries) == 1


async def test_a_submission_that_shows_late_is_not_missed(
    form: HubSpotForms, hubspot: FakeHubSpot, now: datetime
) -> None:
    hubspot.submit(FORM, now, email="jane@acme.example")
    page = await form.fetch(None)
    late = hubspot.submit(FORM, now - timedelta(minutes=9), email="late@acme.example")
    page = await form.fetch(page.cursor)
    assert [delivery.external_id for delivery in page.deliveries] == [late]


async def test_a_burst_comes_whole_and_in_order(
    form: HubSpotForms, hubspot: FakeHubSpot, now: datetime
) -> None:
    sent = [
        hubspot.submit(FORM, now - timedelta(minutes=5) + timedelta(milliseconds=number // 3), email="a@b.co")
        for number in range(MOST + 123)
    ]
    first = await form.fetch(None)
    second = await form.fetch(first.cursor)
    got = [delivery.external_id for page in (first, second) for delivery in page.deliveries]
    assert len(got) == len(sent)
    assert set(got) == set(sent)
    assert (await form.fetch(second.cursor)).deliveries == ()


async def test_after_a_crash_before_the_cursor_was_kept_nothing_is_stored_twice_and_nothing_is_lost(
    form: HubSpotForms, hubspot: FakeHubSpot, database: sqlalchemy.Engine, clock: HandClock, now: datetime
) -> None:
    sent = [hubspot.submit(FORM, now, email=f"lead{number}@acme.example") for number in range(MOST + 5)]
    ledger = open_ledger(database, clock)
    # the page was stored, its cursor was not; meanwhile one more came in
    stored = ledger.submissions.store("hubspot_forms", (await form.fetch(None)).deliveries)
    assert all(one.new for one in stored)
    sent.append(hubspot.submit(FORM, now, email="meanwhile@acme.example"))
    cursor: str | None = None
    new: list[bool] = []
    while (page := await form.fetch(cursor)).deliveries:
        new += [one.new for one in ledger.submissions.store("hubspot_forms", page.deliveries)]
        cursor = page.cursor
    assert len(new) == len(sent)
    assert sum(new) == len(sent) - len(stored)
    ledger.close()


async def test_a_form_that_is_not_there_is_told_by_check_and_fetch(
    http: httpx.AsyncClient, hubspot: FakeHubSpot, clock: HandClock
) -> None:
    gone = opened(http, hubspot, clock, form="no/such form")
    health = await gone.check()
    assert not health.ok
    assert "connections.yaml" in health.mend
    with pytest.raises(SetupError, match="no form"):
        await gone.fetch(None)


async def test_check_counts_the_questions(form: HubSpotForms) -> None:
    assert (await form.check()).says == "The form Contact us can be read; it asks 3 questions."


async def test_check_names_a_mapped_question_that_is_gone(
    http: httpx.AsyncClient, hubspot: FakeHubSpot, clock: HandClock
) -> None:
    health = await opened(http, hubspot, clock, fields={"message": ("your_wish",)}).check()
    assert not health.ok
    assert "`your_wish` (message)" in health.says


def field(name: str, *dependents: dict[str, Any], hidden: bool = False) -> dict[str, Any]:
    conditional = [{"dependentCondition": {}, "dependentField": each} for each in dependents]
    return {"name": name, "objectTypeId": "0-1", "hidden": hidden, "dependentFields": conditional}


async def test_check_tells_what_the_form_asks_sometimes_and_not_what_it_hides(
    http: httpx.AsyncClient, hubspot: FakeHubSpot, clock: HandClock
) -> None:
    shown = [
        field("email"),
        field("budget", field("why_so_much", field("how_much"))),
        field("plan", hidden=True),
    ]
    hubspot.next_answer(inside_200({"name": "Contact us", "fieldGroups": [{"fields": shown}]}))
    health = await opened(http, hubspot, clock, fields={"message": ("how_much",)}).check()
    assert isinstance(health, FormHealth)
    assert health.ok
    assert health.asks == ("email", "budget", "why_so_much", "how_much")


async def test_of_a_form_without_a_definition_the_answered_questions_are_told(
    form: HubSpotForms, hubspot: FakeHubSpot, now: datetime
) -> None:
    hubspot.submit(FORM, now, email="jane@acme.example", team_size="9")
    hubspot.submit(FORM, now, email="joe@acme.example", heard_from="Radio")
    hubspot.next_answer(status(404, {"status": "error", "message": "none"}))
    health = await form.check()
    assert isinstance(health, FormHealth)
    assert health.ok
    assert set(health.asks) == {"email", "team_size", "heard_from"}


@pytest.mark.parametrize("code", [401, 403])
async def test_a_credential_that_expired_is_to_be_renewed(
    form: HubSpotForms, hubspot: FakeHubSpot, code: int
) -> None:
    hubspot.next_answer(status(code), status(code))
    with pytest.raises(CredentialError):
        await form.fetch(None)
    health = await form.check()
    assert not health.ok
    assert "HUBSPOT_TOKEN" in health.mend


@pytest.mark.parametrize("fault", [status(500), web_page(), truncated(), rate_limited(600)])
async def test_could_not_ask_is_never_taken_for_nothing_new(
    form: HubSpotForms, hubspot: FakeHubSpot, fault: Fault
) -> None:
    hubspot.next_answer(*[fault] * 3)
    with pytest.raises(TransientServiceError):
        await form.fetch(None)


async def test_a_failure_inside_of_a_200_is_seen(form: HubSpotForms, hubspot: FakeHubSpot) -> None:
    hubspot.next_answer(inside_200({"status": "error", "category": "RATE"}))
    with pytest.raises(PermanentServiceError, match="RATE"):
        await form.fetch(None)


async def test_silence_ends_at_the_time_limit(form: HubSpotForms, hubspot: FakeHubSpot) -> None:
    object.__setattr__(form.api, "timeout", 0.1)
    hubspot.next_answer(*[silence()] * 3)
    with pytest.raises(TransientServiceError):
        await form.fetch(None)


async def test_a_rate_limit_that_passes_is_waited_for(
    form: HubSpotForms, hubspot: FakeHubSpot, now: datetime
) -> None:
    hubspot.submit(FORM, now, email="jane@acme.example")
    hubspot.next_answer(rate_limited())
    assert len((await form.fetch(None)).deliveries) == 1


async def test_without_a_form_opening_names_the_option(
    http: httpx.AsyncClient, hubspot: FakeHubSpot, clock: HandClock
) -> None:
    with pytest.raises(LeadsError, match="form"):
        opened(http, hubspot, clock, form=None)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(max_size=200))
async def test_what_people_write_survives_in_any_script(
    form: HubSpotForms, hubspot: FakeHubSpot, now: datetime, text: str
) -> None:
    hubspot.submissions[FORM].clear()
    hubspot.submit(FORM, now, message=text)
    [delivery] = (await form.fetch(None)).deliveries
    assert json.loads(delivery.raw)["values"] == [{"name": "message", "value": text}]


async def test_naughty_strings_survive(form: HubSpotForms, hubspot: FakeHubSpot, now: datetime) -> None:
    texts = naughty_strings()
    for number, text in enumerate(texts[:MOST]):
        hubspot.submit(FORM, now + timedelta(milliseconds=number), message=text)
    got = [json.loads(each.raw)["values"][0]["value"] for each in (await form.fetch(None)).deliveries]
    assert got == texts[:MOST]


async def test_what_goes_out_keeps_to_the_official_description(
    form: HubSpotForms, hubspot: FakeHubSpot, now: datetime
) -> None:
    for _ in range(60):
        hubspot.submit(FORM, now, email="jane@acme.example")
    await form.fetch(None)
    await form.check()
    assert len(hubspot.requests) == 4  # two pages; the definition, and the list as `fetch` asks for it
    assert violations("hubspot", hubspot.requests, answers=hubspot.answers) == []
