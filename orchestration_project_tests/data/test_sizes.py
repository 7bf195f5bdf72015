"""How many people a company has, as forms ask it."""

import pytest

from orchestration_project.data.sizes import read_employees


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("50", 50),
        ("11-50", 11),
        ("1,000+", 1000),
        ("1.000 – 5.000", 1000),
        ("10 000", 10000),
        ("about 30 people", 30),
        ("5k+", 5000),
        ("1.5k", 1500),
        ("２０", 20),
        ("more than 200", 200),
        ("Just me", 1),
        ("Self-employed", 1),
        ("many", None),
        ("", None),
        ("900123456789", None),
    ],
)
def test_the_lower_end_of_a_size_is_read(text: str, least: int | None) -> None:
    assert read_employees(text) == least
