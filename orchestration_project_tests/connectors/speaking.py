"""What tests of real services share: a client, what `open` is given, and requests held against the specs."""

import importlib.util
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy

from orchestration_project.connectors.base import Given
from orchestration_project.model import Clock
from orchestration_project_tests.fakes.services.base import Request


def given_for(http: httpx.AsyncClient, clock: Clock, environment: Mapping[str, str]) -> Given:
    """Without a ledger, so that no pace is kept."""
    return Given(
        http=http,
        home=Path("unused"),
        database=sqlalchemy.create_engine("sqlite://"),
        clock=clock,
        environment=environment,
        own_domain="larkfield.example",
    )


def problems(shared: Path, service: str, requests: Iterable[Request]) -> list[str]:
    """What the official description has against these requests."""
    checker = _checker(shared / "specs" / "check_request.py")
    return [
        f"{request.method} {request.path}: {problem}"
        for request in requests
        for problem in checker.problems(
            service, request.method, request.path, request.query, request.headers, request.body
        )
    ]


@lru_cache
def _checker(path: Path) -> Any:
    pytest.importorskip("jsonschema")
    spec = importlib.util.spec_from_file_location("check_request", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
