"""Answers that services were reported to give, in other words or places than their descriptions say.

What each connector does otherwise is in the tests of its kind.
"""

import asyncio
import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, cast

import httpx
import pytest
from pydantic import JsonValue, SecretStr

from orchestration_project.connectors.crm.hubspot_objects import Conflict, Objects
from orchestration_project.connectors.crm.hubspot_shapes import Record
from orchestration_project.connectors.crm.pipedrive_organizations import Organizations
from orchestration_project.connectors.crm.pipedrive_shapes import Listed, Person
from orchestration_project.connectors.form_source.json_list import JsonList
from orchestration_project.connectors.google_api import GoogleService
from orchestration_project.connectors.google_auth import open_token
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.hubspot_api import failure_inside
from orchestration_project.connectors.mail.microsoft_failures import StaleIdError, judge
from orchestration_project.connectors.microsoft_token import MicrosoftToken
from orchestration_project.connectors.sequence.brevo import Brevo
from orchestration_project.connectors.sequence.mailchimp import Mailchimp
from orchestration_project.errors import CredentialError, LeadRefusedError, RefusedForNow, SetupError
from orchestration_project.model import JsonObject
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.services import given
from orchestration_project_tests.fakes.http import ScriptedService

if TYPE_CHECKING:
    from orchestration_project.connectors.google_auth import GoogleToken

pytestmark = pytest.mark.anyio

_VALUES = "Property values were not valid: "
_EXISTS = "Contact already exists. Existing ID: 51"


def _api(*answers: httpx.Response, **more: Any) -> tuple[Api, ScriptedService]:
    service = ScriptedService([*answers])
    return Api("Acme", "https://acme.example", service.client(), **more), service


def _invalid(**value: JsonValue) -> str:
    return _VALUES + json.dumps([{"isValid": False, "message": "x", **value}])


def _error(message: str, **more: JsonValue) -> dict[str, JsonValue]:
    return {"status": "error", "category": "VALIDATION_ERROR", "message": message, **more}


def _objects(*answers: httpx.Response) -> Objects:
    api, _ = _api(*answers, judge=failure_inside)
    return Objects(api, "contacts", lambda values: str(values.get("email") or "").casefold())


@pytest.mark.parametrize(
    ("message", "error", "kind"),
    [
        ("Validation failed", {"message": "Some required properties were not set."}, SetupError),
        ("Validation failed", {"code": "REQUIRED_PROPERTY_MISSING"}, SetupError),
        (_invalid(error="REQUIRED_FIELD", name="region"), {}, SetupError),
        (_invalid(error="REQUIRED_FIELD", name="lastname"), {}, LeadRefusedError),
        ("Property values were not valid", {"code": "PROPERTY_DOESNT_EXIST"}, SetupError),
        ("Property values were not valid", {"code": "INVALID_DATE"}, LeadRefusedError),
    ],
)
async def test_hubspot_names_a_property_wherever_it_likes(
    message: str, error: dict[str, JsonValue], kind: type[Exception]
) -> None:
    told = failure_inside(400, _error(message, errors=[{**error, "context": {"propertyName": "region"}}]))
    assert type(told) is kind
    assert ("lastname" if "lastname" in message else "region") in str(told)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (409, _error(_EXISTS)),
        (409, _error("A contact with this email exists. Existing Id is 51")),
        (409, _error("Contact already exists", identityProfile={"vid": 51})),
        (409, _error("Contact already exists", context={"existingObjectId": ["51"]})),
        (400, _error(_invalid(message="51 already has that value.", error="CONFLICTING_UNIQUE_VALUE"))),
        (400, _error("Cannot set {propertyName=email} on 77. 51 already has that value.")),
    ],
)
async def test_hubspot_names_the_contact_that_is_there_in_many_ways(
    status: int, body: dict[str, JsonValue]
) -> None:
    made = await _objects(httpx.Response(status, json=body)).make({"properties": {"email": "a@x.example"}})
    assert made == Conflict("51")


async def test_of_several_contacts_those_refused_are_asked_for_alone() -> None:
    new = {"id": "2", "properties": {"email": "b@x.example"}}
    part = {"status": "COMPLETE", "results": [new], "errors": [{"category": "CONFLICT"}]}
    objects = _objects(
        httpx.Response(207, json=part),
        httpx.Response(409, json=_error(_EXISTS)),
    )
    bodies = [{"properties": {"email": f"{who}@x.example"}} for who in "bc"]
    made = await asyncio.gather(*(objects.make(cast("dict[str, JsonValue]", body)) for body in bodies))
    assert made == [Record.model_validate(new), Conflict("51")]


