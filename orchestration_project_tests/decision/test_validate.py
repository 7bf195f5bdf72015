"""What may go on to scoring, and what waits in quarantine with which words."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration_project.decision.genuine.signs import Seen
from orchestration_project.decision.validate import validate
from orchestration_project.model import DoubtKind, Problem, Reason, Ref, Standing, Verdict
from orchestration_project_tests.decision.samples import PERSON, PLAYBOOK, a_context, a_playbook


def verdict_of(message: str) -> Verdict:
    return validate(a_context(message=message), PLAYBOOK)


def person(**changes: str | None) -> dict[str, Any]:
    return {"person": PERSON.model_copy(update=changes)}


def test_a_usual_lead_may_go_on() -> None:
    verdict = validate(a_context(), PLAYBOOK)
    assert verdict.reason is None
    assert verdict.explanation == ""


def test_a_missing_required_field_is_named_with_the_hint_of_what_it_may_be_called_now() -> None:
    hint = Problem(field="email", code="renamed", message='The form has "contact_mail" instead.')
    verdict = validate(a_context(**person(email=None), problems=(hint,)), PLAYBOOK)
    assert verdict.reason is Reason.MISSING_FIELD
    assert "email" in verdict.explanation
    assert hint.message in verdict.explanation


@pytest.mark.parametrize("field", ["company", "website", "service", "budget", "consent", "employees"])
def test_any_field_of_a_lead_can_be_required(field: str) -> None:
    context = a_context(company=a_context().lead.company.model_copy(update={"name": None}))
    verdict = validate(context, a_playbook(required=("email", field)))
    assert verdict.reason is Reason.MISSING_FIELD
    assert field in verdict.explanation


def test_a_required_field_that_the_form_filled_is_not_missing() -> None:
    context = a_context(extra={"employees": "12"})
    playbook = a_playbook(required=("name", "email", "phone", "company", "message", "employees"))
    assert validate(context, playbook).reason is None


def test_a_broken_address_is_invalid_and_not_missing() -> None:
    problem = Problem(field="email", code="invalid", message="It has no @.")
    verdict = validate(a_context(**person(email=None), problems=(problem,)), PLAYBOOK)
    assert verdict.reason is Reason.INVALID_FIELD
    assert "It has no @." in verdict.explanation


def test_a_broken_field_that_is_not_required_does_not_hold_a_lead_up() -> None:
    problem = Problem(field="phone", code="invalid", message="Too short.")
    assert validate(a_context(problems=(problem,)), PLAYBOOK).reason is None


def test_a_message_that_was_shortened_does_not_hold_a_lead_up() -> None:
    problem = Problem(field="message", code="too_long", message="Shortened.")
    verdict = validate(a_context(problems=(problem,)), a_playbook(required=("message",)))
    assert verdict.reason is None


def test_the_same_form_sent_twice_is_a_duplicate_of_the_earlier_lead() -> None:
    first = Ref("L-zzzzzzzzzz")
    standing = Standing(kind="same_person", earlier_ref=first, thread=(first,), repeats=first)
    verdict = validate(a_context(standing), PLAYBOOK)
    assert verdict.reason is Reason.DUPLICATE
    assert first in verdict.explanation


def test_who_writes_again_and_says_something_new_may_go_on() -> None:
    first = Ref("L-zzzzzzzzzz")
    standing = Standing(kind="same_person", earlier_ref=first, thread=(first,))
    assert validate(a_context(standing), PLAYBOOK).reason is None


def test_a_known_contact_may_go_on() -> None:
    assert validate(a_context(Standing(kind="known_contact")), PLAYBOOK).reason is None


@pytest.mark.parametrize(
    "message",
    [
        "test",
        "TEST!!",
        "This is a test",
        "Just testing the form, please ignore.",
        "testing 123",
        "asdf asdf",
        "Lorem ipsum dolor sit amet, consectetur adipiscing elit",
        "test lead from Anna",
    ],
)
def test_an_honest_test_submission_is_seen(message: str) -> None:
    verdict = verdict_of(message)
    assert verdict.reason is Reason.TEST
    assert verdict.explanation


@pytest.mark.parametrize(
    "message",
    [
        "We want to test a new payroll provider",
        "We test food for allergens.",
        "Can you test our payroll?",
        "Please ignore my earlier message, we need payroll for 12 people.",
        "Please contact us, we do need a payroll test",
        "We run a contest and a latest-news site",
        "",
        "Hello",
    ],
)
def test_a_message_with_a_test_word_in_it_is_no_test(message: str) -> None:
    assert verdict_of(message).reason is None


@pytest.mark.parametrize("name", ["Test", "Test Test", "test user", "asdf"])
def test_a_test_name_is_seen(name: str) -> None:
    assert validate(a_context(**person(full_name=name)), PLAYBOOK).reason is Reason.TEST


@pytest.mark.parametrize("email", ["test@acme.example", "test1@acme.example", "test_lead+2@acme.example"])
def test_a_test_address_is_seen_where_the_message_says_little_besides(email: str) -> None:
    assert validate(a_context(**person(email=email), message="hello"), PLAYBOOK).reason is Reason.TEST
    assert validate(a_context(**person(email=email)), PLAYBOOK).reason is None


def test_people_whose_name_or_address_holds_a_test_word_are_people() -> None:
    frederic = person(full_name="Frederic Test", email="test.kitchen@acme.example")
    assert validate(a_context(**frederic), PLAYBOOK).reason is None


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("Buy our SEO  package and get backlinks now", '"seo package"'),
        ("https://a.example/x https://b.example/y", "mostly links"),
        (" and ".join(f"we like our site at https://s{n}.example/" for n in range(5)), "5 links"),
    ],
)
def test_spam_is_seen_and_says_what_gave_it_away(message: str, says: str) -> None:
    verdict = verdict_of(message)
    assert verdict.reason is Reason.SPAM
    assert says in verdict.explanation


def test_one_word_of_the_playbook_alone_waits_for_a_look_and_in_a_long_message_says_nothing() -> None:
    verdict = verdict_of("We want the SEO package")
    assert verdict.reason is None
    assert [doubt.kind for doubt in verdict.doubts] == [DoubtKind.MAYBE_SPAM]
    long = (
        "Our casino-themed bar has twelve employees and we look for somebody who takes over payroll in May."
    )
    assert verdict_of(long).doubts == ()


def test_a_filled_honeypot_is_spam() -> None:
    assert validate(a_context(honeypot_filled=True), PLAYBOOK).reason is Reason.SPAM


@pytest.mark.parametrize("email", ["a.b@mailinator.com", "a.b@MAIL.Mailinator.com"])
def test_a_blocked_domain_and_what_is_below_it_are_spam(email: str) -> None:
    assert validate(a_context(**person(email=email)), PLAYBOOK).reason is Reason.SPAM


def test_a_domain_that_only_ends_alike_is_not_blocked() -> None:
    assert validate(a_context(**person(email="a.b@notmailinator.com")), PLAYBOOK).reason is None


def test_a_name_that_is_a_link_is_spam() -> None:
    verdict = validate(a_context(**person(full_name="Win https://a.example")), PLAYBOOK)
    assert verdict.reason is Reason.SPAM


@pytest.mark.parametrize(
    "message",
    [
        "Our website is https://harbourdental.example and we need a bookkeeper from March on.",
        "We own a casinoesque bar and need books",
    ],
)
def test_one_link_or_a_part_of_a_word_is_no_spam(message: str) -> None:
    assert verdict_of(message).reason is None


@given(st.text(max_size=300))
def test_any_message_gets_a_verdict_that_explains_itself_and_quotes_no_address(message: str) -> None:
    verdict = verdict_of(message)
    assert (verdict.reason is None) == (verdict.explanation == "")
    assert not any("anna@harbourdental.example" in doubt.says for doubt in verdict.doubts)
    assert "anna@harbourdental.example" not in verdict.explanation


@pytest.mark.parametrize("piece", ["test ", "http://a.b/(", "a.", "a@", "\n", "casin"])
def test_a_message_of_fifty_thousand_characters_made_to_slow_us_down_is_judged(piece: str) -> None:
    assert verdict_of(piece * (50_000 // len(piece))).ref == "L-abcdefghij"


READS_WELL = (
    "We are a bakery with nine people in Leeds and look for somebody who takes over our books and payroll."
)


@pytest.mark.parametrize(("others", "doubts"), [(2, 0), (3, 0), (5, 1), (104, 1)])
def test_a_text_that_reads_well_is_to_be_checked_from_the_sixth_who_writes_it_and_never_held_for_that_alone(
    others: int, doubts: int
) -> None:
    verdict = validate(a_context(message=READS_WELL), PLAYBOOK, Seen(alike=others))
    assert verdict.reason is None
    assert len(verdict.doubts) == doubts
    assert all("raise `burst`" in doubt.says for doubt in verdict.doubts)
