"""What Typeform, Tally and HubSpot's forms list at the borders of their pages.

As typeform.com/developers/responses, developers.tally.so and people's reports have it: lists shift while
they are read, several answers come within one second, one shows late, one that a page was to go on from is
deleted.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from orchestration_project.connectors.form_source import hubspot_forms, tally, typeform
from orchestration_project.connectors.form_source.timed_form import TimedForm
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.services import given

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("no_waiting")]
NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
TOKENS = {"TYPEFORM_TOKEN": "t", "TALLY_API_KEY": "t", "HUBSPOT_TOKEN": "t"}


class List:
    """A form service that lists `given`: (id, seconds before now), without those that are `gone`."""

    def __init__(self, kind: type[TimedForm]) -> None:
        self.kind = kind
        self.given: list[tuple[str, float]] = []
        self.gone: set[str] = set()
        self.refusal = 400

    def source(self) -> TimedForm:
        client = httpx.AsyncClient(transport=httpx.MockTransport(self.answer))
        return self.kind.open(Connection(connector="x", options={"form": "F"}), given(client, TOKENS))

    def answer(self, request: httpx.Request) -> httpx.Response:
        asked, path = request.url.params, request.url.path
        if self.kind is typeform.Typeform:
            return self._typeform(path, asked)
        if self.kind is tally.Tally:
            return self._tally(path, asked)
        return self._hubspot(path, asked)

    def _typeform(self, path: str, asked: httpx.QueryParams) -> httpx.Response:
        if not path.endswith("responses"):
            return httpx.Response(200, json={"title": "F", "fields": []})
        rows = sorted(self.given, key=lambda one: -one[1])
        if after := asked.get("after"):
            if after in self.gone:
                return httpx.Response(self.refusal, json={"code": "VALIDATION_ERROR", "description": "after"})
            rows = rows[[key for key, _ in rows].index(after) + 1 :]
        elif since := asked.get("since"):
            rows = [one for one in rows if _at(one[1]) >= datetime.fromisoformat(since)]
        rows = [one for one in rows if one[0] not in self.gone][: int(asked["page_size"])]
        items: list[dict[str, Any]] = [
            {"response_id": key, "token": key, "submitted_at": _iso(ago), "answers": None}
            for key, ago in rows
        ]
        return httpx.Response(200, json={"items": items, "total_items": len(items)})

    def _tally(self, path: str, asked: httpx.QueryParams) -> httpx.Response:
        if not path.endswith("submissions"):
            return httpx.Response(200, json={"questions": []})
        rows = [one for one in sorted(self.given, key=lambda one: one[1]) if one[0] not in self.gone]
        rows = [one for one in rows if _at(one[1]) >= datetime.fromisoformat(asked["startDate"])]
        begin = (int(asked["page"]) - 1) * int(asked["limit"])
        page = rows[begin : begin + int(asked["limit"])]
        items = [{"id": key, "submittedAt": _iso(ago), "responses": []} for key, ago in page]
        more = begin + len(page) < len(rows)
        return httpx.Response(200, json={"questions": [], "submissions": items, "hasMore": more})

    def _hubspot(self, path: str, asked: httpx.QueryParams) -> httpx.Response:
        if "submissions" not in path:
            return httpx.Response(404, json={"status": "error"})
        rows = [one for one in sorted(self.given, key=lambda one: one[1]) if one[0] not in self.gone]
        begin = int(asked.get("after", 0))
        page = rows[begin : begin + int(asked["limit"])]
        items = [
            {"conversionId": key, "submittedAt": int(_at(ago).timestamp() * 1000), "values": []}
            for key, ago in page
        ]
        next_ = begin + len(page)
        paging = {"next": {"after": str(next_)}} if next_ < len(rows) else None
        return httpx.Response(200, json={"results": items, "paging": paging})


def _at(ago: float) -> datetime:
    return NOW - timedelta(seconds=ago)


def _iso(ago: float) -> str:
    return _at(ago).isoformat().replace("+00:00", "Z")


async def read(source: TimedForm, cursor: str | None = None, looks: int = 40) -> tuple[list[str], str]:
    found: list[str] = []
    for _ in range(looks):
        page = await source.fetch(cursor)
        cursor = page.cursor
        found += [one.external_id or "" for one in page.deliveries]
    return found, cursor or ""


SERVICES = [typeform.Typeform, tally.Tally, hubspot_forms.HubSpotForms]


@pytest.fixture(params=SERVICES, ids=lambda one: one.__name__)
def listed(request: pytest.FixtureRequest) -> List:
    return List(request.param)


async def test_answers_of_one_second_at_the_border_of_a_page_come_once(listed: List) -> None:
    listed.given = [(f"a{n}", 60.0) for n in range(450)] + [(f"b{n}", 30.0) for n in range(3)]
    found, _ = await read(listed.source(), looks=6)
    assert sorted(found) == sorted(key for key, _ in listed.given)


async def test_an_answer_that_shows_half_an_hour_late_comes(listed: List) -> None:
    listed.given = [("first", 60.0)]
    source = listed.source()
    found, cursor = await read(source, looks=1)
    listed.given.append(("late", 60.0 + 30 * 60))
    assert (found, (await read(source, cursor, looks=2))[0]) == (["first"], ["late"])


async def test_one_of_the_same_second_as_the_newest_comes_with_the_next_look(listed: List) -> None:
    listed.given = [("first", 60.0)]
    source = listed.source()
    _, cursor = await read(source, looks=1)
    listed.given.append(("second", 60.0))
    assert (await read(source, cursor, looks=2))[0] == ["second"]


async def test_what_comes_in_while_a_long_list_is_read_costs_none(listed: List) -> None:
    listed.given = [(f"a{n}", 80_000.0 - 20 * n) for n in range(2_300)]
    source = listed.source()
    found, cursor = await read(source, looks=1)
    listed.given += [(f"new{n}", 20.0 - n) for n in range(3)]
    more, _ = await read(source, cursor, looks=15)
    assert sorted({*found, *more}) == sorted(key for key, _ in listed.given)
    assert len(found) + len(more) == len({*found, *more})


async def test_what_is_deleted_while_a_long_list_is_read_costs_no_other(listed: List) -> None:
    listed.given = [(f"a{n:04}", 80_000.0 - 20 * n) for n in range(2_300)]
    source = listed.source()
    found, cursor = await read(source, looks=1)
    listed.gone = set(found[:3]) | {"a2299"}
    more, _ = await read(source, cursor, looks=15)
    assert {*found, *more} >= {key for key, _ in listed.given} - listed.gone


@pytest.mark.parametrize("status", [400, 404, 422])
async def test_the_answer_that_a_page_was_to_go_on_from_may_be_deleted(status: int) -> None:
    listed = List(typeform.Typeform)
    listed.given = [(f"a{n:03}", 80_000.0 - 20 * n) for n in range(450)]
    listed.refusal = status
    source = listed.source()
    found, cursor = await read(source, looks=1)
    listed.gone = {found[-1]}
    more, _ = await read(source, cursor, looks=6)
    assert {*found, *more} == {key for key, _ in listed.given}


async def test_an_empty_form_is_an_answer(listed: List) -> None:
    assert (await read(listed.source(), looks=2))[0] == []
    assert (await listed.source().check()).ok


async def test_a_form_that_nobody_filled_in_for_years_is_read_again_when_somebody_does(listed: List) -> None:
    listed.given = [("old", 86_400.0 * 900)]
    source = listed.source()
    found, cursor = await read(source, looks=3)
    listed.given.append(("new", 5.0))
    assert (found, (await read(source, cursor, looks=1))[0]) == ([], ["new"])
