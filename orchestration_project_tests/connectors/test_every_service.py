"""What every connector of a web service makes of trouble: not found, could not ask, too fast, shut out.

What a service does besides, and what is written to it, is in the tests of its own; its row is in
`every_service.py`.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy

from orchestration_project.connectors import TABLES
from orchestration_project.connectors.base import (
    SETTLE_SECONDS,
    Connector,
    FindsTwins,
    connector_class,
    settle_seconds,
)
from orchestration_project.errors import (
    CredentialError,
    RefusedForNow,
    ServiceError,
    SetupError,
    TransientServiceError,
)
from orchestration_project.fake_services.base import Fault, Reply, inside_200, status, web_page
from orchestration_project.ledger import tables
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.every_service import ROWS, Row, prepare
from orchestration_project_tests.connectors.services import given

pytestmark = pytest.mark.anyio

SECRET = ("TOKEN", "KEY", "SECRET", "PASSWORD")
BROKEN_OFF = {
    "connection": Fault(hang_up=True),
    "500": status(500),
    "503": status(503),
    "page of a proxy": web_page(502),
}
HALF_AN_ANSWER = Fault(Reply(200, b'{"results": [{"id": "1'))


class Wire(httpx.AsyncHTTPTransport):
    """The network, which can fall silent."""

    silent = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.silent:
            raise httpx.ReadTimeout("")
        return await super().handle_async_request(request)


@dataclass
class Case:
    row: Row
    service: Any
    wire: Wire
    connector: Connector
    secrets: list[str]

    async def look(self) -> object:
        return await self.row.look(self.connector)

    async def told(self, kind: type[ServiceError], *faults: Fault) -> ServiceError:
        """The error that these faults come to, once the connector has signed in."""
        await self.look()
        self.service.next_answer(*faults)
        return await self.raised(kind)

    async def raised(self, kind: type[ServiceError]) -> ServiceError:
        with pytest.raises(kind) as caught:
            await self.look()
        assert caught.value.mend
        assert not [secret for secret in self.secrets if secret in str(caught.value)]
        return caught.value


@asynccontextmanager
async def opened(row: Row, folder: Path, database: sqlalchemy.Engine | None = None) -> AsyncGenerator[Case]:
    kind, name = row.name.split()
    wire = Wire()
    with row.start(folder) as service:
        prepare(service)
        async with httpx.AsyncClient(transport=wire) as http:
            environment = row.environment(service)
            connection = Connection(connector=name, options=row.options(service))
            connector = connector_class(kind, name, TABLES[kind]).open(
                connection, given(http, environment, database=database)
            )
            secrets = [value for name, value in environment.items() if name.endswith(SECRET)]
            assert secrets
            yield Case(row, service, wire, connector, secrets)


@pytest.fixture(params=ROWS, ids=lambda row: row.name)
async def case(request: pytest.FixtureRequest, tmp_path: Path, no_waiting: None) -> AsyncGenerator[Case]:
    async with opened(request.param, tmp_path) as case:
        yield case


async def test_what_is_not_there_is_none(case: Case) -> None:
    assert await case.look() is None


@pytest.mark.parametrize("fault", BROKEN_OFF.values(), ids=BROKEN_OFF)
async def test_could_not_ask_is_not_the_same_as_not_found(case: Case, fault: Fault) -> None:
    await case.told(TransientServiceError, *[fault] * 3)


async def test_half_an_answer_is_not_the_same_as_not_found(case: Case) -> None:
    await case.told(case.row.strange, *[HALF_AN_ANSWER] * 3)


@pytest.mark.parametrize("code", [200, 207])
async def test_a_page_for_people_is_not_the_same_as_not_found_and_will_pass(case: Case, code: int) -> None:
    assert "web page" in (await case.told(TransientServiceError, *[web_page(code)] * 3)).said


async def test_silence_is_not_the_same_as_not_found(case: Case) -> None:
    await case.look()
    case.wire.silent = True
    assert "did not answer" in (await case.raised(TransientServiceError)).said


async def test_an_error_inside_of_a_200_is_not_the_same_as_not_found(case: Case) -> None:
    fault = inside_200({"error": {"code": 503, "message": "Backend Error"}})
    assert "Backend Error" in (await case.told(TransientServiceError, fault, fault, fault)).said


async def test_a_moments_trouble_is_not_told(case: Case) -> None:
    await case.look()
    case.service.next_answer(status(503), status(429))
    assert await case.look() is None


async def test_a_rate_limit_that_soon_passes_is_waited_for_and_asked_once_more(
    case: Case,
) -> None:
    await case.look()
    signed_in = len(case.service.requests)
    await case.look()
    needed = len(case.service.requests) - signed_in
    case.service.next_answer(status(429, **{case.row.wait_header: "7"}))
    assert await case.look() is None
    assert len(case.service.requests) == signed_in + 2 * needed + 1


async def test_a_rate_limit_that_lasts_is_told_with_its_wait_and_not_asked_again(case: Case) -> None:
    await case.look()
    before = len(case.service.requests)
    case.service.next_answer(status(429, **{case.row.wait_header: "60"}))
    error = await case.raised(TransientServiceError)
    assert isinstance(error, TransientServiceError)
    assert error.retry_after == 60
    assert len(case.service.requests) == before + 1


@pytest.mark.parametrize("code", [401, 403])
async def test_an_expired_credential_says_what_to_renew(case: Case, code: int) -> None:
    asked = 2 if code == 401 and case.row.renews else 1
    error = await case.told(CredentialError, *[status(code)] * asked)
    assert any(word in error.mend for word in ("doctor", "TOKEN", "KEY"))


async def test_one_early_401_is_asked_once_more_where_a_fresh_token_can_be_had(case: Case) -> None:
    await case.look()
    case.service.next_answer(status(401))
    if case.row.renews:
        assert await case.look() is None
    else:
        await case.raised(CredentialError)


async def test_an_account_that_is_not_paid_for_is_a_matter_of_its_set_up(case: Case) -> None:
    error = await case.told(SetupError, status(402))
    assert not error.effect_unknown


async def test_another_address_than_the_services_is_a_matter_of_set_up(case: Case) -> None:
    await case.told(SetupError, status(302, Location="https://elsewhere.example/"))


async def test_what_the_service_says_itself_is_told_apart_from_silence(case: Case) -> None:
    error = await case.told(TransientServiceError, *[status(500)] * 3)
    assert isinstance(error, TransientServiceError)
    assert error.answered
    case.wire.silent = True
    error = await case.raised(TransientServiceError)
    assert isinstance(error, TransientServiceError)
    assert not error.answered


async def test_a_rate_limit_has_done_nothing(case: Case) -> None:
    error = await case.told(RefusedForNow, *[status(429)] * 3)
    assert not error.effect_unknown


async def test_the_audit_tells_an_expired_credential_instead_of_raising(case: Case) -> None:
    await case.look()
    case.service.next_answer(*[status(401)] * 3)
    health = await case.connector.check()
    assert not health.ok
    assert health.mend


NO_SECOND_ONE = {
    "calendar google": "the event's id is ours",
    "calendar caldav": "the event's address is ours",
    "folder webdav": "the folder's name is ours",
    "sequence mailchimp": "one member an address",
    "sequence brevo": "one contact an address",
}


async def test_where_there_can_be_twins_they_can_be_looked_for(case: Case) -> None:
    is_only_read = case.row.name.startswith(("form_source ", "company "))
    assert isinstance(case.connector, FindsTwins) != (is_only_read or case.row.name in NO_SECOND_ONE)


async def test_only_where_a_second_write_changes_nothing_it_need_not_wait_for_the_first(case: Case) -> None:
    at_once = ("calendar caldav", "sequence mailchimp", "sequence brevo")
    expected = 0 if case.row.name in at_once else SETTLE_SECONDS
    assert settle_seconds(case.connector) == expected


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
async def test_each_service_with_a_published_limit_is_asked_at_its_pace(
    row: Row, tmp_path: Path, database: sqlalchemy.Engine
) -> None:
    async with opened(row, tmp_path, database) as case:
        await case.look()
    with database.connect() as connection:
        queues = set(connection.scalars(sqlalchemy.select(tables.paces.c.name)))
    assert queues == ({row.queue} if row.queue else set())
