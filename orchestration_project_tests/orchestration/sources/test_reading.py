"""A tick of a source: it only reads, each page is kept with how far it was read, and it ends in good time.

What it makes of a source that fails is `test_failing.py`.
"""

from dataclasses import replace

import pytest

from orchestration_project.errors import TransientServiceError
from orchestration_project.ledger.submissions import Stored, make_ref
from orchestration_project.model import Delivery, Page, Ref
from orchestration_project.orchestration.source_words import MOST_REFS, told
from orchestration_project.orchestration.sources import PAGE_SECONDS, READ_SECONDS, Reader
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.orchestration.sources.conftest import DOWN, Form, delivery, ids, page

DAGSTER_CUTS = 60.0
"""Seconds after which Dagster gives a tick up, while its thread goes on."""


def test_what_is_new_is_kept_and_the_next_reading_goes_on_from_there(
    reader: Reader, form: Form, clock: HandClock
) -> None:
    form.pages = [page(1, 2, cursor="1"), page(3, cursor="2")]
    refs = [make_ref("typeform", f"s{number}") for number in (1, 2, 3)]
    assert reader.read() == f"Took in 3 from typeform: {', '.join(refs)}."
    assert ids(reader) == ["s1", "s2", "s3"]
    assert form.cursors == [None, "1", "2"], "until there is nothing more"
    assert len(form.stored_pages) == 3
    clock.forward(seconds=31)
    assert reader.read() == "Nothing new from typeform."
    assert form.cursors[3:] == ["2"]


def test_reading_starts_no_run_and_claims_no_lead(reader: Reader, form: Form) -> None:
    form.pages = [page(1, 2)]
    reader.read()
    assert reader.ledger.stories.count() == {"received": 2}


def test_each_page_is_kept_with_its_cursor_as_it_comes(reader: Reader, form: Form) -> None:
    form.pages = [page(1, cursor="1"), page(2, cursor="2"), DOWN]
    with pytest.raises(TransientServiceError):
        reader.read()
    assert ids(reader) == ["s1", "s2"]
    assert reader.ledger.sources.cursor("typeform") == "2"


def test_a_cursor_that_moves_without_a_delivery_is_kept(reader: Reader, form: Form) -> None:
    form.pages = [Page(deliveries=(), cursor="further")]
    reader.read()
    assert reader.ledger.sources.cursor("typeform") == "further"


def test_a_source_that_stays_where_it_is_is_not_asked_in_circles(reader: Reader, form: Form) -> None:
    """Some give out the same again until somebody has tidied it away."""
    form.pages = [page(1, 2, cursor="same"), page(1, 2, cursor="same"), page(1, 2, cursor="same")]
    reader.read("same")
    assert form.cursors == ["same"]


def test_a_submission_that_is_no_json_becomes_a_lead_and_moves_the_cursor(reader: Reader, form: Form) -> None:
    broken = Delivery(external_id="x", raw=b"\xff{not json")
    form.pages = [Page(deliveries=(broken, delivery(1)), cursor="after")]
    reader.read()
    assert ids(reader) == ["x", "s1"]
    assert reader.ledger.sources.cursor("typeform") == "after"


def test_a_tick_says_what_has_changed_and_names_many_by_their_number() -> None:
    def stored(number: int, *, new: bool = True, revised: bool = False) -> Stored:
        return Stored(ref=Ref(f"L-{number}"), external_id=str(number), new=new, revised=revised)

    few = [stored(1), stored(2, new=False), stored(3, new=False, revised=True)]
    assert told("tally", few) == "Took in 1 from tally: L-1. Changed at tally since: L-3."
    assert told("tally", few[1:2]) == "Nothing new from tally."
    many = told("tally", [stored(number) for number in range(MOST_REFS + 5)])
    assert many.startswith(f"Took in {MOST_REFS + 5} from tally: L-0, L-1") and many.endswith(" and 5 more.")


def test_it_is_read_at_its_own_pace_whoever_asks(reader: Reader, form: Form, clock: HandClock) -> None:
    reader.read()
    for passed in (9, 18, 27):
        clock.forward(seconds=9)
        assert reader.read() == f"typeform was read {passed} s ago."
    clock.forward(seconds=4)
    assert reader.read() == "Nothing new from typeform."
    assert len(form.cursors) == 2


def test_each_source_has_a_pace_of_its_own(reader: Reader, form: Form) -> None:
    reader.read()
    replace(reader, source="tally", connection="form_source tally").read()
    reader.read()
    assert len(form.cursors) == 2


def test_a_tick_ends_long_before_dagster_cuts_it_and_the_next_goes_on(
    reader: Reader, form: Form, clock: HandClock
) -> None:
    """A source that never came to an end was read from its beginning for ever."""
    form.takes = 9.0
    form.pages = [page(number, cursor=str(number)) for number in range(1, 9)]
    begun = form.seconds
    assert reader.read().startswith("Took in 3 from typeform: L-")
    assert form.seconds - begun <= READ_SECONDS + PAGE_SECONDS < DAGSTER_CUTS
    assert reader.ledger.sources.cursor("typeform") == "3"
    clock.forward(seconds=31)
    reader.read()
    assert form.cursors == [None, *map(str, range(1, 6))]
    assert ids(reader) == [f"s{number}" for number in range(1, 7)]