@pytest.mark.parametrize("category", ["INTERNAL_ERROR", None])
async def test_of_several_contacts_one_not_looked_for_is_not_taken_for_missing(category: str | None) -> None:
    """Nor one that came under its first address, which another lead asked for in the same moment."""
    there = {"id": "2", "properties": {"email": "b@x.example"}}
    errors = [{"category": category}] if category else []
    objects = _objects(
        httpx.Response(207, json={"results": [there] if errors else [there, there], "errors": errors}),
        httpx.Response(200, json={"id": "3"}),
    )
    asked = (objects.find(f"{who}@x.example", "email", "email") for who in "bc")
    assert [one and one.id for one in await asyncio.gather(*asked)] == ["2", "3"]


async def test_pipedrives_nulls_are_read_and_a_deleted_organization_is_nobodys() -> None:
    nulls = {"id": 1, "emails": [{"value": None, "primary": None}], "is_deleted": None}
    assert Listed[Person].model_validate({"data": [nulls]}).items[0].email is None
    api, _ = _api(
        httpx.Response(200, json={"data": {"id": 5, "name": "Acme", "is_deleted": True}}),
        httpx.Response(410, json={"success": False}),
    )
    organizations = Organizations(api, None)
    assert await organizations.get(5) is None
    await organizations.fill_website(5, "https://acme.example")


@pytest.mark.parametrize(
    "body",
    [
        {"title": "Bad Request", "detail": "x was permanently deleted and cannot be re-imported."},
        {"title": "Bad Request", "detail": "x is in a compliance state due to unsubscribe."},
        {"title": "Invalid Resource", "errors": [{"field": "email", "message": "not a valid email"}]},
        {"title": "Invalid Resource", "detail": "x looks fake or invalid.", "errors": None},
        {"title": "Bad Request", "detail": "x has signed up to a lot of lists very recently"},
    ],
)
async def test_mailchimps_word_about_one_person_is_known_by_what_it_says(body: dict[str, JsonValue]) -> None:
    service = ScriptedService([httpx.Response(400, json=body)])
    connection = Connection(connector="mailchimp", options={"audience": "a1"})
    sequence = Mailchimp.open(connection, given(service.client(), {"MAILCHIMP_API_KEY": "key-us21"}))
    with pytest.raises(LeadRefusedError):
        await sequence.find_member("new", "ann@x.example")


def _brevo(answer: httpx.Response) -> Brevo:
    connection = Connection(connector="brevo", options={"lists": {"new": 7}})
    return Brevo.open(connection, given(ScriptedService([answer]).client(), {"BREVO_API_KEY": "key"}))


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("duplicate_parameter", "Unable to create contact, SMS is already associated with another Contact"),
        ("invalid_parameter", "This sms number or email address is already associated with another user."),
        ("invalid_parameter", "Contact is unsubscribed from the list"),
    ],
)
async def test_brevos_word_about_one_person_is_not_told_as_a_wrong_list(code: str, message: str) -> None:
    with pytest.raises(LeadRefusedError):
        await _brevo(httpx.Response(400, json={"code": code, "message": message})).find_member("new", "a@x.c")


async def test_brevos_nulls_are_nothing() -> None:
    nulls = {"id": 1, "listIds": None, "attributes": None, "emailBlacklisted": None}
    assert await _brevo(httpx.Response(200, json=nulls)).find_member("new", "a@x.c") is None


def _page(*keys: int) -> httpx.Response:
    data = [{"key": key, "created": f"2026-11-24T0{key}:00:00Z"} for key in keys]
    return httpx.Response(200, json={"data": data})


@pytest.mark.parametrize(
    "end",
    [
        httpx.Response(204),
        httpx.Response(200, content=b""),
        httpx.Response(200, content=b"null"),
        httpx.Response(422, json={"message": "overflow"}),
        httpx.Response(200, json={"message": "no more pages"}),
        _page(2),
    ],
    ids=["204", "empty", "null", "422", "no list", "the last page again"],
)
async def test_a_list_ends_however_its_service_says_so(end: httpx.Response) -> None:
    service = ScriptedService([_page(1), _page(2), end, end])
    options: dict[str, JsonValue] = {"url": "https://forms.example/list", "id": "key", "items": "$.data[*]"}
    options |= {"submitted_at": "$.created", "paging": {"by": "page", "most": 3}}
    source = JsonList.open(Connection(connector="json_list", options=options), given(service.client(), {}))
    assert [one.external_id for one in (await source.fetch(None)).deliveries] == ["1", "2"]


