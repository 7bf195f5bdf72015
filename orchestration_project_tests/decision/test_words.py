"""Phrases are found as whole words."""

import pytest

from orchestration_project.decision.words import distinct_phrases, find_phrases, without_phrases


@pytest.mark.parametrize(
    ("text", "phrases", "found"),
    [
        ("The VAT return, vat!", ("vat",), {"vat"}),
        ("private elevator", ("vat",), set[str]()),
        ("Year \n end", ("year end",), {"year end"}),
        ("auto-enrolment", ("auto", "auto-enrolment"), {"auto-enrolment"}),
        ("Бухгалтерия нужна", ("бухгалтерия",), {"бухгалтерия"}),
        ("anything", (), set[str]()),
        ("anything", ("", " "), set[str]()),
        ("a.b", ("a.b",), {"a.b"}),
        ("aXb", ("a.b",), set[str]()),
    ],
)
def test_phrases_are_found_as_whole_words_in_any_case(
    text: str, phrases: tuple[str, ...], found: set[str]
) -> None:
    assert distinct_phrases(text, phrases) == found


def test_a_hit_tells_its_place() -> None:
    assert [match.span() for match in find_phrases("vat, VAT", ("vat",))] == [(0, 3), (5, 8)]


def test_what_is_left_keeps_its_words_apart() -> None:
    assert without_phrases("a test b", ("test",)).split() == ["a", "b"]
