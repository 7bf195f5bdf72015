"""Which HTTP outcomes are tried again, after which wait, and whether a write may have been done meanwhile.

What one service means by them is its connector's test.
"""

import anyio
import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration_project.connectors.http import Api
from orchestration_project.connectors.http_status import retry_after
from orchestration_project.connectors.retries import LONGEST_WAIT, wait_before_retry
from orchestration_project.errors import (
    CredentialError,
    PermanentServiceError,
    RefusedForNow,
    ServiceError,
    SetupError,
    TransientServiceError,
    UnknownAnswerError,
)
from orchestration_project_tests.connectors.http.conftest import Thing, api, ok
from orchestration_project_tests.fakes.http import ScriptedService

pytestmark = pytest.mark.anyio


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


async def test_a_service_may_name_the_wait_in_a_header_of_its_own() -> None:
    refusal = httpx.Response(429, headers={"x-acme-reset": "60"})
    acme = Api("Acme", "https://acme.com", ScriptedService([refusal]).client(), wait_header="x-acme-reset")
    with pytest.raises(TransientServiceError) as caught:
        await acme.ask(Thing, "GET", "/things/7")
    assert caught.value.retry_after == 60


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


async def test_a_service_that_accepts_and_never_answers_is_given_up() -> None:
    server = await anyio.create_tcp_listener(local_host="127.0.0.1")
    async with server, httpx.AsyncClient(trust_env=False) as client:
        url = f"http://127.0.0.1:{server.extra(anyio.abc.SocketAttribute.local_port)}"
        acme = Api("Acme", url, client, timeout=0.05, attempts=1)
        with pytest.raises(TransientServiceError, match=r"within 0\.05 seconds"):
            await acme.send("GET", "/")
