"""Opening a connector over a stand-in service, and holding what it sent against the official description.

One place for the tests of all kinds, so that each test file shows only what its service does.
"""

import importlib.util
import inspect
import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, Generic, TypeVar, cast

import httpx
import pytest
import sqlalchemy

from orchestration_project.connectors.base import ConnectorContext
from orchestration_project.connectors.hubspot_api import OWNERS, PROPERTIES
from orchestration_project.fake_services.base import Request
from orchestration_project.fake_services.google_drive import parts_of
from orchestration_project.ledger.paces import take_turn
from orchestration_project.model import Clock

_DATED = {PROPERTIES: "/crm/v3/properties", OWNERS: "/crm/v3/owners"}

ConnectorT = TypeVar("ConnectorT")


class Watched(Generic[ConnectorT]):
    """A connector that remembers which of its methods were called, to show those that a test left out."""

    def __init__(self, connector: ConnectorT) -> None:
        self._connector = connector
        self._called: set[str] = set()

    @property
    def connector(self) -> ConnectorT:
        return cast("ConnectorT", self)

    @property
    def left_out(self) -> set[str]:
        methods = {
            name
            for name, member in vars(type(self._connector)).items()
            # of deletions, and of what a token may do, the description that we have says nothing;
            # see test_erasing.py, and watch/test_scopes.py
            if inspect.iscoroutinefunction(member) and not name.startswith(("_", "erase_", "scopes"))
        }
        assert methods
        return methods - self._called

    def __getattr__(self, name: str) -> Any:
        self._called.add(name)
        return getattr(self._connector, name)


def given(
    http: httpx.AsyncClient,
    environment: Mapping[str, str],
    *,
    clock: Clock = lambda: datetime(2026, 11, 24, 9, 30, tzinfo=UTC),
    database: sqlalchemy.Engine | None = None,
) -> ConnectorContext:
    """Without a database there is no ledger, so nothing is paced."""
    return ConnectorContext(
        http=http,
        home=Path("unused"),
        database=database or sqlalchemy.create_engine("sqlite://"),
        clock=clock,
        environment=environment,
        own_domain="larkfield.example",
        turns=partial(take_turn, database) if database else None,
    )


def violations(shared: Path, service: str, requests: Iterable[Request], base: str = "") -> list[str]:
    """What the official description says against these requests. `base` goes before their paths."""
    pytest.importorskip("jsonschema")
    checker = _load(shared / "specs" / "check_request.py")
    found: list[str] = []
    for sent in requests:
        path = base + sent.path
        for dated, described in _DATED.items():  # of these the description has the older name only
            path = path.replace(dated, described)
        found += checker.problems(service, sent.method, path, sent.query, dict(sent.headers), _body(sent))
    return found


def _body(request: Request) -> Any:
    """Of an upload, what describes the file."""
    if request.headers.get("content-type", "").startswith("multipart/related"):
        return parts_of(request)[0]
    return request.body


def naughty_strings(shared: Path) -> list[str]:
    return json.loads((shared / "data" / "naughty_strings" / "blns.json").read_text(encoding="utf-8"))


def naughty_texts(shared: Path, each: int) -> list[str]:
    """All of them, so many to a text: it survives whole or not at all."""
    strings = naughty_strings(shared)
    return ["\n".join(strings[at : at + each]) for at in range(0, len(strings), each)]


def _load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_request", path)
    assert spec is not None
    assert spec.loader is not None
    module: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
