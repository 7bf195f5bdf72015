"""Pages are read to their end, and a mark gives each item once, also where it was kept in the older form."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration_project.connectors.listing import OVERLAP, Mark, mark, not_given, pages

pytestmark = pytest.mark.anyio

NOW = datetime(2026, 11, 24, 9, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)


async def test_each_page_is_asked_with_what_the_one_before_named() -> None:
    asked: list[str | None] = []

    async def ask(token: str | None) -> int:
        asked.append(token)
        return len(asked)

    found = [page async for page in pages(ask, lambda page: f"after {page}" if page < 3 else "")]
    assert found == [1, 2, 3]
    assert asked == [None, "after 1", "after 2"]


async def test_a_failure_in_the_midst_of_the_pages_is_told() -> None:
    async def ask(token: str | None) -> str:
        if token:
            raise ValueError("gone")
        return "first"

    with pytest.raises(ValueError, match="gone"):
        _ = [page async for page in pages(ask, lambda page: page)]


@given(st.lists(st.lists(st.integers(0, 20), max_size=5), max_size=6))
async def test_no_item_is_given_twice_and_none_is_missed_however_often_the_overlap_shows_it(
    readings: list[list[int]],
) -> None:
    """Each reading shows what is there by then within the overlap, with what it showed before."""
    cursor: str | None = None
    there, given_ = set[int](), list[int]()
    for reading in readings:
        there |= set(reading)
        before = mark(cursor, NOW - HOUR)

        async def ask(_token: str | None, shown: tuple[int, ...] = tuple(there)) -> tuple[int, ...]:
            return shown

        found, whole = await not_given(pages(ask, lambda _page: None), lambda page: page, str, before)
        assert whole
        given_ += found.values()
        cursor = before.after({str(one): NOW + timedelta(seconds=one) for one in found.values()})
    assert sorted(given_) == sorted(there)


def test_within_a_services_own_paging_the_time_that_is_asked_from_stays() -> None:
    first = mark(None, NOW - HOUR, HOUR)
    on = mark(first.after({"a": NOW}, page="2"), NOW, HOUR)
    assert (on.begin, on.page, set(on.given)) == (NOW - HOUR, "2", {"a"})
    over = mark(on.after({"b": NOW - timedelta(minutes=1)}), NOW, HOUR)
    assert (over.until, over.page) == (NOW, None)


def test_a_cursor_of_an_earlier_version_goes_on_where_it_was() -> None:
    kept = (
        '{"since":"2026-11-24T08:30:00Z","newest":"2026-11-24T09:30:00Z",'
        '"seen":{"r1":"2026-11-24T09:30:00Z"},"page":"7"}'
    )
    before = mark(kept, NOW - timedelta(days=9), HOUR)
    assert before == Mark(until=NOW, given={"r1": NOW}, page="7", overlap=HOUR)


@pytest.mark.parametrize("cursor", [None, "", "{}", "nonsense", '{"seen": {}}', '{"seen": {}, "since": 7}'])
def test_a_cursor_that_cannot_be_read_counts_as_none(cursor: str | None) -> None:
    assert mark(cursor, NOW) == Mark(until=NOW + OVERLAP)
