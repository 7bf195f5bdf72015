"""How many unwanted submissions are held or to be checked, at the least, and genuine ones at the most."""

import pytest

from benchmarks.decisions import FLOORS, MOST_BAD_LOOKING, counted


@pytest.mark.parametrize("kind", FLOORS)
def test_of_unwanted_ones_so_many_at_least_do_not_go_on(kind: str) -> None:
    _, held, to_check = counted(kind)
    assert held + to_check >= FLOORS[kind]


def test_genuine_ones_in_which_words_look_bad_go_on() -> None:
    _, held, to_check = counted("bad_looking")
    assert held + to_check <= MOST_BAD_LOOKING
