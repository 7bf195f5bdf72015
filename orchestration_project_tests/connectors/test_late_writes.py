"""A service that answers after we gave up: its write is done late, by every write of every connector.

Each write is in `late_crm_writes.py` or `late_writes.py`, with what makes a repetition harmless where the
service takes such a key.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from orchestration_project.connectors import TABLES
from orchestration_project.connectors.base import connector_class
from orchestration_project.errors import TransientServiceError
from orchestration_project.fake_services.faults import FaultKind, FaultPlan
from orchestration_project.fake_services.in_memory import in_memory
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.every_service import ROWS, prepare
from orchestration_project_tests.connectors.late_write import Place, Write
from orchestration_project_tests.connectors.late_writes import NOT_TRIED, WRITES
from orchestration_project_tests.connectors.services import given

pytestmark = pytest.mark.anyio

KINDS = ("crm", "mail", "chat", "calendar", "folder", "sequence")
ATTEMPTS = 3
"""So often a request that may be repeated is made before the connector gives up."""

LAGGING = ("crm hubspot", "crm pipedrive", "mail gmail")
"""Services whose search does not know at once what was written."""
BLIND_WHILE_SEARCH_LAGS = {
    "crm pipedrive, contact": "`find_contact` asks the search alone; `create_contact` also looks among the "
    "newest"
}
"""Known exceptions: what is there is not found, and yet not made twice."""


@asynccontextmanager
async def opened(write: Write, folder: Path) -> AsyncGenerator[tuple[Any, Place]]:
    row = next(row for row in ROWS if row.name == write.row)
    kind, name = row.name.split()
    service = row.start(folder)
    transport = in_memory(service)
    prepare(service, httpx.Client(transport=transport))
    place = Place(service, folder)
    if write.prepare:
        write.prepare(place)
    async with httpx.AsyncClient(transport=transport) as http:
        options = row.options(service) | dict(write.options or {})
        connector = connector_class(kind, name, TABLES[kind]).open(
            Connection(connector=name, options=options), given(http, row.environment(service))
        )
        if write.ready:
            await write.ready(connector)
        yield connector, place


def be_late(write: Write, place: Place) -> None:
    """The request goes unanswered, however often it is made, and each time it is done later."""
    place.service.disturb(FaultPlan.always(FaultKind.LATE, to=write.at, times=ATTEMPTS))


async def give_up(write: Write, connector: Any, place: Place) -> None:
    be_late(write, place)
    with pytest.raises(TransientServiceError) as caught:
        await write.act(connector)
    assert caught.value.effect_unknown
    assert place.service.held
    place.service.disturb(None)


def write_id(write: Write) -> str:
    return write.id


@pytest.mark.parametrize("write", WRITES, ids=write_id)
async def test_a_late_write_is_found_once_it_has_landed_and_is_not_done_again(
    write: Write, tmp_path: Path
) -> None:
    async with opened(write, tmp_path) as (connector, place):
        await give_up(write, connector, place)
        # the trap: whoever looks now finds nothing
        assert await write.find(connector) is None

        place.service.land()
        found = await write.find(connector)
        assert (found is None) == (write.half is not None), write.half
        if found is None:
            await write.act(connector)  # completes it
        assert await write.find(connector) is not None
        assert write.count(place) == 1


@pytest.mark.parametrize("write", WRITES, ids=write_id)
async def test_who_does_it_again_too_soon_makes_a_second_one_where_the_service_takes_no_key(
    write: Write, tmp_path: Path
) -> None:
    async with opened(write, tmp_path) as (connector, place):
        await give_up(write, connector, place)
        await write.act(connector)
        assert write.count(place) == 1
        landing = len(place.service.held)
        place.service.land()
        assert write.count(place) == (1 if write.key else 1 + landing)
        assert await write.find(connector) is not None


@pytest.mark.parametrize("write", [write for write in WRITES if write.row in LAGGING], ids=write_id)
async def test_a_late_write_is_not_done_again_though_the_search_lags(write: Write, tmp_path: Path) -> None:
    async with opened(write, tmp_path) as (connector, place):
        place.service.search_lags = True
        await give_up(write, connector, place)
        place.service.land()
        found = await write.find(connector)
        assert write.half or (found is None) == (write.id in BLIND_WHILE_SEARCH_LAGS)
        if found is None:
            await write.act(connector)
        assert write.count(place) == 1


@pytest.mark.parametrize("name", sorted({write.row for write in WRITES}))
async def test_every_write_of_a_connector_is_in_the_table(name: str, tmp_path: Path) -> None:
    known = tuple(write.at for write in WRITES if write.row == name)
    for number, write in enumerate(write for write in WRITES if write.row == name):
        folder = tmp_path / str(number)
        folder.mkdir()
        async with opened(write, folder) as (connector, place):
            place.service.accepted.clear()
            await write.act(connector)
            made = [f"{one.request.method} {one.request.path}" for one in place.service.accepted]
            assert any(told.startswith(write.at) for told in made), "it makes the request that it names"
            assert [told for told in made if not told.startswith(known)] == []


def test_every_connector_that_writes_to_the_outside_is_in_the_table() -> None:
    outside = {
        f"{kind} {name}"
        for kind in KINDS
        for name in TABLES[kind]
        if not connector_class(kind, name, TABLES[kind]).embedded
    }
    assert outside == {write.row for write in WRITES} | set(NOT_TRIED)
