"""How HTTP outcomes become errors and retries. What one service means by them is its connector's test."""

import logging
from collections.abc import Iterator

import anyio
import httpx
import pytest
import stamina
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, JsonValue, SecretStr

from orchestration_project.connectors.http import LONGEST_WAIT, Api, wait_before_retry
from orchestration_project.connectors.http_message import message_of
from orchestration_project.connectors.http_status import retry_after
from orchestration_project.errors import (
    CredentialError,
    PermanentServiceError,
    RefusedForNow,
    ServiceError,
    SetupError,
    TransientServiceError,
    UnknownAnswerError,
)
from orchestration_project.model import JsonObject
from orchestration_project_tests.fakes.http import ScriptedService

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def no_waiting() -> Iterator[None]:
    with stamina.set_testing(True, attempts=3, cap=True):
        yield


class Thing(BaseModel):
    id: str


def api(*answers: httpx.Response | Exception, attempts: int = 3) -> tuple[Api, ScriptedService]:
    service = ScriptedService(list(answers))
    headers = {"Authorization": "Bearer s3cret"}
    return Api("Acme", "https://api.acme.com/v1/", service.client(), headers, attempts=attempts), service


def ok(body: JsonValue = None) -> httpx.Response:
    return httpx.Response(200, json=body or {"id": "7"})


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


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504, 529])
async def test_an_answer_that_may_pass_is_tried_again(status: int) -> None:
    acme, service = api(httpx.Response(status), httpx.Response(status), ok())
    assert await acme.ask(Thing, "GET", "/things/7") == Thing(id="7")
    assert len(service.requests) == 3


@pytest.mark.parametrize("error", [httpx.ConnectError("refused"), httpx.ReadTimeout("slow")])
async def test_a_network_failure_is_transient_once_the_attempts_are_used_up(error: Exception) -> None:
    acme, service = api(error, error, error)
    with pytest.raises(TransientServiceError, match=r"^Acme: "):
        await acme.ask(Thing, "GET", "/things/7")
    assert len(service.requests) == 3


@pytest.mark.parametrize("answer", [httpx.ReadTimeout("slow"), httpx.ReadError("cut"), httpx.Response(500)])
async def test_a_write_that_may_have_been_done_is_not_repeated(answer: httpx.Response | Exception) -> None:
    acme, service = api(answer)
    with pytest.raises(TransientServiceError):
        await acme.ask(Thing, "POST", "/things", json={})
    assert len(service.requests) == 1


@pytest.mark.parametrize("answer", [httpx.ConnectError("refused"), httpx.Response(429)])
async def test_a_write_that_was_surely_not_done_is_repeated(answer: httpx.Response | Exception) -> None:
    acme, _ = api(answer, ok())
    assert await acme.ask(Thing, "POST", "/things", json={}) == Thing(id="7")


async def test_a_search_by_post_is_repeated_when_the_caller_says_so() -> None:
    acme, _ = api(httpx.Response(503), ok())
    assert await acme.ask(Thing, "POST", "/search", json={}, repeatable=True) == Thing(id="7")


