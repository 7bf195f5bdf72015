"""Opening and checking OpenAiModel, and what its requests look like."""

import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest

from orchestration_project.connectors.ai.openai import BASE_URL, OpenAiModel
from orchestration_project.errors import LeadsError
from orchestration_project_tests.connectors.ai.opening import QUESTION, open_model
from orchestration_project_tests.connectors.services import Watched
from orchestration_project_tests.fakes.http import ScriptedService
from orchestration_project_tests.fakes.openai_server import OpenAiServer, answered

pytestmark = pytest.mark.anyio


async def test_check_lists_the_models(model: OpenAiModel, server: OpenAiServer) -> None:
    assert (await model.check()).ok
    assert [(request.method, request.path) for request in server.requests] == [("GET", "/v1/models")]


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
    service = ScriptedService([httpx.Response(200, content=answered().body)])
    async with service.client() as client:
        await open_model(client, "").ask(QUESTION)
    [request] = service.requests
    assert str(request.url) == f"{BASE_URL}/chat/completions"
    assert json.loads(request.content)["store"] is False


async def test_a_compatible_server_is_not_sent_words_it_may_not_know(
    model: OpenAiModel, server: OpenAiServer
) -> None:
    await model.ask(QUESTION)
    assert "store" not in server.asked[0].body


async def test_what_goes_out_keeps_to_the_official_description(
    shared: Path, model: OpenAiModel, server: OpenAiServer
) -> None:
    check_request = load_checker(shared / "specs" / "check_request.py")
    watched = Watched(model)
    await watched.connector.ask(QUESTION)
    await watched.connector.check()
    assert watched.left_out == set()
    for sent in server.requests:
        problems: list[str] = check_request.problems(
            "openai", sent.method, sent.path, {}, sent.headers, sent.body
        )
        assert problems == []
    assert len(server.requests) == 2


def load_checker(path: Path) -> ModuleType:
    pytest.importorskip("jsonschema")
    spec = importlib.util.spec_from_file_location("check_request", path)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
