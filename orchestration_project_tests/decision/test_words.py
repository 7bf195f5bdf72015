"""Phrases are found as whole words."""

import pytest

from orchestration_project.decision.words import (
    affirmed,
    affirmed_places,
    distinct_phrases,
    exact_phrases,
    find_phrases,
    without_exact,
)


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
        ("Große Straße", ("straße",), {"strasse"}),
        ("_ a", ("_",), set[str]()),
    ],
)
def test_phrases_are_found_as_whole_words_in_any_case(
    text: str, phrases: tuple[str, ...], found: set[str]
) -> None:
    assert distinct_phrases(text, phrases) == found


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("summer internships", "internship"),
        ("DEADLINES", "deadline"),
        ("fined, penalties and all", "penalty"),
        ("changing accountants", "accountant"),
        ("two payrolls", "payroll"),
        ("any vacancies?", "vacancy"),
        ("bonuses", "bonus"),
        ("three filing\ndeadlines", "filing deadline"),
        ("our year-ends", "year-end"),
        ("the board's surveys", "survey"),
    ],
)
def test_a_word_is_found_in_its_regular_plural(text: str, phrase: str) -> None:
    assert distinct_phrases(text, (phrase,)) == {phrase}


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("some days are hard", "some day"),  # short
        ("two CVs", "my cv"),
        ("in the next months", "next month"),  # another sense
        ("windows 11s", "windows 11"),
        ("3-days", "3-day"),
        ("I would like to book a call", "books"),  # no singular of a plural
        ("boarding, boarders", "board"),
        ("penaltys", "penalty"),
        ("Lohnabrechnüngs", "lohnabrechnüng"),
    ],
)
def test_what_is_no_plural_of_a_word_is_not_found(text: str, phrase: str) -> None:
    assert distinct_phrases(text, (phrase,)) == set()


def test_a_word_and_its_plural_are_one_word() -> None:
    assert distinct_phrases("payslip, Payslips", ("payslip", "payslips")) == {"payslip"}
    assert distinct_phrases("an accountant of accountants", ("accountant",)) == {"accountant"}
    assert affirmed_places("two payrolls, one payroll", ("payroll",)) == {"payroll": 4}


def test_words_are_found_in_a_slug_and_tell_their_place_in_it() -> None:
    text = "year_end_accounts_for_20_staff"
    assert distinct_phrases(text, ("year end", "staff")) == {"year end", "staff"}
    assert [text[slice(*match.span())] for match in find_phrases(text, ("staff", "year end"))] == [
        "year_end",
        "staff",
    ]
    assert distinct_phrases("the Pro plan, pro_plan", ("pro_plan",)) == {"pro plan"}
    assert distinct_phrases("payroll, year-end_accounts;wages_2", ("year-end", "wages")) == {
        "year-end",
        "wages",
    }
    assert list(affirmed("we_do_not_need_payroll", ("payroll",))) == []


def test_a_name_with_an_underscore_in_a_sentence_is_no_word_of_ours() -> None:
    assert distinct_phrases("Answer: service payroll_plus.", ("payroll",)) == set()
    assert list(find_phrases("_" * 50_000 + " a_b," * 10_000, ("payroll",))) == []


def test_an_exact_word_has_neither_plural_nor_slug() -> None:
    assert exact_phrases("demos, demo_1", ("demo",)) == set()


def test_a_hit_tells_its_place() -> None:
    assert [match.span() for match in find_phrases("vat, VAT", ("vat",))] == [(0, 3), (5, 8)]


def test_what_is_left_keeps_its_words_apart() -> None:
    assert without_exact("a test b", ("test",)).split() == ["a", "b"]


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
