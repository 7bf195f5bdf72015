"""Whoever asks a stand-in at hand is told what a real connection tells; all else goes over the network.

How a service goes wrong is tested in `test_faults.py`.
"""

from collections.abc import Callable

import anyio
import httpx
import pytest

from orchestration_project.fake_services.base import (
    FakeService,
    Fault,
    Reply,
    Request,
    answer_lost,
    inside_200,
    rate_limited,
    silence,
    status,
    truncated,
    web_page,
)
from orchestration_project.fake_services.faults import Away
from orchestration_project.fake_services.in_memory import AtHand
from orchestration_project.fake_services.server import Broken

pytestmark = pytest.mark.anyio

FAULTS = {
    "500": status(500),
    "429": rate_limited(7),
    "page": web_page(),
    "inside 200": inside_200({"error": "no"}),
    "cut": truncated(),
    "answer lost": answer_lost(),
    "silent": silence(),
    **{f"broken: {kind.value}": Fault(broken=kind) for kind in Broken if kind is not Broken.SILENT},
}
HEADERS = {"X-Key": "key 1", "Content-Type": "application/json"}
OF_THE_CONNECTION = {"date", "server", "content-length"}


class Mirror(FakeService):
    """Answers with what it was sent."""

    silent_seconds = 5.0

    def handle(self, request: Request) -> Reply:
        return Reply(
            201 if request.method == "POST" else 200,
            {
                "method": request.method,
                "path": request.path,
                "query": request.query,
                "key": request.headers.get("x-key"),
                "raw": request.raw.decode(),
            },
            {"X-Page": "2", "ETag": '"1"'},
        )


Told = tuple[object, ...]


async def told(transport: httpx.AsyncBaseTransport, service: FakeService, method: str, path: str) -> Told:
    """The answer, or the exception: what a connector can see of it."""
    async with httpx.AsyncClient(transport=transport, trust_env=False, timeout=0.4) as client:
        try:
            answer = await client.request(
                method, service.base_url + path, content=b'{"a": "\xc3\xa4"}', headers=HEADERS
            )
        except httpx.HTTPError as error:
            return type(error), str(error)
        headers = {name: value for name, value in answer.headers.items() if name not in OF_THE_CONNECTION}
        return answer.status_code, headers, answer.content


async def both(
    prepare: Callable[[FakeService], None], method: str = "POST", path: str = "/things"
) -> list[Told]:
    heard: list[Told] = []
    for transport in (httpx.AsyncHTTPTransport(), AtHand()):
        with Mirror() as service:
            prepare(service)
            heard.append(await told(transport, service, method, path))
    return heard


@pytest.mark.parametrize("method", ["GET", "POST", "HEAD", "DELETE", "PROPFIND"])
@pytest.mark.parametrize("path", ["/a%2Fb/c?q=x%20y&q=&empty=", "/?a=%C3%A4", "/a//b"])
async def test_an_answer_is_the_same(method: str, path: str) -> None:
    over_the_network, at_hand = await both(lambda _: None, method, path)
    assert at_hand == over_the_network
    assert at_hand[0] == (201 if method == "POST" else 200)


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
async def test_trouble_is_told_in_the_same_words(fault: Fault) -> None:
    over_the_network, at_hand = await both(lambda service: service.next_answer(fault))
    assert at_hand == over_the_network


@pytest.mark.parametrize("how", Away)
async def test_a_service_that_is_away_is_away_in_the_same_way(how: Away) -> None:
    over_the_network, at_hand = await both(lambda service: service.go_away(how))
    assert at_hand == over_the_network


async def test_what_cannot_be_sent_over_a_connection_is_refused() -> None:
    heard: list[str] = []
    for transport in (httpx.AsyncHTTPTransport(), AtHand()):
        with Mirror() as service:
            async with httpx.AsyncClient(transport=transport, trust_env=False) as client:
                with pytest.raises(httpx.LocalProtocolError) as refused:
                    await client.get(service.base_url, headers={"X-Key": "one\r\nX-Other: two"})
            assert service.requests == []
            heard.append(str(refused.value))
    assert heard[0] == heard[1]


async def test_no_connection_is_made_to_a_service_at_hand_and_one_is_to_any_other() -> None:
    assert await connected_to(lambda _: None) == []
    assert await connected_to(lambda service: FakeService.serving.pop(port_of(service))) == ["/things"]


async def test_what_takes_its_time_goes_over_the_network() -> None:
    def slow(service: FakeService) -> None:
        service.latency = 0.001

    assert await connected_to(slow) == ["/things"]


async def test_answers_of_a_service_at_hand_come_after_others_have_had_their_turn() -> None:
    order: list[str] = []

    async def ask(service: FakeService) -> None:
        await told(AtHand(), service, "GET", "/things")
        order.append("answered")

    async def other() -> None:
        order.append("other")

    with Mirror() as service:
        async with anyio.create_task_group() as group:
            group.start_soon(ask, service)
            group.start_soon(other)
    assert order == ["other", "answered"]


def port_of(service: FakeService) -> int:
    port = httpx.URL(service.base_url).port
    assert port is not None
    return port


async def connected_to(prepare: Callable[[FakeService], object]) -> list[str]:
    """The paths that were asked for over a real connection."""
    asked: list[str] = []

    class Watched(Mirror):
        def serve(self, request: Request) -> Reply | Broken:
            asked.append(request.path)
            return super().serve(request)

    with Watched() as service:
        taken = dict(FakeService.serving)
        try:
            prepare(service)
            assert (await told(AtHand(), service, "GET", "/things"))[0] == 200
        finally:
            FakeService.serving.update(taken)
    return asked