@pytest.mark.parametrize("status", [401, 403])
async def test_a_refused_credential_names_the_doctor_and_is_not_repeated(status: int) -> None:
    acme, service = api(httpx.Response(status, json={"error": {"message": "token expired"}}))
    with pytest.raises(CredentialError, match=f"{status}: token expired.*`leads doctor`"):
        await acme.ask(Thing, "GET", "/things/7")
    assert len(service.requests) == 1


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (httpx.ConnectError("refused"), RefusedForNow),
        (httpx.ConnectTimeout("slow"), RefusedForNow),
        (httpx.PoolTimeout("ours"), RefusedForNow),
        (httpx.Response(425), RefusedForNow),
        (httpx.Response(429), RefusedForNow),
        (httpx.Response(477), RefusedForNow),
        (httpx.ReadTimeout("slow"), TransientServiceError),
        (httpx.WriteTimeout("slow"), TransientServiceError),
        (httpx.ReadError("cut"), TransientServiceError),
        (httpx.WriteError("cut"), TransientServiceError),
        (httpx.RemoteProtocolError("cut"), TransientServiceError),
        (httpx.Response(408), TransientServiceError),
        (httpx.Response(423), TransientServiceError),
        (httpx.Response(500), TransientServiceError),
        (httpx.Response(503), TransientServiceError),
        (httpx.Response(200, content=b'{"id": "7'), TransientServiceError),
        (httpx.Response(200, html="<p>Sign in to this network</p>"), TransientServiceError),
        (httpx.Response(200, json={"error": {"code": 503}}), TransientServiceError),
        (httpx.Response(200, json={"ref": "7"}), UnknownAnswerError),
        (httpx.Response(400), PermanentServiceError),
        (httpx.Response(401), CredentialError),
        (httpx.Response(402), SetupError),
        (httpx.Response(302), SetupError),
        (httpx.Response(507), SetupError),
        (httpx.Response(501), PermanentServiceError),
    ],
)
async def test_a_write_tells_whether_it_may_have_been_done(
    answer: httpx.Response | Exception, kind: type[ServiceError]
) -> None:
    acme, _ = api(answer, attempts=1)
    with pytest.raises(ServiceError) as caught:
        await acme.ask(Thing, "POST", "/things", json={})
    assert type(caught.value) is kind
    assert caught.value.effect_unknown is (kind in (TransientServiceError, UnknownAnswerError))
    assert caught.value.mend


@pytest.mark.parametrize("last", [httpx.ConnectError("refused"), httpx.Response(429)])
async def test_a_write_is_in_doubt_when_an_earlier_try_of_it_may_have_come_through(
    last: httpx.Response | Exception,
) -> None:
    acme, service = api(httpx.ReadTimeout("slow"), last, last)
    with pytest.raises(TransientServiceError) as caught:
        await acme.ask(Thing, "PUT", "/things/7", json={})
    assert caught.value.effect_unknown
    assert not caught.value.answered
    assert len(service.requests) == 3


async def test_a_question_that_was_refused_in_the_end_has_done_nothing() -> None:
    acme, _ = api(httpx.ReadTimeout("slow"), httpx.Response(429), httpx.Response(429))
    with pytest.raises(RefusedForNow):
        await acme.ask(Thing, "GET", "/things/7")


@pytest.mark.parametrize("method", ["GET", "PROPFIND"])
async def test_an_unknown_shape_of_what_was_only_read_has_done_nothing(method: str) -> None:
    acme, _ = api(ok({"ref": "7"}), ok({"ref": "7"}), ok({"ref": "7"}))
    with pytest.raises(PermanentServiceError) as caught:
        await acme.ask(Thing, method, "/things")
    assert not caught.value.effect_unknown
    with pytest.raises(PermanentServiceError) as caught:
        await acme.find(Thing, "POST", "/search", json={}, repeatable=True)
    assert not caught.value.effect_unknown
    with pytest.raises(UnknownAnswerError):
        await acme.find(Thing, "PATCH", "/things/7", json={}, repeatable=True)


@pytest.mark.parametrize(
    ("answer", "answered"),
    [
        (httpx.Response(429), True),
        (httpx.Response(500), True),
        (httpx.Response(503, json={"message": "maintenance"}), True),
        (httpx.Response(200, json={"error": {"code": 503}}), True),
        (httpx.Response(503, html="<p>No server is available</p>"), False),
        (httpx.Response(502), False),
        (httpx.Response(504), False),
        (httpx.Response(524), False),
        (httpx.Response(200, html="<p>Sign in to this network</p>"), False),
        (httpx.Response(200, content=b'{"id": "7'), False),
        (httpx.ReadTimeout("slow"), False),
        (httpx.ReadError("cut"), False),
        (httpx.ConnectError("refused"), False),
    ],
)
async def test_silence_and_a_proxys_word_are_no_answer_of_the_service(
    answer: httpx.Response | Exception, answered: bool
) -> None:
    acme, _ = api(answer, attempts=1)
    with pytest.raises(TransientServiceError) as caught:
        await acme.ask(Thing, "POST", "/things", json={})
    assert caught.value.answered is answered


