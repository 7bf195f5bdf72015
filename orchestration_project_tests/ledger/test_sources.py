"""How far each source has been read: the cursor moves with the page, or not at all."""

from collections.abc import Iterator

import pytest

from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.ledger.sources import ReadByAnother, Reading
from orchestration_project.model import Delivery
from orchestration_project_tests.hand_clock import HandClock

PAGE = [Delivery(external_id=str(number), raw=b"{}") for number in range(3)]


class BreaksOff(list[Delivery]):
    def __iter__(self) -> Iterator[Delivery]:
        yield from self[:2]
        raise ZeroDivisionError


def reading(before: str | None, after: str | None) -> Reading:
    return Reading(source="typeform", before=before, after=after)


def test_a_source_that_was_never_read_begins_where_the_caller_says(ledger: Ledger) -> None:
    assert ledger.sources.cursor("typeform") is None
    assert ledger.sources.cursor("typeform", "as an older version left it") == "as an older version left it"
    assert ledger.sources.read_at("typeform") is None


def test_the_cursor_moves_with_the_page(ledger: Ledger, clock: HandClock) -> None:
    stored = ledger.submissions.store("typeform", PAGE, reading(None, "a"))
    assert len(stored) == len(ledger.stories.list_leads()) == 3
    assert ledger.sources.cursor("typeform", "old") == "a"
    assert ledger.sources.read_at("typeform") == clock()
    clock.forward(minutes=1)
    ledger.submissions.store("typeform", [], reading("a", "b"))
    assert (ledger.sources.cursor("typeform"), ledger.sources.read_at("typeform")) == ("b", clock())


def test_a_page_that_another_has_read_on_from_is_not_kept(ledger: Ledger, clock: HandClock) -> None:
    ledger.submissions.store("typeform", [], reading(None, "a"))
    slow, quick = reading("a", "b"), reading("a", "c")
    other = open_ledger(ledger.engine, clock)
    other.submissions.store("typeform", PAGE[:1], quick)
    with pytest.raises(ReadByAnother):
        ledger.submissions.store("typeform", PAGE, slow)
    assert ledger.sources.cursor("typeform") == "c"
    assert len(ledger.stories.list_leads()) == 1
    other.close()


def test_where_the_page_cannot_be_kept_the_cursor_stays(ledger: Ledger) -> None:
    ledger.submissions.store("typeform", [], reading(None, "a"))
    with pytest.raises(ZeroDivisionError):
        ledger.submissions.store("typeform", BreaksOff(PAGE), reading("a", "b"))
    assert ledger.sources.cursor("typeform") == "a"
    assert ledger.stories.list_leads() == ()


def test_a_look_that_brought_nothing_moves_the_cursor_too(ledger: Ledger) -> None:
    ledger.sources.move(reading(None, "a"))
    ledger.sources.move(reading("a", None))
    ledger.sources.move(reading(None, "b"))
    assert ledger.sources.cursor("typeform") == "b"
    with pytest.raises(ReadByAnother):
        ledger.sources.move(reading("a", "c"))
    assert ledger.sources.cursor("typeform") == "b"


def test_each_source_has_a_cursor_of_its_own(ledger: Ledger) -> None:
    ledger.sources.move(reading(None, "a"))
    ledger.sources.move(Reading(source="tally", before=None, after="z"))
    assert (ledger.sources.cursor("typeform"), ledger.sources.cursor("tally")) == ("a", "z")
