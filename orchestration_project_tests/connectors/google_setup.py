"""What the tests of Google's connectors, and of Slack's, share: opening one, and checking its requests."""

import importlib.util
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import pytest
import sqlalchemy

from orchestration_project.connectors.base import ConnectorContext
from orchestration_project.fake_services.base import Request
from orchestration_project.fake_services.google_drive import parts_of

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)


def given_with(http: httpx.AsyncClient, environment: Mapping[str, str]) -> ConnectorContext:
    return ConnectorContext(
        http=http,
        home=Path("unused"),
        database=sqlalchemy.create_engine("sqlite://"),
        clock=lambda: NOW,
        environment=environment,
        own_domain="larkfield.example",
    )


def problems_of(shared: Path, service: str, requests: Iterable[Request]) -> list[str]:
    """What the official description has against these requests."""
    checker = _load(shared / "specs" / "check_request.py")
    return [
        f"{request.method} {request.path}: {problem}"
        for request in requests
        for problem in checker.problems(
            service, request.method, request.path, request.query, request.headers, _body(request)
        )
    ]


def naughty_strings(shared: Path) -> list[str]:
    return json.loads((shared / "data" / "naughty_strings" / "blns.json").read_text(encoding="utf-8"))


def _body(request: Request) -> Any:
    if request.headers.get("content-type", "").startswith("multipart/related"):
        return parts_of(request)[0]
    return request.body


def _load(path: Path) -> ModuleType:
    pytest.importorskip("jsonschema")
    spec = importlib.util.spec_from_file_location("check_request", path)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
