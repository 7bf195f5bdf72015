"""Tokens of Google's: got once, renewed in time, and a credential that is no good told in words."""

import json
from collections.abc import Generator, Mapping
from pathlib import Path
from urllib.parse import parse_qs

import anyio
import httpx
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from orchestration_project.connectors.google_auth import GoogleToken, open_token
from orchestration_project.errors import CredentialError, LeadsError, RefusedForNow
from orchestration_project.fake_services.base import Fault, Reply, status, web_page
from orchestration_project.fake_services.google import CLIENT_SECRET, REFRESH_TOKEN, GoogleService
from orchestration_project_tests.connectors.services import given as connector_context

pytestmark = pytest.mark.anyio

LINE = "mail: {connector: gmail}"
SCOPES = ("https://www.googleapis.com/auth/gmail.compose",)


@pytest.fixture
def google() -> Generator[GoogleService]:
    with GoogleService() as running:
        yield running


@pytest.fixture(scope="module")
def key_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """As Google gives it to a service account."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    file = tmp_path_factory.mktemp("google") / "key.json"
    content = {
        "type": "service_account",
        "client_email": "leads@demo.iam.gserviceaccount.com",
        "private_key_id": "1",
        "private_key": key.decode(),
        "token_uri": "https://oauth2.googleapis.com/token",
    }
    file.write_text(json.dumps(content))
    return file


def token_of(
    http: httpx.AsyncClient, environment: Mapping[str, str], *, mailbox: bool = False
) -> GoogleToken:
    return open_token(connector_context(http, environment), LINE, SCOPES, mailbox=mailbox)


async def test_a_token_is_asked_for_once_and_kept(http: httpx.AsyncClient, google: GoogleService) -> None:
    token = token_of(http, google.environment)
    first = await token.value()
    assert first.get_secret_value() in google.tokens
    assert await token.value() == first
    assert len(google.requests) == 1


async def test_leads_side_by_side_share_one_sign_in(http: httpx.AsyncClient, google: GoogleService) -> None:
    token = token_of(http, google.environment)
    google.latency = 0.02
    async with anyio.create_task_group() as leads:
        for _ in range(8):
            leads.start_soon(token.value)
    assert len(google.requests) == 1


async def test_a_token_about_to_expire_is_renewed(http: httpx.AsyncClient, google: GoogleService) -> None:
    google.token_seconds = 30
    token = token_of(http, google.environment)
    first = await token.value()
    assert await token.value() != first


async def test_a_forgotten_token_is_asked_for_anew(http: httpx.AsyncClient, google: GoogleService) -> None:
    token = token_of(http, google.environment)
    first = await token.value()
    token.forget(first)
    second = await token.value()
    assert second != first
    token.forget(first)  # by a lead that was refused a moment later
    assert await token.value() == second


async def test_a_revoked_consent_says_what_to_renew(http: httpx.AsyncClient, google: GoogleService) -> None:
    google.revoke()
    with pytest.raises(CredentialError, match="GOOGLE_REFRESH_TOKEN") as caught:
        await token_of(http, google.environment).value()
    assert "invalid_grant" in caught.value.said
    assert REFRESH_TOKEN not in str(caught.value)
    assert len(google.requests) == 1


async def test_a_wrong_client_secret_says_which_to_check(
    http: httpx.AsyncClient, google: GoogleService
) -> None:
    wrong = {**google.environment, "GOOGLE_CLIENT_SECRET": "other"}
    with pytest.raises(CredentialError, match="Check GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET"):
        await token_of(http, wrong).value()


async def test_a_sign_in_that_is_down_for_a_moment_is_asked_again(
    http: httpx.AsyncClient, google: GoogleService
) -> None:
    google.next_answer(status(503), web_page())
    assert (await token_of(http, google.environment).value()).get_secret_value() in google.tokens
    assert len(google.requests) == 3


@pytest.mark.parametrize("fault", [status(503), web_page(), Fault(hang_up=True)])
async def test_a_sign_in_that_stays_down_is_transient(
    http: httpx.AsyncClient, google: GoogleService, fault: Fault
) -> None:
    google.next_answer(fault, fault, fault)
    with pytest.raises(RefusedForNow, match="Google sign-in"):
        await token_of(http, google.environment).value()


async def test_a_refusal_in_strange_words_does_not_quote_them(
    http: httpx.AsyncClient, google: GoogleService
) -> None:
    google.next_answer(Fault(Reply(400, {"error": f"bad {CLIENT_SECRET}"})))
    with pytest.raises(CredentialError, match="no reason given") as caught:
        await token_of(http, google.environment).value()
    assert CLIENT_SECRET not in str(caught.value)


async def test_a_service_account_signs_for_its_subject_and_scopes(
    http: httpx.AsyncClient, google: GoogleService, key_file: Path
) -> None:
    environment = {
        "GOOGLE_SERVICE_ACCOUNT_FILE": str(key_file),
        "GOOGLE_SUBJECT": "owner@larkfield.example",
        "GOOGLE_TOKEN_URL": f"{google.base_url}/token",
    }
    token = await token_of(http, environment, mailbox=True).value()
    assert token.get_secret_value() in google.tokens
    [request] = google.requests
    [assertion] = parse_qs(request.raw.decode())["assertion"]
    claims = claims_of(assertion)
    assert (claims["sub"], claims["scope"]) == ("owner@larkfield.example", SCOPES[0])


@pytest.mark.parametrize("content", ["{}", "no json", "[]", '{"private_key": "sekret"}', None])
async def test_a_key_file_that_is_none_is_told_without_quoting_it(
    http: httpx.AsyncClient, tmp_path: Path, content: str | None
) -> None:
    file = tmp_path / "key.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(CredentialError, match="GOOGLE_SERVICE_ACCOUNT_FILE cannot be read") as caught:
        await token_of(http, {"GOOGLE_SERVICE_ACCOUNT_FILE": str(file)}).value()
    assert "sekret" not in str(caught.value)


@pytest.mark.parametrize(
    ("environment", "told"),
    [
        ({}, "no credential of Google's is set"),
        ({"GOOGLE_CLIENT_ID": "x"}, "GOOGLE_CLIENT_SECRET is not set"),
        ({"GOOGLE_CLIENT_ID": "x", "GOOGLE_CLIENT_SECRET": "y"}, "GOOGLE_REFRESH_TOKEN is not set"),
        ({"GOOGLE_SERVICE_ACCOUNT_FILE": "f"}, "GOOGLE_SUBJECT is not set"),
        ({"GOOGLE_SERVICE_ACCOUNT_FILE": "f", "GOOGLE_CLIENT_ID": "x"}, "only one of the two ways"),
        ({"GOOGLE_CLIENT_ID": "x", "GOOGLE_TOKEN_URL": "oauth2"}, "GOOGLE_TOKEN_URL has to begin"),
    ],
)
async def test_what_is_missing_in_the_environment_is_named_when_opening(
    http: httpx.AsyncClient, environment: dict[str, str], told: str
) -> None:
    with pytest.raises(LeadsError, match=told):
        token_of(http, environment, mailbox=True)


def claims_of(assertion: str) -> dict[str, str]:
    import google.auth.jwt

    return google.auth.jwt.decode(assertion, verify=False)  # pyright: ignore[reportReturnType]
