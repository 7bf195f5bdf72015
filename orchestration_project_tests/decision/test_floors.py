"""How many unwanted submissions are held or to be checked, at the least, and genuine ones at the most."""

import pytest

from benchmarks.decision_rows import of_a_wave_that_goes_on, paid_questions, strangers_among_spellings
from benchmarks.decisions import (
    FLOORS,
    HELD_FLOOR,
    MOST_BAD_LOOKING,
    MOST_TRICKY,
    MOST_TRICKY_HELD,
    counted,
    submissions,
)
from benchmarks.puppets import openings_that_go_out, suspected
from benchmarks.same_person import measured


@pytest.mark.parametrize("kind", FLOORS)
def test_of_unwanted_ones_so_many_at_least_do_not_go_on(kind: str) -> None:
    _, held, to_check = counted(kind)
    assert held + to_check >= FLOORS[kind]


def test_genuine_ones_in_which_words_look_bad_go_on() -> None:
    _, held, to_check = counted("bad_looking")
    assert held + to_check <= MOST_BAD_LOOKING


def test_of_what_machines_put_into_forms_most_is_set_aside_without_a_look() -> None:
    _, held, _ = counted("form_spam")
    assert held >= HELD_FLOOR


def test_genuine_ones_that_look_like_spam_in_more_ways_are_at_most_looked_at() -> None:
    _, held, to_check = counted("tricky")
    assert held <= MOST_TRICKY_HELD
    assert held + to_check <= MOST_TRICKY


def test_honest_leads_are_stopped_by_no_second_opinion() -> None:
    doubted, asked = suspected([*submissions("tricky"), *submissions("bad_looking")])
    assert doubted <= asked / 100


def test_nothing_a_puppet_writes_reaches_a_draft() -> None:
    assert openings_that_go_out()[0] == 0


def test_one_person_under_nine_spellings_is_never_somebody_new_without_a_word() -> None:
    assert strangers_among_spellings() == (0, 9)


def test_people_who_write_again_are_found_among_made_pairs() -> None:
    pairs = measured(people=500, seed=3)
    assert pairs.precision >= 0.95
    assert pairs.recall >= 0.85


def test_nothing_is_paid_for_junk_or_for_what_is_no_company() -> None:
    assert paid_questions() == ([], 9)


def test_a_wave_of_one_text_stops_whole() -> None:
    assert of_a_wave_that_goes_on() == 0