@pytest.mark.parametrize("paged", [True, False])
@pytest.mark.parametrize(
    "nothing",
    [
        httpx.Response(204),
        httpx.Response(200, content=b"null"),
        httpx.Response(200, json={"data": None}),
        httpx.Response(200, json={"data": {}}),
    ],
)
async def test_a_list_may_be_empty_from_its_first_page(nothing: httpx.Response, paged: bool) -> None:
    service = ScriptedService([nothing, nothing])
    options: dict[str, JsonValue] = {"url": "https://forms.example/list", "items": "$.data[*]"}
    options |= {"paging": {"by": "page", "most": 3}} if paged else {}
    source = JsonList.open(Connection(connector="json_list", options=options), given(service.client(), {}))
    assert (await source.fetch(None)).deliveries == ()
    assert (await source.check()).ok


def _listed(*answers: httpx.Response, **paging: JsonValue) -> JsonList:
    options: dict[str, JsonValue] = {"url": "https://forms.example/list", "id": "key", "items": "$.data[*]"}
    options |= {"paging": paging} if paging else {}
    client = ScriptedService([*answers]).client()
    return JsonList.open(Connection(connector="json_list", options=options), given(client, {}))


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(200, json={"data": {"key": 1.0, "name": "Jo"}}),
        httpx.Response(200, content=b'\xef\xbb\xbf{"data": [{"key": "1", "name": "Jo"}]}'),
    ],
    ids=["the one itself", "a byte order mark"],
)
async def test_a_list_of_one_is_read_however_it_is_written(answer: httpx.Response) -> None:
    assert [one.external_id for one in (await _listed(answer).fetch(None)).deliveries] == ["1"]


async def test_an_empty_page_in_the_midst_of_a_list_is_not_its_end() -> None:
    pages: list[JsonObject] = [
        {"data": [{"key": 1}], "next": "a"},
        {"data": [], "next": "b"},
        {"data": [{"key": 2}]},
    ]
    source = _listed(
        *(httpx.Response(200, json=page) for page in pages), by="cursor", parameter="after", next="$.next"
    )
    assert [one.external_id for one in (await source.fetch(None)).deliveries] == ["1", "2"]


class _Fixed:
    async def value(self) -> SecretStr:
        return SecretStr("token")


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        ({"details": [{"reason": "RATE_LIMIT_EXCEEDED"}], "status": "RESOURCE_EXHAUSTED"}, RefusedForNow),
        ({"errors": [{"reason": "userRateLimitExceeded"}], "details": [{"reason": None}]}, RefusedForNow),
        ({"status": "RESOURCE_EXHAUSTED"}, RefusedForNow),
        ({"errors": [{"reason": "storageQuotaExceeded"}], "status": "RESOURCE_EXHAUSTED"}, SetupError),
        ({"details": [{"reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}, CredentialError),
    ],
)
async def test_google_over_a_limit_is_no_lack_of_rights(told: dict[str, Any], kind: type[Exception]) -> None:
    refusal = httpx.Response(403, json=[{"error": {"code": 403, **told}}])  # at times in a list
    client = ScriptedService([refusal] * 3).client()
    api = GoogleService("Drive", "https://g.example", client, cast("GoogleToken", _Fixed())).api()
    with pytest.raises(kind) as caught:
        await api.ask(Record, "POST", "/files")
    assert type(caught.value) is kind


async def test_google_that_gives_no_token_for_now_refuses_no_credential() -> None:
    refusal = httpx.Response(403, json={"error": "rate_limit_exceeded"})
    names = ("GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET", "GOOGLE_REFRESH_TOKEN")
    context = given(ScriptedService([refusal]).client(), dict.fromkeys(names, "x"))
    with pytest.raises(RefusedForNow):
        await open_token(context, "mail: {connector: gmail}", ()).value()


@pytest.mark.parametrize("word", ["interaction_required", "consent_required", "login_required"])
async def test_microsoft_that_wants_the_person_to_sign_in_says_so(word: str) -> None:
    token = MicrosoftToken(lambda: {"error": word}, lambda: datetime(2026, 11, 24, tzinfo=UTC))
    with pytest.raises(CredentialError, match="Sign in once more"):
        await token.value()


async def test_an_id_that_graph_cannot_read_any_more_is_one_that_is_gone() -> None:
    assert isinstance(judge(400, {"error": {"code": "ErrorInvalidIdMalformed"}}), StaleIdError)
    assert judge(404, {"error": {"code": "ErrorItemNotFound"}}) is None
