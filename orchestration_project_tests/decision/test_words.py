"""Phrases are found as whole words."""

import pytest

from orchestration_project.decision.words import affirmed, distinct_phrases, find_phrases, without_phrases


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


@pytest.mark.parametrize(
    ("text", "wanted", "refused"),
    [
        ("We do not need payroll, only bookkeeping.", {"bookkeeping"}, {"payroll"}),
        ("We don\u2019t want payroll or vat help; just bookkeeping", {"bookkeeping"}, {"payroll", "vat"}),
        ("We're not looking for payroll services, we need bookkeeping", {"bookkeeping"}, {"payroll"}),
        ("We need somebody for all of the books except payroll.", {"books"}, {"payroll"}),
        ("Not payroll but bookkeeping", {"bookkeeping"}, {"payroll"}),
        ("no payroll please", set[str](), {"payroll"}),
        ("It is about the year end, not urgent", {"year end"}, {"urgent"}),
        ("Payroll is not needed.", set[str](), {"payroll"}),
        ("Lohnabrechnung brauchen wir nicht, nur Buchhaltung", {"buchhaltung"}, {"lohnabrechnung"}),
        ("Wir brauchen keine Lohnabrechnung", set[str](), {"lohnabrechnung"}),
        ("Nous n'avons pas besoin de paie", set[str](), {"paie"}),
        ("No necesitamos nóminas, solo contabilidad", {"contabilidad"}, {"nóminas"}),
    ],
)
def test_what_somebody_does_not_want_is_no_hit(text: str, wanted: set[str], refused: set[str]) -> None:
    phrases = tuple(wanted | refused)
    assert {match.group().casefold() for match in affirmed(text, phrases)} == wanted
    assert distinct_phrases(text, phrases) == wanted | refused


@pytest.mark.parametrize(
    "text",
    [
        "We don't have a deadline, it is not urgent at all.",
        "We don\u2019t have any fixed deadlines",
        "dont have a deadline",
        "We have no real deadline and it isn't urgent",
        "There isn't a deadline",
        "We haven't got a deadline yet",
        "We are not under a deadline, not urgent",
        "not that urgent, without any hard deadline",
        "It is not really urgent",
    ],
)
def test_who_has_no_deadline_is_in_no_hurry(text: str) -> None:
    assert list(affirmed(text, ("deadline", "urgent"))) == []


@pytest.mark.parametrize(
    "text",
    [
        "We don't have long, the deadline is Friday",
        "We don't have enough time before the deadline",
        "We can't miss the deadline",
        "We have no bookkeeper and a deadline",
        "Isn't the deadline in May?",
        "The deadline is not far away",
    ],
)
def test_a_deadline_that_is_there_counts(text: str) -> None:
    assert list(affirmed(text, ("deadline",)))


@pytest.mark.parametrize(
    "text",
    [
        "Isn't payroll part of it?",
        "We do not have a payroll provider",
        "We have no payroll at the moment",
        "not only payroll but also vat",
        "I am not sure whether payroll is included",
        "We cannot keep up with payroll",
        "We didn't file payroll in time",
        "I have never used payroll software",
        "We are not happy with our payroll",
        "Don't hesitate to call about payroll",
        "Why not payroll as well?",
        "I do not want to do payroll myself any more",
        "We don't want to lose time with payroll",
        "Can't you do payroll too?",
        "Nobody does our payroll any more",
    ],
)
def test_a_no_that_refuses_nothing_leaves_the_word_standing(text: str) -> None:
    assert list(affirmed(text, ("payroll",)))


def test_looking_for_refusals_takes_no_time_on_a_text_made_for_it() -> None:
    assert list(affirmed("not " * 10_000 + "payroll", ("payroll",))) == []
    assert list(affirmed("we do not need " + "a b " * 10_000 + "payroll", ("payroll",))) == []
