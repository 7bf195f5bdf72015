"""How many unwanted submissions are held or to be checked, at the least, and genuine ones at the most."""

import pytest

from benchmarks.decisions import (
    FLOORS,
    HELD_FLOOR,
    MOST_BAD_LOOKING,
    MOST_TRICKY,
    MOST_TRICKY_HELD,
    counted,
)


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
