"""Which of two systems is right, where they differ, and the lead as its records have it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration_project.data.records import as_recorded, change_number, differences, same
from orchestration_project.model import Company, Person, Ref
from orchestration_project.model.records import Held, Item, System, name_parts, whole_name
from orchestration_project.playbook.records import Records
from orchestration_project_tests.larkfield import a_lead

REF = Ref("L-AAAAAAAAAA")
NOON = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
RECORDS = Records()


def held(
    system: System,
    item: Item,
    says: str | None,
    *,
    written: str | None = None,
    changes: int = 0,
    hours: float | None = 0,
    writing: str | None = None,
) -> Held:
    since = NOON + timedelta(hours=hours) if hours is not None else None
    return Held(
        ref=REF,
        system=system,
        item=item,
        says=says,
        written=written,
        changes=changes,
        since=since,
        writing=writing,
    )


@pytest.mark.parametrize(
    ("item", "one", "other", "alike"),
    [
        ("name", "Jane Doe", "jane  doe", True),
        ("name", "Jane\tDoe", "Jane Doe", True),
        ("name", "Jane Doe", "Jan Doe", False),
        ("phone", "+44 20 7946 0000", "+442079460000", True),
        ("phone", "+442079460000", "020 7946 0000", True),
        ("phone", "+442079460000", "+442079460001", False),
        ("phone", "", "", True),
        ("company", "Acme Ltd", "Acme", False),
        ("company", "Acme Ltd", "Acme Ltd.", True),
        ("company", "Acme & Sons", "Acme &amp; Sons", True),
        ("company", "Acme – “North”", 'Acme - "North"', True),
        ("name", "Jo O'Brien", "Jo\u200b O’Brien", True),
        ("name", "Jo O'Brien", "Jo OBrien", False),
    ],
)
def test_what_a_service_has_tidied_up_is_the_same(item: Item, one: str, other: str, alike: bool) -> None:
    assert same(item, one, other) is same(item, other, one) is alike


def test_a_lead_says_what_its_record_says_once_that_was_changed() -> None:
    lead = a_lead(person=Person(full_name="Vincent Gogh", given_name="Vincent", family_name="Gogh"))
    said = [
        held("crm", "name", "Vincent\tvan Gogh", changes=1),
        held("crm", "phone", "020 7946 0000", changes=1),
        held("crm", "company", "Atelier Arles", changes=2),
    ]
    now = as_recorded(lead, said, RECORDS, "GB")
    assert (now.person.given_name, now.person.family_name) == ("Vincent", "van Gogh")
    assert (now.person.phone, now.company.name) == ("+442079460000", "Atelier Arles")
    assert now.person.email == lead.person.email
    assert change_number(said, RECORDS) == 4


@pytest.mark.parametrize(
    "said",
    [
        held("crm", "company", "Atelier Arles"),  # as it was when the lead came
        held("sequence", "company", "Atelier Arles", changes=1),  # not the record
        held("crm", "company", "  ", changes=1),  # emptied
        held("crm", "name", "www.win-a-prize.example", changes=1),
        held("crm", "phone", "call me", changes=1),
    ],
)
def test_what_no_record_says_leaves_the_forms_value(said: Held) -> None:
    lead = a_lead(company=Company(name="Acme"))
    assert as_recorded(lead, [said], RECORDS, "GB") == lead


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40))
def test_whatever_a_crm_says_a_lead_can_be_made_of_it(name: str, phone: str, company: str) -> None:
    said = [
        held("crm", "name", name, changes=1),
        held("crm", "phone", phone, changes=1),
        held("crm", "company", company, changes=1),
    ]
    lead = a_lead(person=Person(full_name="Jane Doe"), company=Company(name="Acme"))
    now = as_recorded(lead, said, RECORDS, "GB")
    assert now.person.full_name and now.company.name


@given(st.text(max_size=20), st.text(max_size=20))
def test_a_name_in_two_parts_comes_back_in_two(first: str, last: str) -> None:
    said = whole_name(first, last)
    if first.split() and last.split():
        assert name_parts(said) == (" ".join(first.split()), " ".join(last.split()))
    else:
        assert name_parts(said) == ("", "")


def test_an_edit_in_a_copy_is_a_difference_with_both_values_and_their_times() -> None:
    said = [
        held("crm", "name", "Anna Ray", written="Ann Ray", changes=1, hours=3),
        held("sequence", "name", "Annie Ray", written="Ann Ray", changes=1, hours=5),
    ]
    (found,) = differences(said, RECORDS)
    assert (found.record, found.right, found.right_since) == ("crm", "Anna Ray", NOON + timedelta(hours=3))
    assert (found.copy_in, found.other, found.other_since) == (
        "sequence",
        "Annie Ray",
        NOON + timedelta(hours=5),
    )
    (other_way,) = differences(said, Records(person="sequence"))
    assert (other_way.record, other_way.copy_in) == ("sequence", "crm")


def test_what_a_form_says_is_news_until_the_record_is_changed() -> None:
    form = held("form", "company", "NewCo", hours=1)
    assert [
        each.copy_in for each in differences([form, held("crm", "company", "OldCo", hours=None)], RECORDS)
    ] == ["form"]
    assert list(differences([form, held("crm", "company", "OldCo", hours=2)], RECORDS)) == []


def test_a_title_that_was_left_differs_and_one_that_was_written_does_not() -> None:
    left = held("folder", "title", "Website for Jane", written="Acme (L-A)", writing="Acme Group (L-A)")
    (found,) = differences([left], RECORDS)
    assert (found.right, found.other) == ("Acme Group (L-A)", "Website for Jane")
    assert (
        list(differences([held("folder", "title", "Acme Group (L-A)", written="Acme Group (L-A)")], RECORDS))
        == []
    )


def test_what_is_on_its_way_is_no_difference() -> None:
    under_way = held("crm", "name", "Anna", changes=1).model_copy(update={"pending": "carry"})
    assert list(differences([under_way, held("sequence", "name", "Ann", written="Ann")], RECORDS)) == []


@pytest.mark.parametrize("empty", ["", " ", "\t"])
def test_an_empty_field_of_the_record_differs_from_nothing(empty: str) -> None:
    said = [
        held("crm", "name", empty, written="Ann Ray", changes=1, hours=3),
        held("sequence", "name", "Ann Ray", written="Ann Ray"),
    ]
    assert list(differences(said, RECORDS)) == []
