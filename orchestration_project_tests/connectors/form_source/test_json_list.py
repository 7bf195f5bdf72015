"""Any JSON list as a form source: what is found where, how it pages, and where the secret may go."""

import json
from collections.abc import Generator
from typing import Any

import httpx
import pytest
import sqlalchemy
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration_project.connectors.form_source.json_list import JsonList
from orchestration_project.data.fields import map_fields
from orchestration_project.data.payload import parse_payload
from orchestration_project.errors import (
    CredentialError,
    LeadsError,
    PermanentServiceError,
    SetupError,
    TransientServiceError,
)
from orchestration_project.fake_services import base
from orchestration_project.fake_services.json_list import KEY, FakeJsonList
from orchestration_project.ledger import open_ledger
from orchestration_project.model import JsonObject, Page
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.services import given as connector_context
from orchestration_project_tests.data_sets import naughty_strings

pytestmark = pytest.mark.anyio

ITEMS = [
    {"key": 3, "created": "2026-11-24T03:00:00Z", "who": {"mails": ["c@x.example"]}, "message": "third"},
    {"key": 2, "created": "2026-11-24T02:00:00Z", "who": {"mails": ["b@x.example"]}, "message": "second"},
    {"key": 1, "created": "2026-11-24T01:00:00Z", "who": {"mails": ["a@x.example"]}, "message": "first"},
]
AUTH = {"variable": "FORMS_ACME", "header": "X-Form-Key", "scheme": ""}


@pytest.fixture
def service() -> Generator[FakeJsonList]:
    with FakeJsonList() as running:
        running.items = [*ITEMS]
        yield running


def open_source(
    http: httpx.AsyncClient,
    url: str,
    *,
    fields: dict[str, tuple[str, ...]] | None = None,
    environment: dict[str, str] | None = None,
    **options: Any,
) -> JsonList:
    given = {"FORMS_ACME": KEY, "FORMS_ACME_HOST": "127.0.0.1"} if environment is None else environment
    wanted: dict[str, Any] = {"url": url, "id": "key", "submitted_at": "$.created", "auth": AUTH, **options}
    connection = Connection(connector="json_list", options=wanted, fields=fields or {})
    return JsonList.open(connection, connector_context(http, given))


async def test_a_list_whose_end_is_an_error_delivers_and_is_checked_as_it_is_read(
    http: httpx.AsyncClient, service: FakeJsonList
) -> None:
    """WordPress: `rest_post_invalid_page_number`."""
    paging: dict[str, Any] = {"items": "$.data[*]", "paging": {"by": "page"}}
    source = open_source(http, service.base_url + "/pages?end=400", **paging)
    assert ids(await source.fetch(None)) == ["1", "2", "3"]
    health = await source.check()
    assert (health.ok, "lists 3 submissions" in health.says) == (True, True)
    # a first page that is refused is no end
    service.next_answer(*[base.status(400)] * 2)
    with pytest.raises(PermanentServiceError):
        await source.fetch(None)
    assert not (await source.check()).ok


async def test_a_list_that_shows_the_oldest_first_on_too_many_pages_is_no_list_to_read(
    http: httpx.AsyncClient, service: FakeJsonList
) -> None:
    service.items.reverse()
    paging: dict[str, Any] = {"items": "$.data[*]", "paging": {"by": "page", "most": 1}}
    source = open_source(http, service.base_url + "/pages", **paging)
    with pytest.raises(SetupError, match="the newest would not be read"):
        await source.fetch(None)
    assert not (await source.check()).ok
    service.items.reverse()
    assert (await source.check()).ok


def ids(page: Page) -> list[str | None]:
    return [delivery.external_id for delivery in page.deliveries]


@pytest.mark.parametrize(
    ("path", "options"),
    [
        ("/all", {}),
        ("/pages", {"items": "$.data[*]", "paging": {"by": "page"}}),
        (
            "/cursor?size=2",
            {
                "items": "$.data[*]",
                "paging": {"by": "cursor", "parameter": "from", "next": "$.meta.next"},
            },
        ),
    ],
)
async def test_every_way_of_paging_delivers_all_oldest_first_and_once(
    http: httpx.AsyncClient, service: FakeJsonList, path: str, options: dict[str, Any]
) -> None:
    source = open_source(http, service.base_url + path, **options)
    page = await source.fetch(None)
    assert ids(page) == ["1", "2", "3"]
    service.items.insert(0, {"key": 4, "created": "2026-11-24T04:00:00Z"})
    second = await source.fetch(page.cursor)
    assert ids(second) == ["4"]
    assert ids(await source.fetch(second.cursor)) == []


