"""Going through what a service lists: page after page, and from the mark up to which it was read before.

What is asked, and where an answer names its next page, is said by the connector.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Mapping
from contextlib import aclosing
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import AwareDatetime, Field, ValidationError, model_validator

from orchestration_project.model import Frozen

if TYPE_CHECKING:
    from orchestration_project.connectors.http import Api

OVERLAP = timedelta(minutes=5)
"""Services list what was entered or changed with some delay: each reading looks back so far, and leaves out
what it has given already."""
LOOK_BACK = timedelta(days=1)
"""With which the first reading of changes begins."""
MOST = 1_000  # a reading
MOST_PAGES = 10  # a reading, of a list whose pages are numbered

AnswerT = TypeVar("AnswerT")
ItemT = TypeVar("ItemT")


async def pages(
    ask: Callable[[str | None], Awaitable[AnswerT]], next_of: Callable[[AnswerT], str | None]
) -> AsyncGenerator[AnswerT]:
    """`ask` is given None, then what `next_of` found in the page before, until there is nothing."""
    token: str | None = None
    while True:
        page = await ask(token)
        yield page
        token = next_of(page)
        if not token:
            return


def paged(
    api: "Api",
    answer: type[AnswerT],
    path: str,
    params: Mapping[str, str | int],
    next_of: Callable[[AnswerT], str | None],
    parameter: str = "cursor",
) -> AsyncGenerator[AnswerT]:
    """The pages of a list that is read by GET and told its next page by a `parameter`."""

    async def ask(token: str | None) -> AnswerT:
        more = {parameter: token} if token else {}
        return await api.ask(answer, "GET", path, params={**params, **more})

    return pages(ask, next_of)


async def numbered(
    ask: Callable[[int], Awaitable[AnswerT]], more: Callable[[AnswerT], bool], begin: str | None
) -> tuple[list[AnswerT], str | None]:
    """Pages by their number, from `begin` on (the first where nothing is said), as many as one reading takes;
    and the number to go on with, where there are `more`. That is the last one once more: pages move up when
    something is deleted meanwhile."""
    first = int(begin or 1)
    found: list[AnswerT] = []
    for number in range(first, first + MOST_PAGES):
        found.append(await ask(number))
        if not more(found[-1]):
            return found, None
    return found, str(first + MOST_PAGES - 1)


class Mark(Frozen):
    """How far a list by time was read: the newest item's time, and what was given within the overlap before
    it, by id or by id and time. `page`: where the service's own paging goes on in the midst of a reading."""

    until: AwareDatetime
    given: dict[str, AwareDatetime] = Field(default_factory=dict[str, AwareDatetime])
    page: str | None = None
    overlap: timedelta = OVERLAP

    @model_validator(mode="before")
    @classmethod
    def _as_it_was_kept_before(cls, kept: Any) -> Any:
        """Form sources wrote `since` and `seen`, of an hour."""
        if isinstance(kept, dict) and "seen" in kept:
            hour = timedelta(hours=1)
            until = datetime.fromisoformat(str(kept.get("since"))) + hour
            return {"until": until, "given": kept["seen"], "page": kept.get("page"), "overlap": hour}
        return kept

    @property
    def begin(self) -> datetime:
        return self.until - self.overlap

    @property
    def begin_utc(self) -> str:
        """As services read it, to the second."""
        return self.begin.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def after(
        self, found: Mapping[str, datetime], read_to: datetime | None = None, page: str | None = None
    ) -> str:
        """The cursor once these, with their times, were given. `read_to`: all of what was there at that
        moment has been read, so that the next reading need not look further back. With a `page` the next
        reading asks from the same time on, and goes on there."""
        given = {**self.given, **found}
        until = self.until if page else max([self.until, read_to or self.until, *given.values()])
        recent = {key: at for key, at in given.items() if at >= until - self.overlap}
        return Mark(until=until, given=recent, page=page, overlap=self.overlap).model_dump_json()


def mark(cursor: str | None, begin: datetime, overlap: timedelta = OVERLAP) -> Mark:
    """Without a cursor, or with one that cannot be read, it begins at `begin`."""
    try:
        return Mark.model_validate_json(cursor or "")
    except ValidationError:
        return Mark(until=begin + overlap, overlap=overlap)


async def not_given(
    read: AsyncGenerator[AnswerT],
    items_of: Callable[[AnswerT], Iterable[ItemT]],
    key: Callable[[ItemT], str],
    before: Mark,
) -> tuple[dict[str, ItemT], bool]:
    """What these pages hold that was not given before, enough for one reading. True: it is all."""
    found: dict[str, ItemT] = {}
    async with aclosing(read):
        async for page in read:
            found |= {name: each for each in items_of(page) if (name := key(each)) not in before.given}
            if len(found) >= MOST:
                return found, False
    return found, True
