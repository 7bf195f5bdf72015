"""Opening and checking OpenAiModel, and what its requests look like."""

import json
from datetime import date

import httpx
import pytest

from orchestration_project.connectors.ai.openai import BASE_URL, OpenAiModel
from orchestration_project.connectors.ai.openai_models import model_health
from orchestration_project.connectors.base import Health
from orchestration_project.errors import LeadsError
from orchestration_project.fake_services.server import Request as Sent
from orchestration_project_tests.connectors.ai.opening import QUESTION, open_model
from orchestration_project_tests.connectors.services import Watched, violations
from orchestration_project_tests.fakes.http import ScriptedService
from orchestration_project_tests.fakes.openai_answers import OpenAiServer, good

pytestmark = pytest.mark.anyio


async def test_check_lists_the_models(model: OpenAiModel, server: OpenAiServer) -> None:
    health = await model.check()
    assert health == Health(ok=True, says="127.0.0.1 accepts the key. The model is gpt-6.1-terra.")
    assert [(request.method, request.path) for request in server.requests] == [("GET", "/v1/models")]


async def test_check_tells_when_the_model_is_shut_down(model: OpenAiModel, server: OpenAiServer) -> None:
    server.shutdown_date = "2026-12-11"
    health = await model.check()
    assert health.ok
    assert health.says.endswith("gpt-6.1-terra is shut down on 2026-12-11, in 17 days.")
    assert "Choose another `model`" in health.mend


def listed(model: str, **fields: str | None) -> str:
    return json.dumps({"object": "list", "data": [{"id": model, "object": "model", **fields}]})


@pytest.mark.parametrize(
    ("answer", "own", "ok", "says", "warns"),
    [
        (listed("m"), True, True, "The model is m.", False),
        (listed("m", shutdown_date=None), True, True, "The model is m.", False),
        (listed("m", shutdown_date="2027-01-24"), True, True, "on 2027-01-24, in 61 days.", False),
        (listed("m", shutdown_date="2027-01-23"), True, True, "on 2027-01-23, in 60 days.", True),
        (listed("m", shutdown_date="2026-11-24"), True, False, "m was shut down on 2026-11-24.", True),
        (listed("other"), True, False, "It lists no model m.", True),
        (listed("other"), False, True, "It lists no model m.", False),
        ("<html>", True, False, "no list of models", True),
        (listed("m", shutdown_date="soon"), True, False, "no list of models", True),
    ],
)
def test_doctor_is_told_whether_the_model_is_there_and_until_when(
    answer: str, *, own: bool, ok: bool, says: str, warns: bool
) -> None:
    health = model_health("It accepts the key.", answer, "m", date(2026, 11, 24), own=own)
    assert (health.ok, bool(health.mend)) == (ok, warns)
    assert says in health.says


async def test_check_tells_how_to_mend_a_wrong_key(http: httpx.AsyncClient, server: OpenAiServer) -> None:
    health = await open_model(http, server.base_url, key="sk-old").check()
    assert not health.ok
    assert "OPENAI_API_KEY" in health.mend


async def test_without_a_key_opening_names_the_variable_and_the_file(http: httpx.AsyncClient) -> None:
    with pytest.raises(LeadsError, match="OPENAI_API_KEY") as caught:
        open_model(http, "https://api.example/v1", key=" ")
    assert "connections.yaml" in str(caught.value)


async def test_an_address_without_a_scheme_is_refused_at_opening(http: httpx.AsyncClient) -> None:
    with pytest.raises(LeadsError, match="OPENAI_BASE_URL"):
        open_model(http, "localhost:8000/v1")


async def test_openai_itself_is_told_not_to_store_the_question(server: OpenAiServer) -> None:
    service = ScriptedService([httpx.Response(200, content=good().content)])
    async with service.client() as client:
        await open_model(client, "").ask(QUESTION)
    [request] = service.requests
    assert str(request.url) == f"{BASE_URL}/chat/completions"
    sent = json.loads(request.content)
    assert sent["store"] is False
    assert sent["reasoning_effort"] == "low"
    assert "temperature" not in sent, "it takes none while it thinks"


async def test_openai_is_sent_a_temperature_where_the_model_does_not_think(server: OpenAiServer) -> None:
    service = ScriptedService([httpx.Response(200, content=good().content)] * 2)
    async with service.client() as client:
        model = open_model(client, "")
        for effort in (None, "none"):
            await model.ask(QUESTION.model_copy(update={"reasoning_effort": effort}))
    assert [json.loads(request.content)["temperature"] for request in service.requests] == [0, 0]


async def test_a_compatible_server_is_not_sent_words_it_may_not_know(
    model: OpenAiModel, server: OpenAiServer
) -> None:
    await model.ask(QUESTION)
    assert "store" not in server.questions[0].body


async def test_what_goes_out_keeps_to_the_official_description(
    model: OpenAiModel, server: OpenAiServer
) -> None:
    watched = Watched(model)
    await watched.connector.ask(QUESTION)
    await watched.connector.check()
    assert await watched.connector.body(QUESTION) == server.questions[0].body, "by the file it is the same"
    assert watched.left_out == set()
    asked = [
        Sent(one.method, one.path, {}, {**one.headers}, json.dumps(one.body).encode() if one.body else b"")
        for one in server.requests
    ]
    assert violations("openai", asked, answers=server.answers) == []
    assert len(server.requests) == 2
