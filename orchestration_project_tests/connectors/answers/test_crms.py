"""What HubSpot and Pipedrive answer about people who were merged, deleted or are too many, and about limits.

As developers.hubspot.com (error handling, merge records), pipedrive.readme.io (rate limiting, status codes)
and the issues of their clients have it. That a merged contact's own merges come along is known of HubSpot's
`merged-vids`; the words of a plan's limits are as people quote them.
"""

from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from orchestration_project.connectors.crm.hubspot import HubSpotCrm
from orchestration_project.connectors.crm.pipedrive import PipedriveCrm
from orchestration_project.connectors.hubspot_api import failure_inside
from orchestration_project.errors import (
    CredentialError,
    LeadRefusedError,
    RefusedForNow,
    ServiceError,
    SetupError,
)
from orchestration_project.fake_services.hubspot import FakeHubSpot
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.crm.cases import ACME, JANE, OURS, TASK
from orchestration_project_tests.connectors.crm.hubspot.conftest import (
    crm as crm,  # noqa: PLC0414 - the fixtures of HubSpot's own tests
)
from orchestration_project_tests.connectors.crm.hubspot.conftest import hubspot as hubspot  # noqa: PLC0414
from orchestration_project_tests.connectors.services import given
from orchestration_project_tests.fakes.http import ScriptedService

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_waiting")]


async def test_a_contact_that_was_merged_twice_is_followed_to_where_it_is_now(
    crm: HubSpotCrm, hubspot: FakeHubSpot
) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    second = hubspot.enter_contact(email="jane.doe@private.example")
    third = hubspot.enter_contact(email="jane@third.example")
    hubspot.merge(second, contact.id)
    hubspot.merge(third, second)
    found = await crm.get_contact(contact.id)
    assert found
    assert found.id == third
    await crm.add_task(contact.id, TASK)
    await crm.add_note(contact.id, "L-1", "score 9")
    linked = hubspot.things["contacts"][third].linked
    assert {kind for kind, _ in linked} >= {"tasks", "notes"}


@pytest.mark.parametrize("times", [1, 2])
async def test_what_is_written_to_a_merged_contact_reaches_the_one_it_was_merged_into(
    crm: HubSpotCrm, hubspot: FakeHubSpot, times: int
) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    kept = contact.id
    for number in range(times):
        merged, kept = kept, hubspot.enter_contact(email=f"jane{number}@private.example")
        hubspot.merge(kept, merged)
    changed = await crm.update_contact(contact.id, {"phone": "+44 20 7946 0001"}, OURS)
    assert changed.id == kept
    assert hubspot.things["contacts"][kept].properties["phone"] == "+44 20 7946 0001"


async def test_a_merged_contact_that_was_deleted_then_is_a_refusal_of_this_lead(
    crm: HubSpotCrm, hubspot: FakeHubSpot
) -> None:
    contact = await crm.create_contact(JANE, OURS, ACME)
    kept = hubspot.enter_contact(email="jane@private.example")
    hubspot.merge(kept, contact.id)
    hubspot.delete(kept)
    with pytest.raises(LeadRefusedError, match="is not there"):
        await crm.update_contact(contact.id, {"phone": "1"}, OURS)


def _error(category: str, message: str, **more: object) -> dict[str, Any]:
    return {"status": "error", "category": category, "message": message, **more}


_MISSING = {"requiredGranularScopes": ["crm.objects.contacts.write", "crm.objects.companies.write"]}


@pytest.mark.parametrize(
    ("status", "body", "kind", "says"),
    [
        (
            403,
            _error(
                "MISSING_SCOPES",
                "This app hasn't been granted all required scopes.",
                errors=[{"context": _MISSING}],
            ),
            CredentialError,
            "crm.objects.contacts.write",
        ),
        (
            403,
            _error("MISSING_SCOPES", "…", context={"requiredScopes": ["tickets"]}),
            CredentialError,
            "tickets",
        ),
        (400, _error("VALIDATION_ERROR", "51 already has that value."), LeadRefusedError, "another"),
        (400, _error("OBJECT_LIMIT", "You have reached your contacts limit."), SetupError, "limit"),
        (403, _error("BANNED", "Portal is over its limit of contacts"), SetupError, "limit"),
        (
            400,
            _error(
                "VALIDATION_ERROR",
                "Property values were not valid",
                errors=[{"code": "INVALID_EMAIL", "context": {"propertyName": ["email"]}}],
            ),
            LeadRefusedError,
            "email",
        ),
    ],
)
async def test_what_hubspot_refuses_says_whose_matter_it_is(
    status: int, body: dict[str, Any], kind: type[ServiceError], says: str
) -> None:
    connection = Connection(connector="hubspot", options={"companies": False})
    crm = HubSpotCrm.open(
        connection,
        given(ScriptedService([httpx.Response(status, json=body)] * 3).client(), {"HUBSPOT_TOKEN": "t"}),
    )
    with pytest.raises(kind, match=says):
        await crm.update_contact("7", {"email": "a@x.example"}, {})