async def test_what_has_to_be_there_and_is_not_is_told_in_the_callers_words() -> None:
    acme, _ = api(httpx.Response(404, json={}), ok())
    missing = SetupError("Acme", "has no such list.", "Correct it.")
    with pytest.raises(SetupError) as caught:
        await acme.need(Thing, "GET", "/lists/7", missing)
    assert caught.value is missing
    assert await acme.need(Thing, "GET", "/lists/7", missing) == Thing(id="7")


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


@pytest.mark.parametrize(
    "response",
    [
        httpx.Response(200, html="<h1>Back soon</h1>"),
        httpx.Response(200, content=b'{"id": "7'),
        httpx.Response(200, content=b""),
    ],
)
async def test_a_200_without_json_is_tried_again(response: httpx.Response) -> None:
    acme, _ = api(response, ok())
    assert await acme.ask(Thing, "GET", "/things/7") == Thing(id="7")


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


async def test_a_service_may_name_the_wait_in_a_header_of_its_own() -> None:
    refusal = httpx.Response(429, headers={"x-acme-reset": "60"})
    acme = Api("Acme", "https://acme.com", ScriptedService([refusal]).client(), wait_header="x-acme-reset")
    with pytest.raises(TransientServiceError) as caught:
        await acme.ask(Thing, "GET", "/things/7")
    assert caught.value.retry_after == 60


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


async def test_more_patience_than_a_run_has_is_left_to_the_next_run() -> None:
    acme, service = api(httpx.Response(429, headers={"retry-after": "3600"}))
    with pytest.raises(TransientServiceError) as raised:
        await acme.ask(Thing, "GET", "/things/7")
    assert raised.value.retry_after == 3600
    assert len(service.requests) == 1


def test_the_wait_is_the_one_the_service_asks_for() -> None:
    short = RefusedForNow("Acme", "slow down", retry_after=2.5)
    assert wait_before_retry(short, repeatable=False) == 2.5
    assert wait_before_retry(RefusedForNow("Acme", "no"), repeatable=False) is True
    long = RefusedForNow("Acme", "slow down", retry_after=LONGEST_WAIT + 1)
    assert wait_before_retry(long, repeatable=True) is False
    assert wait_before_retry(ValueError(), repeatable=True) is False


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "120"}, 120),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "soon"}, None),
        (
            {"date": "Tue, 24 Nov 2026 09:30:00 GMT", "retry-after": "Tue, 24 Nov 2026 09:30:45 GMT"},
            45,
        ),
        ({"retry-after": "Tue, 24 Nov 2020 09:30:45 GMT"}, 0),
    ],
)
def test_retry_after_is_read_as_number_and_as_date(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(httpx.Headers(headers)) == seconds


@given(st.text(st.characters(max_codepoint=255)))
def test_a_wild_retry_after_never_fails(text: str) -> None:
    seconds = retry_after(httpx.Headers([(b"retry-after", text.encode("latin-1"))]))
    assert seconds is None or seconds >= 0


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


async def test_a_service_that_accepts_and_never_answers_is_given_up() -> None:
    server = await anyio.create_tcp_listener(local_host="127.0.0.1")
    async with server, httpx.AsyncClient(trust_env=False) as client:
        url = f"http://127.0.0.1:{server.extra(anyio.abc.SocketAttribute.local_port)}"
        acme = Api("Acme", url, client, timeout=0.05, attempts=1)
        with pytest.raises(TransientServiceError, match=r"within 0\.05 seconds"):
            await acme.send("GET", "/")


async def test_no_url_and_no_body_reaches_the_log(caplog: pytest.LogCaptureFixture) -> None:
    acme, _ = api(httpx.Response(500), ok())
    with caplog.at_level(logging.DEBUG, logger="root"):
        await acme.ask(Thing, "GET", "/by-email/ann@person.com")
    assert "person.com" not in caplog.text
    assert not any("person.com" in str(vars(record)) for record in caplog.records)