async def test_fields_are_mapped_by_json_path_and_by_name(
    http: httpx.AsyncClient, service: FakeJsonList
) -> None:
    fields = {"email": ("$.who.mails[0]",)}
    source = open_source(http, service.base_url + "/all", fields=fields)
    delivery = (await source.fetch(None)).deliveries[0]
    values = map_fields(parse_payload(delivery.raw), fields).values
    assert (values["email"], values["message"]) == ("a@x.example", "first")
    assert values["submitted_at"] == "2026-11-24T01:00:00Z"


async def test_elements_without_an_id_are_told_apart_by_their_content(
    http: httpx.AsyncClient, service: FakeJsonList
) -> None:
    source = open_source(http, service.base_url + "/all", id=None)
    page = await source.fetch(None)
    assert ids(page) == [None, None, None]
    assert (await source.fetch(page.cursor)).deliveries == ()


async def test_an_element_that_is_no_object_is_delivered_as_it_is(
    http: httpx.AsyncClient, service: FakeJsonList
) -> None:
    service.items = ["hello"]
    [delivery] = (await open_source(http, service.base_url + "/all").fetch(None)).deliveries
    assert delivery.raw == b'"hello"'


async def test_an_empty_list_is_an_answer_and_a_wrong_path_is_a_mistake(
    http: httpx.AsyncClient, service: FakeJsonList
) -> None:
    wrong = open_source(http, service.base_url + "/pages", items="$.entries[*]")
    with pytest.raises(SetupError, match=r"entries.*JSONPath"):
        await wrong.fetch(None)
    assert not (await wrong.check()).ok
    service.items = []
    source = open_source(http, service.base_url + "/pages", items="$.data[*]")
    assert (await source.fetch(None)).deliveries == ()


async def test_check_says_how_many_and_names_a_field_that_is_gone(
    http: httpx.AsyncClient, service: FakeJsonList
) -> None:
    assert "3 submissions" in (await open_source(http, service.base_url + "/all").check()).says
    health = await open_source(http, service.base_url + "/all", fields={"email": ("$.who.mail",)}).check()
    assert not health.ok
    assert "$.who.mail" in health.says


async def test_a_next_page_on_another_host_is_not_asked(
    http: httpx.AsyncClient, service: FakeJsonList
) -> None:
    paging = {"by": "cursor", "next": "$.meta.next"}
    source = open_source(http, service.base_url + "/links", items="$.data[*]", paging=paging)
    service.next_link = "http://localhost:1/all"
    with pytest.raises(SetupError, match="another host"):
        await source.fetch(None)
    assert len(service.requests) == 1


async def test_a_redirect_does_not_take_the_secret_along(
    http: httpx.AsyncClient, service: FakeJsonList
) -> None:
    service.next_answer(base.status(302, Location="http://localhost:1/"))
    with pytest.raises(SetupError, match="302"):
        await open_source(http, service.base_url + "/all").fetch(None)


@pytest.mark.parametrize(
    ("url", "options", "environment", "told"),
    [
        (
            "https://api.acme.com/x",
            {"auth": {"variable": "OPENAI_API_KEY"}},
            {"OPENAI_API_KEY": "x"},
            "FORMS_",
        ),
        (
            "https://api.evil.com/x",
            {},
            {"FORMS_ACME": "x", "FORMS_ACME_HOST": "api.acme.com"},
            "api.evil.com",
        ),
        ("https://api.acme.com/x", {}, {"FORMS_ACME": "x"}, "FORMS_ACME_HOST"),
        ("https://api.acme.com/x", {}, {"FORMS_ACME_HOST": "api.acme.com"}, "FORMS_ACME"),
        ("http://api.acme.com/x", {}, None, "https://"),
        ("/x", {}, None, "https://"),
        ("https://api.acme.com/x", {"items": "$.["}, None, "JSONPath"),
        ("https://api.acme.com/x", {"itmes": "$"}, None, "itmes"),
    ],
)
def test_what_must_not_be_is_refused_at_opening(
    url: str, options: dict[str, Any], environment: dict[str, str] | None, told: str
) -> None:
    with pytest.raises(LeadsError, match="connections") as caught:
        open_source(httpx.AsyncClient(), url, environment=environment, **options)
    assert told in str(caught.value)
    assert KEY not in str(caught.value)


