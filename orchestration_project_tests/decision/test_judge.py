"""How words and signs add up, and when what they come to is enough to set a lead aside."""

import pytest

from orchestration_project.decision.genuine.judge import Judgement, judge
from orchestration_project.decision.genuine.signs import NOTHING
from orchestration_project.decision.validate import validate_submission
from orchestration_project_tests.decision.samples import PLAYBOOK, a_lead

HOLD = PLAYBOOK.junk.hold_from


@pytest.mark.parametrize(("likely", "only_words", "held"), [
    (0.92, False, True), (0.92, True, False), (0.96, True, True), (0.85, False, False),
])  # fmt: skip
def test_by_its_words_alone_a_lead_is_set_aside_only_where_they_are_surer(
    likely: float, only_words: bool, held: bool
) -> None:
    assert HOLD == 0.9
    assert Judgement(likely=likely, only_words=only_words).is_to_be_held(HOLD) == held


def test_how_strict_it_is_stays_the_playbooks() -> None:
    assert not Judgement(likely=0.99, only_words=True).is_to_be_held(1.0)
    assert Judgement(likely=0.9, only_words=True).is_to_be_held(0.5)


@pytest.mark.parametrize("message", ["$1 charge in transaction.", "We run a contest and a latest-news site"])
def test_a_few_words_alone_are_held_by_nobody(message: str) -> None:
    """Each of so few is much of what was said."""
    assert validate_submission(a_lead(message=message), PLAYBOOK).reason is None


def test_it_says_where_nothing_but_the_words_speaks_against_a_lead() -> None:
    pitch = (
        "We record radio spots for firms of your size. Our rates start at 99 euros a month and the first "
        "spot is free. May we send you a sample of what we do?"
    )
    plain, linked = (
        judge(a_lead(message=f"{pitch}{more}"), PLAYBOOK.junk, NOTHING) for more in ("", " https://bit.ly/x")
    )
    assert ", mostly by its words): it reads like unwanted mail" in plain.says()
    assert "mostly by its words" not in linked.says()
    assert "it hides where its link leads" in linked.says()


def test_what_it_reads_like_is_told_in_the_words_that_were_written() -> None:
    message = "Get 300 backlinks and 150 % bonus within 24 hours for $ 99, with 1,000 visitors a day: https://x.example"
    words = judge(a_lead(message=message), PLAYBOOK.junk, NOTHING).says()
    assert "it reads like unwanted mail (" in words
    assert "_" not in words


def test_an_address_that_does_not_recall_the_name_is_no_second_witness() -> None:
    lead = a_lead(message="We require steel pipes in 304 grade. Kindly reply with your contact person.")
    person = lead.person.model_copy(update={"full_name": "Ashok", "email": "steelhouse0@gmail.com"})
    judged = judge(lead.model_copy(update={"person": person}), PLAYBOOK.junk, NOTHING)
    assert [sign.says for sign in judged.signs if sign.kind == "sender"]
    assert judged.only_words
