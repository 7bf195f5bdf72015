"""What a firm's own words for spam and genuine teach, and when that is not used."""

import pytest

from orchestration_project.decision.genuine.judge import judge
from orchestration_project.decision.genuine.signs import NOTHING
from orchestration_project.errors import LeadsError
from orchestration_project.history.evaluation.own_words import LEAST, Labelled, learn
from orchestration_project_tests.decision.samples import PLAYBOOK, a_lead

JUNK = PLAYBOOK.junk
TRADES = (
    "bakery",
    "dental practice",
    "garage",
    "florist",
    "brewery",
    "law office",
    "gym",
    "hotel",
    "nursery",
)
PITCH = (
    "Good day, I draw caricatures of the people of a {} while their guests look on. May I come by "
    "and let you see my pencils?"
)
NEED = "We are a {} with nine people and look for somebody who takes over our books and payroll from April."
CASINO = (
    "I organise a charity casino night for a {} and we would win new donors with it. Who of you could look "
    "after the books of the night, and what would you charge? Visit our website for what we offer."
)


def labelled(text: str, *, spam: bool, by_person: bool = True) -> list[Labelled]:
    return [
        Labelled(lead=a_lead(message=text.format(trade)), spam=spam, by_person=by_person) for trade in TRADES
    ]


def likely(text: str, own: dict[int, float] | None = None) -> float:
    return judge(a_lead(message=text.format("tailor")), JUNK, NOTHING, own).likely


def test_what_a_person_calls_spam_is_stopped_from_then_on_and_what_is_meant_still_comes_through() -> None:
    known = [*labelled(PITCH, spam=True), *labelled(NEED, spam=False, by_person=False)]
    learned = learn(known, JUNK)
    assert likely(PITCH) < JUNK.check_from, "the shipped model does not know it"
    assert likely(PITCH, learned.weights) >= JUNK.check_from
    assert likely(NEED, learned.weights) < JUNK.check_from
    assert learned.objections == ()
    assert learned.right_after == len(known) > learned.right_before


def test_what_a_person_calls_genuine_is_stopped_no_more() -> None:
    assert likely(CASINO) >= JUNK.check_from, "or there is nothing to learn"
    learned = learn([*labelled(CASINO, spam=False), *labelled(PITCH, spam=True)], JUNK)
    assert likely(CASINO, learned.weights) < JUNK.check_from
    assert learned.stopped_after < learned.stopped_before


def test_labels_that_contradict_themselves_change_nothing() -> None:
    one, other = labelled(NEED, spam=True), labelled(NEED, spam=False)
    learned = learn([*one[::2], *other[1::2], *other], JUNK)
    assert learned.objections
    assert "It is not used" in learned.words


def test_one_text_said_many_times_is_learned_and_proves_nothing_of_itself() -> None:
    """Were it learned from and measured on, it would look like a gain."""
    wave = [Labelled(lead=a_lead(message=PITCH.format("tailor")), spam=True, by_person=True)] * 12
    learned = learn([*wave, *labelled(NEED, spam=False)], JUNK)
    assert learned.right_after == len(TRADES), "none of the wave, by what the others taught"
    assert learned.objections == ()
    assert likely(PITCH, learned.weights) >= JUNK.check_from


def test_without_genuine_leads_it_is_not_used_since_nothing_shows_whom_it_would_stop() -> None:
    learned = learn(labelled(PITCH, spam=True)[:LEAST], JUNK)
    assert learned.right_known > learned.right_before, "it would count as better"
    assert "5 genuine leads are needed" in learned.words


def test_with_few_labels_nothing_is_learned_and_it_says_how_to_label() -> None:
    silent = labelled(NEED, spam=False, by_person=False)
    with pytest.raises(LeadsError, match=r"called 0 leads spam.* 5 are needed.*leads replay REF --spam"):
        learn(silent, JUNK)
    assert LEAST == 5