async def test_an_expired_key_is_a_credential_error_and_a_health(
    http: httpx.AsyncClient, service: FakeJsonList
) -> None:
    environment = {"FORMS_ACME": "old-key", "FORMS_ACME_HOST": "127.0.0.1"}
    source = open_source(http, service.base_url + "/all", environment=environment)
    with pytest.raises(CredentialError, match="401") as caught:
        await source.fetch(None)
    assert "old-key" not in str(caught.value) + repr(source)
    assert not (await source.check()).ok


async def test_an_address_without_a_list_is_told(http: httpx.AsyncClient, service: FakeJsonList) -> None:
    with pytest.raises(SetupError, match="404"):
        await open_source(http, service.base_url + "/nothing").fetch(None)


@pytest.mark.parametrize("fault", [base.rate_limited(), base.status(500), base.truncated(), base.web_page()])
async def test_a_bad_moment_is_tried_again(
    http: httpx.AsyncClient, service: FakeJsonList, fault: base.Fault
) -> None:
    service.next_answer(fault)
    assert len((await open_source(http, service.base_url + "/all").fetch(None)).deliveries) == 3


async def test_what_lasts_is_raised_as_transient(http: httpx.AsyncClient, service: FakeJsonList) -> None:
    service.next_answer(base.rate_limited(3600))
    with pytest.raises(TransientServiceError, match="429"):
        await open_source(http, service.base_url + "/all").fetch(None)


async def test_after_a_crash_before_the_cursor_was_kept_the_ledger_keeps_one(
    http: httpx.AsyncClient, service: FakeJsonList, database: sqlalchemy.Engine
) -> None:
    from orchestration_project.clock import utc_now

    ledger = open_ledger(database, utc_now)
    source = open_source(http, service.base_url + "/all", id=None)
    for expected_new in (True, False):
        stored = ledger.submissions.store("list", (await source.fetch(None)).deliveries)
        assert {item.new for item in stored} == {expected_new}
    ledger.close()


async def test_naughty_strings_survive(http: httpx.AsyncClient, service: FakeJsonList) -> None:
    strings = naughty_strings()
    service.items = [{"key": f"k{number}", "message": text} for number, text in enumerate(strings)]
    page = await open_source(http, service.base_url + "/all").fetch(None)
    found = {one.external_id: json.loads(one.raw)["message"] for one in page.deliveries}
    assert found == {f"k{number}": text for number, text in enumerate(strings)}


@settings(max_examples=50)
@given(st.text())
def test_a_wild_json_path_is_used_or_refused(path: str) -> None:
    try:
        open_source(httpx.AsyncClient(), "http://localhost/x", auth=None, items=path)
    except LeadsError as error:
        assert "JSONPath" in str(error)  # noqa: PT017 - most of them are refused, some are not


async def test_what_a_path_picked_is_told_from_what_nobody_did(http: httpx.AsyncClient) -> None:
    fields = {"email": ("$.who.mails[0]",), "message": ("$.texts[?(@.of=='wish')].text", "$.nowhere")}
    source = open_source(http, "https://127.0.0.1/all", fields=fields)
    element: JsonObject = {
        "key": 7,
        "created": "2026-11-24",
        "who": {"mails": ["a@x.example", "b@x.example"], "size": 9},
        "texts": [{"of": "size", "text": "small"}, {"of": "wish", "text": "books"}],
    }
    payload: JsonObject = {**element, "submitted_at": "2026-11-24", "$.who.mails[0]": "a@x.example"}
    before = json.dumps(payload)
    assert source.not_picked(payload) == {
        "key": None,
        "created": None,
        "who": {"mails": [None, "b@x.example"], "size": 9},
        "texts": [{"of": "size", "text": "small"}, {"of": "wish", "text": None}],
        "submitted_at": "2026-11-24",
        "$.who.mails[0]": "a@x.example",
    }
    assert json.dumps(payload) == before


@settings(max_examples=100)
@given(payload=st.dictionaries(st.text(), st.text() | st.dictionaries(st.text(), st.integers())))
def test_whatever_its_keys_a_submission_is_looked_through(payload: dict[str, Any]) -> None:
    service = httpx.AsyncClient()
    for path in ("$", "$.*", "$..*", "$.*.*", "$.~"):
        source = open_source(service, "https://127.0.0.1/all", fields={"message": (path,)}, id=None)
        assert source.not_picked(payload).keys() >= payload.keys()
