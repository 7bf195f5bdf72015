"""Budgets as people write them."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration_project.data.budget import read_budget

HIGHEST = Decimal(10_000_000)


@pytest.mark.parametrize(
    ("typed", "amount"),
    [
        ("£500", 500),
        ("500-1000 / month", 500),
        ("500 to 1000", 500),
        ("1.500 €", 1500),
        ("€1.234,56", Decimal("1234.56")),
        ("1,234.56", Decimal("1234.56")),
        ("1 500 EUR", 1500),
        ("1\u202f500 €", 1500),
        ("1'500 CHF", 1500),
        ("1.000.000", 1_000_000),
        ("1500.125", Decimal("1500.125")),
        ("2k", 2000),
        ("1,5k", 1500),
        ("5-10k", 5000),
        ("between 5 and 10k", 5000),
        ("500-2k", 500),
        ("£1k-£2k", 1000),
        ("USD 1.2m", 1_200_000),
        ("about 1,200", 1200),
        ("1200GBP", 1200),
        ("500 monthly", 500),
        ("2kg", 2),
        ("٥٠٠", 500),
        ("0", 0),
    ],
)
def test_the_lower_end_of_what_the_text_names(typed: str, amount: Decimal | int) -> None:
    assert read_budget(typed, HIGHEST) == (Decimal(amount), None)


@pytest.mark.parametrize("typed", ["no idea", "-500", "£-500", "10000001", "11 million", "9" * 5000, "€"])
def test_what_cannot_be_a_budget_is_left_out_with_a_problem(typed: str) -> None:
    budget, problem = read_budget(typed, HIGHEST)
    assert budget is None
    assert problem
    assert (problem.field, problem.code) == ("budget", "invalid")


@given(st.text("0123456789.,'- km€£to", max_size=40) | st.text())
def test_no_text_breaks_it_and_no_budget_is_out_of_range(typed: str) -> None:
    budget, problem = read_budget(typed, HIGHEST)
    assert (budget is None) == (problem is not None)
    assert budget is None or 0 <= budget <= HIGHEST
