import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration_project.action.merge import (
    NAME_PARTS,
    WRITTEN,
    ContactChange,
    fingerprint,
    last_written,
    merge_contact,
)
from orchestration_project.connectors.crm.hubspot_shapes import to_properties
from orchestration_project.model import Contact
from orchestration_project_tests.data.test_normalise import lead_of

TEXT = st.text(max_size=40)


def changed(contact: Contact, change: ContactChange) -> Contact:
    properties = {**contact.properties, **change.properties}
    return contact.model_copy(update={**change.fields, "properties": properties})


def merged(contact: Contact, properties: dict[str, str]) -> ContactChange:
    return merge_contact(contact, {}, properties, last_written(contact))


def test_everything_known_is_written_to_a_new_contact() -> None:
    change = merge_contact(None, {"name": "Jane", "phone": ""}, {"lead_score": "9", "lead_service": ""}, {})
    assert change.fields == {"name": "Jane"}
    assert change.properties.keys() == {"lead_score", WRITTEN}
    assert change.conflicts == ()


def test_a_name_that_a_form_asks_for_in_two_fields_reaches_the_crm_in_two() -> None:
    person = lead_of({"First name": "Vincent", "Last name": "van Gogh", "email": "v@gogh.example"}).person
    fields = {"name": person.full_name or "", **dict(zip(NAME_PARTS, person.parts or (), strict=True))}
    change = merge_contact(None, fields, {}, {})
    assert to_properties(change.fields, {}) == {"firstname": "Vincent", "lastname": "van Gogh"}


def test_blank_fields_are_filled_and_others_left_alone_and_named() -> None:
    contact = Contact(id="1", name="Jane Doe", company="  ", phone="+441174960000")
    wanted = {"name": "J. Doe", "company": "Acme", "phone": "+442079460000", "website": "acme.example"}
    change = merge_contact(contact, wanted, {}, {})
    assert change.fields == {"company": "Acme", "website": "acme.example"}
    assert change.conflicts == ("name", "phone")


def test_a_blank_value_never_clears_a_field() -> None:
    change = merge_contact(Contact(id="1", name="Jane"), {"name": ""}, {}, {})
    assert change == ContactChange(fields={}, properties={})


@pytest.mark.parametrize(
    ("field", "present", "wanted"),
    [
        ("company", "ACME  Ltd", "Acme Ltd"),
        ("name", "Jo O’Brien", "Jo O'Brien"),
        ("email", "Jane@Acme.example", "jane@acme.example"),
        ("phone", "020 7946 0000", "+442079460000"),
        ("phone", "+44 (0)20 7946 0000", "+442079460000"),
        ("website", "http://www.acme.example/", "https://acme.example"),
    ],
)
def test_the_same_value_written_another_way_is_no_conflict(field: str, present: str, wanted: str) -> None:
    contact = Contact.model_validate({"id": "1", field: present})
    assert merge_contact(contact, {field: wanted}, {}, {}) == ContactChange(fields={}, properties={})


def test_words_instead_of_a_phone_number_are_left_alone() -> None:
    change = merge_contact(Contact(id="1", phone="ask at the desk"), {"phone": "+442079460000"}, {}, {})
    assert change.conflicts == ("phone",)


def test_our_own_property_follows_the_newest_lead() -> None:
    first = changed(Contact(id="1"), merged(Contact(id="1"), {"lead_score": "4"}))
    second = merged(first, {"lead_score": "9"})
    assert second.properties["lead_score"] == "9"
    assert second.conflicts == ()


def test_our_own_property_is_cleared_when_the_newest_lead_has_none() -> None:
    first = changed(Contact(id="1"), merged(Contact(id="1"), {"lead_score": "4"}))
    assert merged(first, {"lead_score": ""}).properties["lead_score"] == ""


def test_a_property_a_person_changed_is_left_alone_and_named() -> None:
    ours = changed(Contact(id="1"), merged(Contact(id="1"), {"lead_score": "4", "lead_track": "nurture"}))
    theirs = ours.model_copy(update={"properties": {**ours.properties, "lead_score": "10"}})
    change = merged(theirs, {"lead_score": "7", "lead_track": "priority"})
    assert change.properties["lead_track"] == "priority"
    assert "lead_score" not in change.properties
    assert change.conflicts == ("lead_score",)


def test_a_property_a_person_changed_stays_theirs_even_if_a_lead_once_agreed() -> None:
    ours = changed(Contact(id="1"), merged(Contact(id="1"), {"lead_score": "4"}))
    theirs = ours.model_copy(update={"properties": {**ours.properties, "lead_score": "7"}})
    agreed = changed(theirs, merged(theirs, {"lead_score": "7"}))
    assert merged(agreed, {"lead_score": "9"}).conflicts == ("lead_score",)


def test_a_property_a_person_cleared_is_filled_again() -> None:
    ours = changed(Contact(id="1"), merged(Contact(id="1"), {"lead_score": "4"}))
    cleared = ours.model_copy(update={"properties": {**ours.properties, "lead_score": ""}})
    assert merged(cleared, {"lead_score": "7"}).properties["lead_score"] == "7"


def test_the_first_touch_is_written_once_and_is_no_conflict() -> None:
    first = changed(Contact(id="1"), merged(Contact(id="1"), {"lead_first_source": "google"}))
    assert merged(first, {"lead_first_source": "bing"}) == ContactChange(fields={}, properties={})


@pytest.mark.parametrize("record", ["", "nonsense", "[1]", '{"lead_score": 9}'])
def test_after_a_person_broke_our_record_nothing_of_it_is_overwritten(record: str) -> None:
    contact = Contact(id="1", properties={"lead_score": "4", WRITTEN: record})
    assert merged(contact, {"lead_score": "9"}).conflicts == ("lead_score",)


def test_the_record_fits_a_plain_field_of_a_crm() -> None:
    names = ("ref", "score", "service", "track", "first_source", "first_medium", "first_campaign")
    change = merge_contact(None, {}, {f"lead_{name}": "x" * 500 for name in names}, {})
    assert len(change.properties[WRITTEN]) <= 255


@settings(deadline=None)
@given(present=TEXT, wanted=TEXT)
def test_no_field_that_says_something_is_ever_written(present: str, wanted: str) -> None:
    for field in ("name", "phone", "website"):
        contact = Contact.model_validate({"id": "1", field: present})
        change = merge_contact(contact, {field: wanted}, {"lead_ref": wanted}, {})
        if any(map(str.isalnum, present)):
            assert field not in change.fields


@settings(deadline=None)
@given(present=TEXT, wanted=TEXT)
def test_merging_twice_changes_nothing_more(present: str, wanted: str) -> None:
    contact = Contact(id="1", name=present, properties={"lead_ref": present})
    fields, properties = {"name": wanted}, {"lead_ref": wanted}
    once = merge_contact(contact, fields, properties, {"lead_ref": fingerprint(present)})
    after = changed(contact, once)
    twice = merge_contact(after, fields, properties, last_written(after))
    assert (twice.fields, twice.properties) == ({}, {})
