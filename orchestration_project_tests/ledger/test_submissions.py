"""Keeping what sources deliver: every byte, once, whoever brings it and how often."""

import threading
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.ledger.imports import Imports, OldSubmission
from orchestration_project.ledger.submissions import (
    LONGEST_FORM,
    MOST_REVISIONS,
    Stored,
    external_id_of,
    make_ref,
)
from orchestration_project.model import Attribution, Delivery, Reason
from orchestration_project_tests.hand_clock import HandClock
from orchestration_project_tests.ledger.leads import carry

ANY_TEXT = st.text(st.characters(exclude_categories=()))


def deliveries(*ids: str | None, raw: bytes = b"{}") -> list[Delivery]:
    return [Delivery(external_id=external_id, raw=raw) for external_id in ids]


def events(ledger: Ledger, item: Stored) -> list[str]:
    return [event.event for event in ledger.stories.tell(item.ref).events]


def test_a_submission_delivered_three_times_is_kept_once_and_counted(ledger: Ledger) -> None:
    (first,) = ledger.submissions.store("inbox", deliveries("7"))
    (second,) = ledger.submissions.store("inbox", deliveries("7"))
    (third,) = ledger.submissions.store("inbox", deliveries("7"))
    assert [first.new, second.new, third.new] == [True, False, False]
    assert first.ref == second.ref == third.ref
    (lead,) = ledger.stories.list_leads()
    assert lead.deliveries == 3
    assert not any(item.revised for item in (first, second, third))
    assert events(ledger, first) == ["received"], "a source that is looked at again writes no story"


def test_a_page_that_is_looked_at_again_writes_nothing_but_a_count(ledger: Ledger) -> None:
    page = deliveries("7", "8", "9")
    ledger.submissions.store("inbox", page)
    with ledger.engine.connect() as connection:
        count = "SELECT count(*) FROM leads.journal"
        before = connection.exec_driver_sql(count).scalar()
        for _ in range(5):
            ledger.submissions.store("inbox", page)
        assert connection.exec_driver_sql(count).scalar() == before
    assert {lead.deliveries for lead in ledger.stories.list_leads()} == {6}


def test_other_content_under_the_same_id_is_kept_to_be_read(ledger: Ledger) -> None:
    (first,) = ledger.submissions.store("inbox", deliveries("7"))
    (second,) = ledger.submissions.store("inbox", deliveries("7", raw=b'{"changed": 1}'))
    (third,) = ledger.submissions.store("inbox", deliveries("7", raw=b'{"changed": 1}'))
    assert [(item.new, item.revised) for item in (first, second, third)] == [
        (True, False),
        (False, True),
        (False, False),
    ]
    assert first.ref == second.ref == third.ref
    assert ledger.stories.list_leads()[0].deliveries == 3
    assert len(ledger.revisions.unread()) == 1
    assert ledger.submissions.read([first.ref])[0].raw == b"{}", "nobody has read yet whose it is"


def test_a_source_that_writes_something_else_with_each_look_is_not_kept_for_ever(ledger: Ledger) -> None:
    ledger.submissions.store("inbox", deliveries("7"))
    stored = [
        ledger.submissions.store("inbox", deliveries("7", raw=b"%d" % number))[0]
        for number in range(MOST_REVISIONS + 5)
    ]
    assert [item.revised for item in stored] == [True] * MOST_REVISIONS + [False] * 5
    assert len(ledger.revisions.unread(limit=1000)) == MOST_REVISIONS
    assert ledger.stories.list_leads()[0].deliveries == MOST_REVISIONS + 6


def test_the_same_submission_twice_in_one_delivery_is_kept_once(ledger: Ledger) -> None:
    stored = ledger.submissions.store("inbox", deliveries("7", "8", "7"))
    assert [item.new for item in stored] == [True, True, False]
    assert len(ledger.stories.list_leads()) == 2


def test_two_sources_may_use_the_same_id(ledger: Ledger) -> None:
    (one,) = ledger.submissions.store("inbox", deliveries("7"))
    (other,) = ledger.submissions.store("typeform", deliveries("7"))
    assert other.new
    assert one.ref != other.ref


def test_without_an_id_the_same_bytes_are_the_same_submission(ledger: Ledger) -> None:
    one = deliveries(None, raw=b'{"a": 1}')
    stored = ledger.submissions.store("inbox", [*one, *one, *deliveries(None, raw=b'{"a": 2}')])
    assert [item.new for item in stored] == [True, False, True]
    assert stored[0].external_id.startswith("sha256:")


@pytest.mark.parametrize("raw", [b"", b"\x00\xff\xfe", b'{"name": "\xe4"}\r\n ', bytes(range(256)) * 1000])
def test_the_bytes_are_kept_exactly(ledger: Ledger, raw: bytes) -> None:
    (item,) = ledger.submissions.store("inbox", deliveries("7", raw=raw))
    assert ledger.submissions.read([item.ref])[0].raw == raw


