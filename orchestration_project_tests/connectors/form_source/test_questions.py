"""Names of questions as people are shown them."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from orchestration_project.connectors.form_source.questions import LONGEST_NAME, listed


def test_a_long_title_is_cut_and_many_are_counted() -> None:
    told = listed(["Is there " + "very " * 50 + "much?", *map(str, range(9))])
    assert told.startswith("`Is there very very ")
    assert told.endswith("…`, `0`, `1`, `2`, `3`, `4`, `5`, `6` and 2 more")


def test_a_title_that_fits_is_told_whole() -> None:
    exact = "x" * LONGEST_NAME
    assert listed([exact]) == f"`{exact}`"
    assert listed([exact + "y"]) == f"`{exact[:-1]}…`"


@given(st.lists(st.text(st.characters(exclude_categories=())), max_size=30))
def test_whatever_somebody_typed_it_is_one_short_line_without_control_characters(names: list[str]) -> None:
    told = listed(names)
    assert len(told) <= 8 * (LONGEST_NAME + 4) + len(" and 22 more")
    assert not {unicodedata.category(character) for character in told} & {"Cc", "Cf", "Cs"}
