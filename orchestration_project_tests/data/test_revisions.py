"""The same id with other content: nothing new, a correction, or another person?"""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration_project.data.revisions import is_same_person, what_it_is
from orchestration_project.model import Attribution, Company, Lead, Person, Problem, Ref
from orchestration_project_tests.larkfield import a_lead

FIRST, SECOND = Ref("L-aaaaaaaaaa"), Ref("L-bbbbbbbbbb")
JANE = Person(full_name="Jane Doe", email="jane@acme.example", phone="+442079460000")
JOHN = Person(full_name="John Roe", email="john@roe.example", phone="+442079461111")


def said(person: Person = JANE, **more: Any) -> Lead:
    return a_lead(person=person, **more)


def who(**fields: str) -> Person:
    return Person(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (JANE, JANE),
        (who(email="jane@acme.example", full_name="Jane"), who(email="Jane@ACME.example", full_name="J. D.")),
        (JANE, who(email="jane@acme.exmaple", full_name="Jane Doe")),
        (JANE, who(email="jane@other.example", full_name="jane  DOE")),
        (JANE, who(email="jane@other.example", full_name="J. Doe", phone=JANE.phone or "")),
        (who(full_name="Ann"), who(full_name="Ann One", email="ann@one.example")),
        (who(), who(full_name="Ann One", email="ann@one.example")),
        (who(email="ann@one.example"), who(full_name="Ann One")),
        (who(), who()),
        (who(full_name="One Ann"), who(full_name="Ann One")),
        (who(full_name="Jürgen Müller"), who(full_name="Juergen Mueller")),
        (who(full_name="Jhon Smith"), who(full_name="John Smith")),
        (
            who(full_name="Ann", email="ann@gmial.com"),
            who(full_name="Ann One", email="ann@gmail.com"),
        ),
        (
            who(full_name="A. One", email="a@x.example", phone="+442079460000"),
            who(full_name="Ann One", email="ann@y.example", phone="+442079460000"),
        ),
    ],
    ids=[
        "unchanged",
        "the address as others write it",
        "an address put right",
        "another address and the same name",
        "another address and the same number",
        "an unfinished answer",
        "an empty answer",
        "the address taken out",
        "nothing at all",
        "the name the other way round",
        "the name in other letters",
        "a slip in the name",
        "a slip in the address of an unfinished answer",
        "the initial written out",
    ],
)
def test_the_same_person_under_the_same_id(one: Person, other: Person) -> None:
    assert is_same_person(said(one), said(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (JANE, JOHN),
        (who(email="jane@acme.example"), who(email="john@roe.example")),
        (who(full_name="Jane Doe"), who(full_name="John Roe")),
        (JANE, who(full_name="John Roe")),
        (who(email="jane@acme.example", full_name="Jane"), who(email="j@roe.example", full_name="John")),
        # of one office: its number, its mailbox
        (
            who(full_name="Ann One", email="ann@one.example", phone="+442079460000"),
            who(full_name="Bob Two", email="bob@one.example", phone="+442079460000"),
        ),
        (
            who(full_name="Ann One", email="info@one.example"),
            who(full_name="Bob Two", email="info@one.example"),
        ),
        (
            who(full_name="Tim Berg", email="tim@berg.example"),
            who(full_name="Tom Berg", email="tom@berg.example"),
        ),
    ],
)
def test_another_person_under_the_same_id(one: Person, other: Person) -> None:
    assert not is_same_person(said(one), said(other))


NAMES = st.sampled_from([None, "", " ", "Ann", "ann", "Ann One", "ANN  one", "Bob", "李雷"]) | st.text(
    max_size=8
)
EMAILS = st.sampled_from([None, "ann@one.example", "Ann@ONE.example", "bob@two.example", "ß@ß.example"])
PHONES = st.sampled_from([None, "", "+442079460000", "+442079461111"])
PEOPLE = st.builds(Person, full_name=NAMES, email=EMAILS, phone=PHONES)


@given(one=PEOPLE, other=PEOPLE)
def test_who_is_whom_does_not_depend_on_who_came_first(one: Person, other: Person) -> None:
    assert is_same_person(said(one), said(other)) == is_same_person(said(other), said(one))


@given(person=PEOPLE)
def test_everybody_is_themselves(person: Person) -> None:
    assert is_same_person(said(person), said(person))


@pytest.mark.parametrize(
    "correction",
    [
        {"message": "Payroll from May."},
        {"person": JANE.model_copy(update={"phone": "+442079469999"})},
        {"company": Company(name="Acme Ltd")},
        {"budget": Decimal(600)},
        {"consent": True},
        {"asked_service": "payroll"},
        {"honeypot_filled": True},
        {"extra": {"How many employees?": "14"}},
    ],
    ids=lambda correction: next(iter(correction)),
)
def test_a_correction_takes_the_place_of_what_came_before(correction: dict[str, Any]) -> None:
    assert what_it_is(said(**correction), {FIRST: said()}) == (FIRST, "newer")


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"submitted_at": datetime(2026, 11, 25, tzinfo=UTC)},
        {"attribution": Attribution(source="google")},
        {"problems": (Problem(field="phone", code="ignored", message="…"),)},
        {"language": "en"},
    ],
    ids=["nothing", "the source's time", "where they came from", "our own remarks", "our own reading"],
)
def test_what_says_nothing_new_changes_nothing(change: dict[str, Any]) -> None:
    assert what_it_is(said(**change), {FIRST: said()}) == (FIRST, "same")


ENVELOPE = ("updatedAt", "meta.updated_at", "event_id", "data.lastModified", "attempt", "webhook.retries")


@pytest.mark.parametrize("key", ENVELOPE)
@pytest.mark.parametrize("before", [None, "1"])
def test_time_stamps_and_counters_of_the_envelope_say_nothing_new(key: str, before: str | None) -> None:
    earlier = said(extra={"How many?": "14"} | ({key: before} if before else {}))
    assert what_it_is(said(extra={"How many?": "14", key: "2"}), {FIRST: earlier}) == (FIRST, "same")
    news = said(extra={"How many?": "15", key: "2"})
    assert what_it_is(news, {FIRST: earlier}) == (FIRST, "newer")


@pytest.mark.parametrize("key", ["Attempted before?", "date", "version", "update", "When may we call at"])
def test_a_question_of_the_form_is_no_envelope(key: str) -> None:
    earlier, now = said(extra={key: "1"}), said(extra={key: "2"})
    assert what_it_is(now, {FIRST: earlier}) == (FIRST, "newer")


def test_of_several_people_under_one_id_each_has_their_own_news() -> None:
    before = {FIRST: said(), SECOND: said(JOHN)}
    assert what_it_is(said(), before) == (FIRST, "same")
    assert what_it_is(said(JOHN, message="And one more thing."), before) == (SECOND, "newer")
    assert what_it_is(said(who(full_name="Eve", email="eve@three.example")), before) == (None, "newer")


@pytest.mark.parametrize(
    ("now", "before", "kind"),
    [
        (None, said(), "same"),  # junk does not take the place of what could be read
        (said(), None, "newer"),
        (None, None, "newer"),
    ],
    ids=["cannot be read any more", "can be read now", "neither can be read"],
)
def test_where_one_cannot_be_read_the_id_is_all_there_is_to_go_by(
    now: Lead | None, before: Lead | None, kind: str
) -> None:
    assert what_it_is(now, {FIRST: before}) == (FIRST, kind)
