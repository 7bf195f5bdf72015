"""One reading of a text for all who look for words in it: what is disguised is seen, what is not is left."""

import time

import pytest

from orchestration_project.decision.genuine.fold import LONGEST, fold


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("buy v1agra", "buy viagra"),
        ("the best c@sino", "the best casino"),
        ("v!agra", "viagra"),
        ("cas!no", "casino"),
        ("m0ney", "money"),
        ("c a s i n o", "casino"),
    ],
)
def test_letters_that_stand_for_others_are_read_as_a_person_reads_them(written: str, read: str) -> None:
    assert fold(written).text == read
    assert fold(written).disguised == 1


@pytest.mark.parametrize(
    "written",
    [
        "write to ann@shop.example please",
        "the address is accounts@your-name-payments.example",
        "jo.smith+orders@rees-studio.co.uk, or mary-ann@firm.example.",
        "great!thanks",
        "payroll|books",
    ],
)
def test_an_address_and_a_space_that_was_forgotten_are_no_disguise(written: str) -> None:
    assert fold(written).text == written
    assert fold(written).disguised == 0


@pytest.mark.parametrize("piece", ["a-", "a@", "a.a@", "a1", "a@a.", "a@a-", "a+"])
def test_a_long_row_of_pieces_is_read_in_time(piece: str) -> None:
    begun = time.process_time()
    fold(piece * (LONGEST // len(piece)))
    assert time.process_time() - begun < 0.5
