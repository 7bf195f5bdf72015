"""Over real connections: what a broken one tells of the write that was asked for. With another word for it, a
write would be repeated that may have been done."""

import importlib
import socket
from collections.abc import AsyncIterator, Iterator

import pytest
import stamina

from orchestration_project.connecting import http_client
from orchestration_project.connectors.http import Api
from orchestration_project.errors import CredentialError, RefusedForNow, TransientServiceError
from orchestration_project.fake_services.base import (
    FakeService,
    Fault,
    Reply,
    Request,
    answer_lost,
    silence,
    truncated,
)
from orchestration_project.fake_services.server import Broken
from orchestration_project.model import JsonObject

pytestmark = pytest.mark.anyio


class Echo(FakeService):
    def handle(self, request: Request) -> Reply:
        return Reply(200, {"method": request.method, "body": request.body, "form": request.form})


@pytest.fixture
def echo() -> Iterator[Echo]:
    with Echo() as service:
        yield service


@pytest.fixture
async def api(echo: Echo) -> AsyncIterator[Api]:
    importlib.import_module("httpx_aiohttp")  # else the first request waits for it, too
    with stamina.set_testing(True, attempts=1):
        async with http_client() as client:
            yield Api("Echo", echo.base_url, client, timeout=0.4)


async def test_what_is_asked_comes_through(api: Api) -> None:
    assert (await api.ask(JsonObject, "POST", "/a", json={"x": "é"}))["body"] == {"x": "é"}
    assert (await api.ask(JsonObject, "PUT", "/a", form={"x": "é"}))["form"] == {"x": "é"}
    assert (await api.send("HEAD", "/a")).status_code == 200


@pytest.mark.parametrize(
    "fault",
    [
        answer_lost(),
        truncated(),
        silence(),
        Fault(broken=Broken.RESET, acts=True),
        Fault(Reply(200, b"", {"Content-Length": "7"}), acts=True),
        Fault(Reply(99, b"no HTTP"), acts=True),
    ],
    ids=["closed", "cut", "silent", "reset", "short", "no HTTP"],
)
async def test_a_write_whose_answer_did_not_come_may_have_been_done(
    api: Api, echo: Echo, fault: Fault
) -> None:
    echo.next_answer(fault)
    with pytest.raises(TransientServiceError) as told:
        await api.ask(JsonObject, "POST", "/things", json={})
    assert told.value.effect_unknown
    assert not isinstance(told.value, RefusedForNow)
    assert len(echo.requests) == 1


async def test_the_same_on_a_connection_that_is_kept(api: Api, echo: Echo) -> None:
    await api.send("POST", "/things", json={})
    echo.next_answer(answer_lost())
    with pytest.raises(TransientServiceError) as told:
        await api.send("POST", "/things", json={})
    assert told.value.effect_unknown
    assert len(echo.requests) == 2


async def test_what_found_no_connection_was_not_done(api: Api) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        away = Api("Echo", f"http://127.0.0.1:{nobody.getsockname()[1]}", api.client)
        with pytest.raises(RefusedForNow) as told:
            await away.send("POST", "/things", json={})
    assert not told.value.effect_unknown


async def test_a_credential_with_a_line_end_is_not_shown(echo: Echo, api: Api) -> None:
    wrong = Api("Echo", echo.base_url, api.client, {"Authorization": "Bearer s3cret\nX: 1"})
    with pytest.raises(CredentialError, match="line end") as told:
        await wrong.send("POST", "/things", json={})
    assert "s3cret" not in f"{told.value} {told.value.__cause__} {told.value.__context__!r}"
    assert echo.requests == []
