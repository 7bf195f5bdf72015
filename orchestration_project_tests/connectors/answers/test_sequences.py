"""What Mailchimp and Brevo answer about one person, one account, one limit.

As mailchimp.com/developer/marketing/docs/errors, developers.brevo.com and people's reports have it
(drewm/mailchimp-api 120, mailchimp/APIv3-examples 49, ibericode/mailchimp-for-wordpress 771,
sendinblue/APIv3-php-library 144).
"""

from typing import Any

import httpx
import pytest

from orchestration_project.connectors.sequence.brevo import Brevo
from orchestration_project.connectors.sequence.interface import Subscriber
from orchestration_project.connectors.sequence.mailchimp import Mailchimp
from orchestration_project.errors import (
    CredentialError,
    LeadRefusedError,
    RefusedForNow,
    ServiceError,
    SetupError,
)
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.services import given
from orchestration_project_tests.fakes.http import ScriptedService

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_waiting")]

ANN = Subscriber(email="ann@x.example", given_name="Ann", family_name="Lee")
_GONE = httpx.Response(404, json={"title": "Resource Not Found", "status": 404})


def _mailchimp(*answers: httpx.Response) -> Mailchimp:
    connection = Connection(connector="mailchimp", options={"audience": "a1"})
    return Mailchimp.open(
        connection, given(ScriptedService([*answers]).client(), {"MAILCHIMP_API_KEY": "k-us21"})
    )


def _refusal(status: int, title: str, detail: str = "", **more: object) -> httpx.Response:
    return httpx.Response(status, json={"title": title, "status": status, "detail": detail, **more})


@pytest.mark.parametrize(
    "refused",
    [
        _refusal(400, "Member Exists", "ann@x.example is already a list member. Use PUT."),
        _refusal(400, "Bad Request", "ann@x.example was previously removed from this audience."),
        _refusal(400, "Bad Request", "ann@x.example has previously unsubscribed and must opt in again."),
        _refusal(400, "Bad Request", "ann@x.example has bounced, and can't be resubscribed."),
        _refusal(400, "Invalid Resource", "Your merge fields were invalid.",
                 errors=[{"field": "FNAME", "message": "This field must be 255 characters or less"}]),
        _refusal(400, "Invalid Resource", "The resource submitted could not be validated.",
                 errors=[{"field": "email_address", "message": "This value should not be blank."}]),
        _refusal(400, "Forgotten Email Not Subscribed", "ann@x.example was permanently deleted."),
        _refusal(400, "Invalid Resource", "Please provide a valid email address."),
    ],
)  # fmt: skip
async def test_what_mailchimp_says_of_one_person_concerns_no_other(refused: httpx.Response) -> None:
    with pytest.raises(LeadRefusedError) as caught:
        await _mailchimp(_GONE, refused).enrol("new", ANN)
    assert "ann@x" not in str(caught.value)


@pytest.mark.parametrize(
    ("refused", "kind"),
    [
        (_refusal(401, "API Key Invalid", "Your API key may be invalid."), CredentialError),
        (
            _refusal(403, "Forbidden", "You don't have permission to access the requested resource."),
            CredentialError,
        ),
        (_refusal(403, "User Disabled", "This account has been disabled."), SetupError),
        (_refusal(403, "Compliance Related", "This method has been disabled for your account."), SetupError),
        (
            _refusal(403, "WrongDatacenter", "The API key provided is linked to a different data center."),
            SetupError,
        ),
        (
            _refusal(429, "Too Many Requests", "You have exceeded the limit of 10 simultaneous connections."),
            RefusedForNow,
        ),
    ],
)
async def test_what_mailchimp_says_of_the_account_names_what_to_do(
    refused: httpx.Response, kind: type[ServiceError]
) -> None:
    with pytest.raises(kind) as caught:
        await _mailchimp(*[refused] * 3).find_member("new", ANN.email)
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    "member",
    [
        {"merge_fields": [], "tags": []},
        {"merge_fields": None, "tags": None},
        {"merge_fields": {"FNAME": None}, "last_changed": ""},
    ],
)
async def test_a_member_without_fields_is_read_however_mailchimp_writes_that(member: dict[str, Any]) -> None:
    there = {"id": "m1", "email_address": ANN.email, "status": "subscribed", **member}
    found = await _mailchimp(httpx.Response(200, json=there)).member("new", ANN.email)
    assert found == Subscriber(email=ANN.email, given_name="", family_name="")


def _brevo(*answers: httpx.Response, **options: Any) -> Brevo:
    connection = Connection(connector="brevo", options={"lists": {"new": 7}, **options})
    return Brevo.open(connection, given(ScriptedService([*answers]).client(), {"BREVO_API_KEY": "key"}))


def _said(status: int, code: str, message: str, **more: object) -> httpx.Response:
    return httpx.Response(status, json={"code": code, "message": message, **more})


_NOBODY = _said(404, "document_not_found", "Contact does not exist")
_TAKEN = "Unable to create contact, email is already associated with another Contact"


@pytest.mark.parametrize(
    "raced",
    [
        _said(400, "duplicate_parameter", "Contact already exist"),
        _said(400, "duplicate_parameter", _TAKEN, metadata={"duplicate_identifiers": ["email"]}),
        _said(400, "invalid_parameter", _TAKEN, metadata={"duplicate_identifiers": ["email"]}),
    ],
)
async def test_a_contact_that_another_made_in_that_moment_is_taken_into_the_list(
    raced: httpx.Response,
) -> None:
    there = httpx.Response(200, json={"id": 3, "email": ANN.email, "listIds": [1]})
    brevo = _brevo(_NOBODY, raced, there, httpx.Response(204))
    assert (await brevo.enrol("new", ANN)).external_id == "7/3"


@pytest.mark.parametrize(
    ("refused", "kind", "says"),
    [
        (_said(401, "unauthorized", "You are using an unrecognised IP address 192.0.2.7."), SetupError, "IP"),
        (_said(401, "unauthorized", "Key not found"), CredentialError, "Key"),
        (_said(402, "not_enough_credits", "You don't have enough credit"), SetupError, "credit"),
        (_said(403, "permission_denied", "Your account is under validation. Please contact our support"),
         SetupError, "validation"),
        (_said(403, "account_under_validation", "Your account is not activated"), SetupError, "activated"),
        (_said(400, "invalid_parameter", "Template ID is no DOI template"), SetupError, "template"),
        (_said(400, "invalid_parameter", "redirectionUrl is not valid"), SetupError, "redirect"),
        (_said(429, "too_many_requests", "Too many requests"), RefusedForNow, ""),
    ],
)  # fmt: skip
async def test_what_brevo_says_of_the_account_names_what_to_do(
    refused: httpx.Response, kind: type[ServiceError], says: str
) -> None:
    asks = {"template": 1, "redirect": "https://larkfield.example/thanks"}
    with pytest.raises(kind, match=says) as caught:
        await _brevo(_NOBODY, *[refused] * 3, double_opt_in=asks).enrol("new", ANN)
    assert type(caught.value) is kind
