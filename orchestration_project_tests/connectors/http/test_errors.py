"""What an HTTP answer is told as: refused, failed inside of a 200, a web page; and never a secret.

What one service means by them is its connector's test.
"""

import logging

import anyio
import httpx
import pytest
from pydantic import JsonValue

from orchestration_project.connectors.http import Api
from orchestration_project.connectors.http_message import message_of
from orchestration_project.errors import (
    CredentialError,
    PermanentServiceError,
    RefusedForNow,
    ServiceError,
    SetupError,
    TransientServiceError,
)
from orchestration_project_tests.connectors.http.conftest import Thing, api, ok
from orchestration_project_tests.fakes.http import ScriptedService

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_credential_names_the_doctor_and_is_not_repeated(status: int) -> None:
    acme, service = api(httpx.Response(status, json={"error": {"message": "token expired"}}))
    with pytest.raises(CredentialError, match=f"{status}: token expired.*`leads doctor`"):
        await acme.ask(Thing, "GET", "/things/7")
    assert len(service.requests) == 1


async def test_what_has_to_be_there_and_is_not_is_told_in_the_callers_words() -> None:
    acme, _ = api(httpx.Response(404, json={}), ok())
    missing = SetupError("Acme", "has no such list.", "Correct it.")
    with pytest.raises(SetupError) as caught:
        await acme.need(Thing, "GET", "/lists/7", missing)
    assert caught.value is missing
    assert await acme.need(Thing, "GET", "/lists/7", missing) == Thing(id="7")


async def test_a_changed_schema_names_the_fields_and_not_the_values() -> None:
    acme, service = api(httpx.Response(200, json={"id": ["ann@person.com"]}))
    with pytest.raises(PermanentServiceError, match=r"\(id\)") as raised:
        await acme.ask(Thing, "GET", "/things/7")
    assert "person.com" not in str(raised.value)
    assert raised.value.__context__ is None
    assert len(service.requests) == 1


async def test_a_connector_can_name_a_failure_inside_a_200() -> None:
    def judge(status: int, body: JsonValue) -> ServiceError | None:
        if isinstance(body, dict) and body.get("ok") is False:
            return RefusedForNow("Chat", f"said {body['error']} in a {status}")
        return None

    service = ScriptedService([ok({"ok": False, "error": "ratelimited"}), ok({"id": "7"})])
    chat = Api("Chat", "https://chat.com", service.client(), judge=judge)
    assert await chat.ask(Thing, "POST", "/post") == Thing(id="7")


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        (
            "maintenance until jane@acme.com is back",
            PermanentServiceError,
            "maintenance until <e-mail> is back",
        ),
        ({"message": "odd"}, PermanentServiceError, "an error inside: odd"),
        ({"code": 401, "message": "old"}, CredentialError, "old"),
        ({"code": 429}, RefusedForNow, "an error inside."),
        ({"status": 503, "code": ""}, TransientServiceError, "an error inside."),
        ({"code": "InvalidThing", "message": "odd"}, PermanentServiceError, "odd"),
    ],
)
async def test_an_error_inside_a_200_counts_as_what_it_says(
    error: JsonValue, kind: type[ServiceError], words: str
) -> None:
    acme, _ = api(*[ok({"id": "7", "error": error, "name": "Jane"}) for _ in range(3)])
    with pytest.raises(kind) as caught:
        await acme.find(Thing, "GET", "/things/7")
    assert type(caught.value) is kind
    assert words in caught.value.said
    assert "Jane" not in str(caught.value)


@pytest.mark.parametrize("error", [None, "", " ", {}, {"code": 0, "message": ""}, False, [], 7])
async def test_an_error_that_says_nothing_is_none(error: JsonValue) -> None:
    acme, _ = api(ok({"id": "7", "error": error}))
    assert await acme.find(Thing, "GET", "/things/7") == Thing(id="7")


async def test_a_web_page_is_not_json_to_the_judge() -> None:
    seen: list[JsonValue] = []

    def judge(status: int, body: JsonValue) -> ServiceError | None:
        seen.append(body)
        return None

    service = ScriptedService([httpx.Response(201, html="<p>hi</p>")])
    await Api("Chat", "https://chat.com", service.client(), judge=judge).send("GET", "/")
    assert seen == [None]


@pytest.mark.parametrize("status", [200, 207])
@pytest.mark.parametrize("method", ["GET", "PUT", "PROPFIND", "MOVE"])
async def test_a_web_page_instead_of_an_answer_will_pass_whatever_was_asked(method: str, status: int) -> None:
    page = httpx.Response(status, html="<!doctype html><p>Sign in to this network</p>")
    acme, _ = api(page, page, page)
    with pytest.raises(TransientServiceError, match=f"answered {status} with a web page") as raised:
        await acme.send(method, "/things")
    assert "base URL" in raised.value.mend


@pytest.mark.parametrize(
    "answer",
    [
        httpx.Response(201, html="<h1>201 Created</h1>"),
        httpx.Response(200, content=b"", headers={"content-type": "text/html"}),
        httpx.Response(200, content=b'{"id": 7}', headers={"content-type": "text/html"}),
    ],
    ids=["what Apache says of a file it made", "nothing", "JSON of a careless server"],
)
async def test_what_is_only_called_html_is_an_answer(answer: httpx.Response) -> None:
    acme, _ = api(answer)
    assert await acme.send("PUT", "/things/7") is not None


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"message": "bad name"}, "bad name"),
        ({"error": {"message": "bad name", "type": "x"}}, "bad name"),
        ({"errors": [{"detail": "bad name"}]}, "bad name"),
        ({"error": "invalid_grant", "error_description": "bad name"}, "bad name"),
        ({"message": "ann@person.com or +44 20 7946 0958 is taken"}, "<e-mail> or <phone> is taken"),
        ({"message": "x" * 1000}, "x" * 300),
    ],
)
def test_the_services_own_words_are_found_and_made_harmless(body: JsonValue, message: str) -> None:
    assert message_of(httpx.Response(400, json=body)) == message


def test_of_a_web_page_no_text_is_quoted() -> None:
    assert message_of(httpx.Response(502, html="<h1>Bad gateway</h1>")) == "a web page instead of data."


async def test_a_wrong_base_url_says_so() -> None:
    async with httpx.AsyncClient() as client:
        acme = Api("Acme", "api.acme.com", client)
        with pytest.raises(PermanentServiceError, match="base URL"):
            await acme.send("GET", "/")


@pytest.mark.parametrize("secret", ["s3cret\n", "s3cret\u2026"])
async def test_a_credential_pasted_with_a_stray_character_is_named_but_not_shown(secret: str) -> None:
    server = await anyio.create_tcp_listener(local_host="127.0.0.1")
    async with server, httpx.AsyncClient(trust_env=False) as client:
        url = f"http://127.0.0.1:{server.extra(anyio.abc.SocketAttribute.local_port)}"
        acme = Api("Acme", url, client, {"Authorization": f"Bearer {secret}"})
        with pytest.raises(CredentialError) as raised:
            await acme.send("GET", "/")
    assert "s3cret" not in str(raised.value) + repr(acme)
    assert raised.value.__suppress_context__


async def test_no_url_and_no_body_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    acme, _ = api(httpx.Response(500), ok())
    with caplog.at_level(logging.DEBUG, logger="root"):
        await acme.ask(Thing, "GET", "/by-email/ann@person.com")
    assert "person.com" not in caplog.text
    assert not any("person.com" in str(vars(record)) for record in caplog.records)
