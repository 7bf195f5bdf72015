"""Connectors are opened by their first use: what one lacks is missed by those who need it, by nobody else."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import sqlalchemy

from orchestration_project.connectors import TABLES
from orchestration_project.connectors.base import ConnectorContext, connector_class
from orchestration_project.connectors.opened import KINDS, open_connections
from orchestration_project.errors import SettingError
from orchestration_project.playbook.model import Connection, Connections
from orchestration_project_tests.connectors.every_service import ROWS, Row, prepare
from orchestration_project_tests.connectors.services import given

EMBEDDED = Connections(
    form_sources={"inbox": Connection(connector="inbox")},
    crm=Connection(connector="local"),
    company=Connection(connector="none"),
    website=Connection(connector="reader"),
    ai=Connection(connector="offline"),
    mail=Connection(connector="outbox"),
    chat=Connection(connector="file"),
    calendar=Connection(connector="ics"),
    folder=Connection(connector="disk"),
    sequence=Connection(connector="local"),
)
SLACK = Connection(connector="slack", options={"channel": "C0123456789"})
TYPEFORM = Connection(connector="typeform", options={"form": "u6nXL7"})
WITHOUT_TOKENS = EMBEDDED.model_copy(
    update={"chat": SLACK, "form_sources": {**EMBEDDED.form_sources, "website": TYPEFORM}}
)


class Severed(httpx.AsyncBaseTransport):
    """A network that nobody may touch."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        raise AssertionError(f"{request.method} {request.url} was asked while a connector was opened")


@pytest.fixture
def severed() -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=Severed())


def context(
    http: httpx.AsyncClient, home: Path, environment: Mapping[str, str] | None = None
) -> ConnectorContext:
    nowhere = sqlalchemy.create_engine("postgresql+psycopg2://nobody@127.0.0.1:1/nowhere")
    return replace(given(http, environment or {}, database=nowhere), home=home)


def test_a_missing_token_is_missed_by_those_who_need_it_and_by_nobody_else(
    severed: httpx.AsyncClient, tmp_path: Path
) -> None:
    connected = open_connections(WITHOUT_TOKENS, context(severed, tmp_path))
    for kind in set(KINDS) - {"chat"}:
        assert connected.of_kind(kind) is getattr(connected, kind)
    assert connected.form_sources["inbox"].embedded
    for _ in range(2):  # not only the first time
        with pytest.raises(SettingError, match="SLACK_TOKEN"):
            _ = connected.chat
        with pytest.raises(SettingError, match="TYPEFORM_TOKEN"):
            _ = connected.form_sources["website"]


def test_what_needs_no_account_is_known_without_a_credential(
    severed: httpx.AsyncClient, tmp_path: Path
) -> None:
    connected = open_connections(WITHOUT_TOKENS, context(severed, tmp_path))
    assert not connected.embedded("chat")
    assert connected.embedded("crm")
    assert {name: connected.form_sources.embedded(name) for name in connected.form_sources} == {
        "inbox": True,
        "website": False,
    }


@pytest.mark.parametrize(
    ("kind", "name"), [(kind, name) for kind, table in TABLES.items() for name in table if name != "csv"]
)
def test_every_class_says_whether_it_needs_an_account(kind: str, name: str) -> None:
    assert connector_class(kind, name, TABLES[kind]).embedded in (True, False)


def test_a_connector_is_opened_once_however_many_reach_for_it(
    severed: httpx.AsyncClient, tmp_path: Path
) -> None:
    connected = open_connections(EMBEDDED, context(severed, tmp_path))
    with ThreadPoolExecutor(8) as pool:
        opened = [pool.submit(lambda: connected.crm).result() for _ in range(16)]
    assert len({id(crm) for crm in opened}) == 1
    assert connected.form_sources["inbox"] is connected.form_sources["inbox"]


def test_a_form_source_that_there_is_not_is_no_source(severed: httpx.AsyncClient, tmp_path: Path) -> None:
    sources = open_connections(EMBEDDED, context(severed, tmp_path)).form_sources
    assert list(sources) == ["inbox"]
    assert len(sources) == 1
    with pytest.raises(KeyError):
        _ = sources["website"]


def test_opening_the_embedded_ones_touches_neither_disk_nor_database(
    severed: httpx.AsyncClient, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    connected = open_connections(EMBEDDED, context(severed, home))
    for kind in KINDS:
        connected.of_kind(kind)
    _ = connected.form_sources["inbox"]
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_opening_a_service_asks_it_nothing(row: Row, severed: httpx.AsyncClient, tmp_path: Path) -> None:
    kind, name = row.name.split()
    (tmp_path / "service").mkdir()
    with row.start(tmp_path / "service") as service:
        prepare(service)
        asked = len(service.requests)
        connection = Connection(connector=name, options=row.options(service))
        connector_class(kind, name, TABLES[kind]).open(
            connection, context(severed, tmp_path / "home", row.environment(service))
        )
        assert len(service.requests) == asked
    assert not (tmp_path / "home").exists()
