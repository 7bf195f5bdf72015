"""Asking a service over HTTP: what is sent, what an answer is taken for, and signing in anew.

What an error means is `test_errors.py`; waiting is `test_retries.py`.
"""

import httpx
import pytest
from pydantic import SecretStr

from orchestration_project.connectors.http import Api
from orchestration_project.errors import (
    CredentialError,
    PermanentServiceError,
)
from orchestration_project.model import JsonObject
from orchestration_project_tests.connectors.http.conftest import Thing, api, ok
from orchestration_project_tests.fakes.http import ScriptedService

pytestmark = pytest.mark.anyio


async def test_an_answer_comes_back_as_the_type_asked_for() -> None:
    acme, service = api(ok({"id": "7", "unknown": 1}))
    assert await acme.ask(Thing, "GET", "/things/7", params={"full": 1}) == Thing(id="7")
    assert str(service.requests[0].url) == "https://api.acme.com/v1/things/7?full=1"
    assert service.requests[0].headers["authorization"] == "Bearer s3cret"


async def test_json_and_form_bodies_are_sent() -> None:
    acme, service = api(ok(), ok())
    await acme.ask(JsonObject, "POST", "/a", json={"x": 1})
    await acme.ask(JsonObject, "POST", "/a", form={"x": "1"})
    assert [request.content for request in service.requests] == [b'{"x":1}', b"x=1"]


@pytest.mark.parametrize("status", [404, 410])
async def test_what_the_service_does_not_have_is_none(status: int) -> None:
    acme, _ = api(httpx.Response(status, json={"message": "no such thing"}))
    assert await acme.find(Thing, "GET", "/things/7") is None


async def test_a_web_page_instead_of_not_found_is_a_wrong_address() -> None:
    acme, _ = api(httpx.Response(404, html="<h1>Welcome to nginx</h1>"))
    with pytest.raises(PermanentServiceError, match="base URL"):
        await acme.find(Thing, "GET", "/things/7")


async def test_ask_does_not_take_not_found_for_an_answer() -> None:
    acme, _ = api(httpx.Response(404, json={"message": "no such thing"}))
    with pytest.raises(PermanentServiceError, match="404: no such thing"):
        await acme.ask(Thing, "GET", "/things/7")


class Tokens:
    """Gives out t1, t2 … and keeps one until it is refused."""

    def __init__(self) -> None:
        self.number = 1

    async def value(self) -> SecretStr:
        return SecretStr(f"t{self.number}")

    def forget(self, refused: SecretStr) -> None:
        self.number += refused.get_secret_value() == f"t{self.number}"


def signed_in(*answers: httpx.Response) -> tuple[Api, ScriptedService]:
    service = ScriptedService(list(answers))
    return Api("Acme", "https://api.acme.com", service.client(), token=Tokens()), service


def sent_with(service: ScriptedService) -> list[str]:
    return [request.headers["authorization"] for request in service.requests]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_one_early_401_is_asked_once_more_with_a_fresh_token(method: str) -> None:
    acme, service = signed_in(httpx.Response(401), ok(), ok())
    assert await acme.ask(Thing, method, "/things") == Thing(id="7")
    await acme.ask(Thing, method, "/things")
    assert sent_with(service) == ["Bearer t1", "Bearer t2", "Bearer t2"]


async def test_a_second_401_is_a_refused_credential_and_the_next_request_signs_in_anew() -> None:
    acme, service = signed_in(httpx.Response(401), httpx.Response(401), ok())
    with pytest.raises(CredentialError, match="401"):
        await acme.ask(Thing, "GET", "/things")
    await acme.ask(Thing, "GET", "/things")
    assert sent_with(service) == ["Bearer t1", "Bearer t2", "Bearer t3"]


async def test_a_403_is_no_matter_of_a_fresh_token() -> None:
    acme, service = signed_in(httpx.Response(403))
    with pytest.raises(CredentialError, match="403"):
        await acme.ask(Thing, "GET", "/things")
    assert len(service.requests) == 1


async def test_a_redirect_is_not_followed_with_the_credential() -> None:
    acme, service = api(httpx.Response(302, headers={"location": "https://elsewhere.com/"}))
    with pytest.raises(PermanentServiceError, match="302"):
        await acme.ask(Thing, "GET", "/things/7")
    assert len(service.requests) == 1


async def test_an_accepted_status_is_an_answer() -> None:
    acme, _ = api(httpx.Response(409, json={"id": "old"}))
    response = await acme.send("POST", "/things", json={}, accept=(409,))
    assert (response.status_code, acme.read(response, Thing)) == (409, Thing(id="old"))
