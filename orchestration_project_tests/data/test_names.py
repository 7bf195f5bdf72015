"""Names of persons, in any script and case."""

import pytest

from orchestration_project.data.names import Name, read_name


@pytest.mark.parametrize(
    ("typed", "full", "given", "family"),
    [
        ("JOHN SMITH", "John Smith", "John", "Smith"),
        ("patrick o'brien", "Patrick O'Brien", "Patrick", "O'Brien"),
        ("Ronald McDonald", "Ronald McDonald", "Ronald", "McDonald"),
        ("Vincent van der Berg", "Vincent van der Berg", "Vincent", "van der Berg"),
        ("ANKE VAN DER BERG", "Anke van der Berg", "Anke", "van der Berg"),
        ("Smith, John", "John Smith", "John", "Smith"),
        ("Dr. Jane Smith-Jones", "Dr. Jane Smith-Jones", "Jane", "Smith-Jones"),
        ("ИВАН ПЕТРОВ", "Иван Петров", "Иван", "Петров"),
        ("Anna Schmidt (Larkfield)", "Anna Schmidt (Larkfield)", "Anna", "Schmidt"),
        ("田中太郎", "田中太郎", None, None),
        ("김 철수", "김 철수", None, None),
        ("J. Smith", "J. Smith", None, "Smith"),
        ("jane", "Jane", "Jane", None),
        ("Dr.", "Dr.", None, None),
    ],
)
def test_a_name_in_one_field(typed: str, full: str, given: str | None, family: str | None) -> None:
    assert read_name(typed, "", "") == (Name(full, given, family), None)


@pytest.mark.parametrize(
    ("first", "last", "name"),
    [
        ("JANE", "DOE", Name("Jane Doe", "Jane", "Doe")),
        ("jan peter", "van der berg", Name("Jan Peter van der Berg", "Jan Peter", "van der Berg")),
        ("José", "García López", Name("José García López", "José", "García López")),
        ("太郎", "田中", Name("田中 太郎", "太郎", "田中")),
        ("Jane", "", Name("Jane", "Jane", None)),
        ("", "SMITH", Name("Smith", None, "Smith")),
    ],
)
def test_a_name_in_two_fields(first: str, last: str, name: Name) -> None:
    assert read_name("", first, last) == (name, None)


@pytest.mark.parametrize(
    "typed", ["WIN at bit.ly/x", "https://evil.example", "jane@evil.example", "ev\u200bil.com"]
)
def test_a_name_that_holds_a_link_is_ignored(typed: str) -> None:
    for fields in ((typed, "", ""), ("Jane", typed, "")):
        name, problem = read_name(*fields)
        assert name == Name()
        assert problem
        assert problem.code == "ignored"
        assert "evil" not in problem.message


def test_initials_with_dots_are_no_link() -> None:
    assert read_name("J.R.R. Tolkien", "", "")[1] is None


def test_a_name_without_end_is_cut() -> None:
    name, problem = read_name("x" * 5_000, "", "")
    assert len(name.full or "") == 120
    assert problem
    assert problem.code == "too_long"