def test_an_id_may_hold_what_the_database_cannot(ledger: Ledger) -> None:
    long = "x" * 100_000
    stored = ledger.submissions.store(
        "inbox", deliveries("a\0b", "\0", "\0\0", "\ud800", "\ud801", long, long + "y")
    )
    assert [item.new for item in stored] == [True] * 7
    again = ledger.submissions.store(
        "inbox", deliveries("a\0b", "\0", "\0\0", "\ud800", "\ud801", long, long + "y")
    )
    assert [item.ref for item in again] == [item.ref for item in stored]
    assert not any(item.new for item in again)


def test_what_is_read_comes_in_the_order_it_was_asked_for(ledger: Ledger) -> None:
    one, two, three = (item.ref for item in ledger.submissions.store("inbox", deliveries("1", "2", "3")))
    found = ledger.submissions.read([three, make_ref("inbox", "unknown"), one, two])
    assert [raw.external_id for raw in found] == ["3", "1", "2"]


def test_the_newest_of_a_source_come_first_without_spam_and_without_the_huge(ledger: Ledger) -> None:
    for number in range(6):
        ledger.submissions.store("inbox", deliveries(str(number), raw=b"%d" % number))
    ledger.submissions.store("inbox", deliveries("huge", raw=b"x" * (LONGEST_FORM + 1)))
    ledger.submissions.store("typeform", deliveries("other", raw=b"other"))
    for number, reason in ((4, Reason.SPAM), (5, Reason.MISSING_FIELD)):
        (lead,) = carry(ledger, make_ref("inbox", str(number)))
        ledger.outcomes.quarantine(lead, reason, "", None, "run")
    assert ledger.submissions.newest("inbox", 4) == (b"5", b"3", b"2", b"1")
    assert ledger.submissions.newest("nobody", 4) == ()


def test_sources_of_history_are_known_by_name_also_once_a_run_has_taken_it(ledger: Ledger) -> None:
    old = [
        OldSubmission(delivery=one, person_key=None, submitted_at=ledger.clock(), touch=Attribution())
        for one in deliveries("1", "2")
    ]
    imports = Imports(ledger.engine, ledger.clock)
    imports.release(imports.store("csv old", old))
    imports.store("csv older", old)
    ledger.submissions.store("inbox", deliveries("3"))
    assert ledger.submissions.imported_sources() == ("csv old", "csv older")


def test_two_who_deliver_the_same_at_once_in_any_order_keep_it_once(ledger: Ledger, clock: HandClock) -> None:
    ids = [str(number) for number in range(150)]
    start = threading.Barrier(2)
    stored: dict[str, Sequence[Stored]] = {}
    errors: list[Exception] = []

    def deliver(name: str, order: list[str]) -> None:
        mine = open_ledger(ledger.engine, clock)
        start.wait(10)
        try:
            stored[name] = mine.submissions.store("inbox", deliveries(*order))
        except Exception as error:  # noqa: BLE001 - told by the assertion below
            errors.append(error)

    threads = [
        threading.Thread(target=deliver, args=("up", ids)),
        threading.Thread(target=deliver, args=("down", ids[::-1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert errors == []
    new = [item.external_id for items in stored.values() for item in items if item.new]
    assert sorted(new) == sorted(ids)
    leads = ledger.stories.list_leads()
    assert len(leads) == 150
    assert {lead.deliveries for lead in leads} == {2}


@given(source=ANY_TEXT, external_id=ANY_TEXT)
def test_a_ref_is_short_plain_and_always_the_same(source: str, external_id: str) -> None:
    ref = make_ref(source, external_id)
    assert ref == make_ref(source, external_id)
    assert ref.startswith("L-")
    assert len(ref) == 12
    assert set(ref[2:]) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567")
    assert ref != make_ref(source, external_id + "1")
    assert ref != make_ref(source + "1", external_id)


@given(external_id=st.none() | ANY_TEXT, raw=st.binary(max_size=50))
def test_every_delivery_has_an_id_that_can_be_kept(external_id: str | None, raw: bytes) -> None:
    kept = external_id_of(Delivery(external_id=external_id, raw=raw))
    assert kept == external_id_of(Delivery(external_id=external_id, raw=raw))
    assert kept
    assert "\0" not in kept
    kept.encode()
    assert len(kept.encode()) <= 1000


@given(ids=st.lists(ANY_TEXT.filter(bool), min_size=2, max_size=2, unique=True))
def test_two_ids_never_become_one(ids: list[str]) -> None:
    one, other = (external_id_of(Delivery(external_id=external_id, raw=b"{}")) for external_id in ids)
    assert one != other


@given(external_id=st.from_regex(r"[A-Za-z0-9_.:-]{1,200}", fullmatch=True))
def test_an_ordinary_id_stays_as_it_is(external_id: str) -> None:
    assert external_id_of(Delivery(external_id=external_id, raw=b"{}")) == external_id
