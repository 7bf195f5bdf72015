"""Opening a connector over a stand-in service, and holding what it sent against the official description.

One place for the tests of all kinds, so that each test file shows only what its service does.
"""

import inspect
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Generic, TypeVar, cast

import httpx
import sqlalchemy

from orchestration_project.connectors.base import ConnectorContext
from orchestration_project.fake_services.base import FakeService, Reply, Request
from orchestration_project.ledger.paces import take_turn
from orchestration_project.model import Clock
from orchestration_project_tests.contracts.check import RECORD, answer_problems, problems, record
from orchestration_project_tests.data_sets import naughty_strings

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
        client=lambda: http,
        home=Path("unused"),
        database=database or sqlalchemy.create_engine("sqlite://"),
        clock=clock,
        environment=environment,
        own_domain="larkfield.example",
        turns=partial(take_turn, database) if database else None,
    )


FakeService.keeps_answers = True


def violations(
    service: str,
    requests: Iterable[Request],
    base: str = "",
    answers: Iterable[tuple[Request, Reply]] = (),
) -> list[str]:
    """What the official description says against these requests and these answers of a stand-in. `base` goes
    before their paths."""
    found: list[str] = []
    for sent in requests:
        if RECORD in os.environ:
            record(service, sent, base)
        else:
            found += problems(service, sent, base)
    for sent, reply in answers:
        if RECORD in os.environ:
            record(service, sent, base, reply)
        else:
            found += answer_problems(service, sent, reply, base)
    return found


def naughty_texts(each: int) -> list[str]:
    """All of them, so many to a text: it survives whole or not at all."""
    strings = naughty_strings()
    return ["\n".join(strings[at : at + each]) for at in range(0, len(strings), each)]