@pytest.mark.parametrize("policy", ["DAILY", "TEN_SECONDLY_ROLLING", "SECONDLY"])
async def test_hubspot_over_a_limit_waits(policy: str) -> None:
    body = _error(
        "RATE_LIMITS", f"You have reached your {policy} limit.", errorType="RATE_LIMIT", policyName=policy
    )
    service = ScriptedService([httpx.Response(429, json=body) for _ in range(3)])
    crm = HubSpotCrm.open(Connection(connector="hubspot"), given(service.client(), {"HUBSPOT_TOKEN": "t"}))
    with pytest.raises(RefusedForNow):
        await crm.find_contact("a@x.example")
    assert failure_inside(429, body) is None


def _pipedrive(*answers: httpx.Response) -> tuple[PipedriveCrm, ScriptedService]:
    service = ScriptedService([*answers])
    connection = Connection(connector="pipedrive", options={"leads": False})
    return PipedriveCrm.open(connection, given(service.client(), {"PIPEDRIVE_TOKEN": "t"})), service


def _told(data: object, **more: object) -> httpx.Response:
    return httpx.Response(200, json={"success": True, "data": data, **more})


_FIELDS = _told([{"field_name": name, "field_code": f"f{n}"} for n, name in enumerate(("Lead score",))])


@pytest.mark.parametrize(
    "answer",
    [
        _told(None),
        _told({"id": 5, "name": "Jo", "is_deleted": True, "merge_what_id": 9}),
        httpx.Response(404, json={"success": False, "error": "Person not found"}),
        httpx.Response(410, json={"success": False, "error": "Person is deleted"}),
    ],
    ids=["null", "deleted", "404", "410"],
)
async def test_a_person_of_pipedrives_who_is_gone_is_nobody(answer: httpx.Response) -> None:
    crm, _ = _pipedrive(answer)
    assert await crm.get_contact("5") is None


@pytest.mark.parametrize("found", [None, {"items": []}, {"items": None}, {}])
async def test_a_search_of_pipedrives_without_a_hit_finds_nobody(found: Mapping[str, object] | None) -> None:
    crm, _ = _pipedrive(_told(found))
    assert await crm.find_contact("jo@x.example") is None


async def test_of_two_persons_of_one_address_the_one_that_was_merged_away_is_passed_over() -> None:
    hits = {"items": [{"item": {"id": 4}}, {"item": {"id": 9}}]}
    person = {"id": 9, "name": "Jo", "emails": [{"value": "jo@x.example", "primary": True}]}
    crm, _ = _pipedrive(_told(hits), _told(None), _told(person), _told({"company_domain": None}), _FIELDS)
    found = await crm.find_contact("jo@x.example")
    assert found
    assert found.id == "9"


async def test_a_person_that_goes_while_it_is_written_is_a_refusal_of_this_lead() -> None:
    person = {"id": 5, "name": "Jo", "org_id": 2}
    gone = httpx.Response(404, json={"success": False, "error": "Person not found"})
    crm, _ = _pipedrive(_told(person), gone)
    with pytest.raises(LeadRefusedError, match="contact 5 is not there"):
        await crm.update_contact("5", {"name": "Jo Bloggs"}, {})


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (
            403,
            {
                "success": False,
                "error": "You have reached the maximum amount of custom fields",
                "errorCode": 403,
            },
        ),
        (403, {"success": False, "error": "Upgrade your plan", "code": "feature_capping_deals_limit"}),
        (
            400,
            {
                "success": False,
                "error": "Your plan's usage caps are exceeded: upgrade",
                "code": "ERR_CAPPING",
            },
        ),
        (402, {"success": False, "error": "Company account is not open"}),
    ],
)
async def test_pipedrive_whose_plan_is_full_is_a_matter_of_set_up(status: int, body: dict[str, Any]) -> None:
    crm, _ = _pipedrive(httpx.Response(status, json=body))
    with pytest.raises(SetupError) as caught:
        await crm.get_contact("5")
    assert type(caught.value) is SetupError


async def test_pipedrive_says_in_its_own_header_how_long_to_wait() -> None:
    headers = {"x-ratelimit-limit": "20", "x-ratelimit-remaining": "0", "x-ratelimit-reset": "40"}
    crm, service = _pipedrive(
        httpx.Response(429, json={"success": False, "error": "Rate limit"}, headers=headers)
    )
    with pytest.raises(RefusedForNow) as caught:
        await crm.get_contact("5")
    assert (caught.value.retry_after, len(service.requests)) == (40.0, 1)


async def test_pipedrive_behind_its_shield_refuses_no_token() -> None:
    """Who goes on after many a 429 meets Cloudflare's page: a 403 for some time."""
    page = "<html><title>Access denied | api.pipedrive.com used Cloudflare</title></html>"
    crm, _ = _pipedrive(*(httpx.Response(403, html=page) for _ in range(3)))
    with pytest.raises(RefusedForNow):
        await crm.get_contact("5")
