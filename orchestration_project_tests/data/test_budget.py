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
        ("٥٠٠", 500),
        ("0", 0),
        ("12 months x £400", 400),
        ("£400 x 12 months", 400),
        ("400 a month for 12 months", 400),
        ("3 people, £1,500 a month", 1500),
        ("4 x £250", 250),
        ("Q1 2027, 8000", 8000),
        ("we have 12 staff and 2 offices, budget 900", 900),
        ("up to £2,000", 2000),
        ("500+", 500),
        ("500€ - 1.000€", 500),
        ("between £1000 and £2000", 1000),
        ("zwischen 500 und 800 Euro", 500),
        ("de 500 à 1000 euros", 500),
        ("entre 500 y 1000 euros", 500),
        ("1 500 à 2 000 €", 1500),
        ("$5k–$10k", 5000),
        ("1.200,- €", 1200),
        ("CHF 1'200.-", 1200),
        ("kr 5000", 5000),
        ("R$ 1.500,00", 1500),
        ("Rs. 50,000", 50_000),
        ("2 lakh", 200_000),
        ("10万円", 100_000),
        ("20 tys. zł", 20_000),
        ("100тыс руб", 100_000),
        ("£400 p.m. (12 month contract)", 400),
        ("GBP500", 500),
        ("~500", 500),
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


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "under £500",
            "less than 500",
            "<500",
            "2 employees",
            "10%",
            "£200 setup + £50 monthly",
            "500 now, 300 later",
        ),
        *(
            "no more than 300",
            "not sure, maybe 400",
            "100/200",
            "50% of 1000",
            "2x500",
            "£2 x 500",
            "5-figure",
            "2kg",
        ),
        *("£500/month or £6000/year", "3 invoices per month, 50 transactions", "1500 plus 20% VAT"),
    ],
)
def test_where_nobody_can_tell_which_number_is_the_money_it_is_told(typed: str) -> None:
    budget, problem = read_budget(typed, HIGHEST)
    assert budget is None
    assert problem
    assert (problem.field, problem.code) == ("budget", "unclear")


@pytest.mark.parametrize(
    ("typed", "a_month"),
    [
        ("4800 a year", 400),
        ("400 a year", Decimal("33.33")),
        ("£4,800-6,000 p.a.", 400),
        ("4800 pa", 400),
        ("4.8k/yr", 400),
        ("4800 GBP per annum", 400),
        ("£4,800 yearly, paid at once", 400),
        ("annual budget of about £4,800", 400),
        ("£4800 for the whole year", 400),
        ("4.800 € jährlich", 400),
        ("4800 Euro im Jahr", 400),
        ("4800 € par an", 400),
        ("4800 € al año", 400),
        ("4800 € all'anno", 400),
        ("年間4800", 400),
        ("48 000 kr/år", 4000),
        ("4800 p/a", 400),
        ("half yearly 2400", 400),
        ("a budget of £400 each month", 400),
        ("1200 per quarter", 400),
        ("£1,200 / quarter", 400),
        ("1200 every 3 months", 400),
        ("600 per week", 2600),
        ("£600 weekly", 2600),
        ("400 a month, reviewed every year", 400),
        ("£400 pcm", 400),
        ("400 a month (one-off clean-up beforehand)", 400),
        ("£400 monthly, plus annual accounts", 400),
        ("need a PA, £400", 400),
    ],
)
def test_a_budget_for_another_time_counts_for_a_month(typed: str, a_month: Decimal | int) -> None:
    assert read_budget(typed, HIGHEST) == (Decimal(a_month), None)


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("£450 one-off", "one sum"),
        ("£5,000 one off", "one sum"),
        ("500 in total", "one sum"),
        ("5000 € einmalig", "one sum"),
        ("£100 per employee", "each one of something"),
        ("£20 per employee per month", "each one of something"),
        ("100/person", "each one of something"),
        ("£20-30/hour", "an hour, a day"),
        ("30 hours at £50", "an hour, a day"),
        ("£400, we need annual accounts", "another time than a month"),
        ("1st year 5000", "another time than a month"),
        ("budget for 2026: 10k", "another time than a month"),
        ("£1,500 for 3 months", "several months at once"),
        ("20k-25k over 6 months", "several months at once"),
        ("less than 300", "stay below"),
        ("‹ £300", "stay below"),
        ("< £300", "stay below"),
        ("no more than 300", "stay below"),
    ],
)
def test_what_is_no_sum_for_a_month_is_told_as_what_it_is(typed: str, why: str) -> None:
    budget, problem = read_budget(typed, HIGHEST)
    assert budget is None
    assert problem
    assert problem.code == "unclear"
    assert why in problem.message
    assert "several numbers" not in problem.message


def test_a_number_alone_is_for_the_time_that_its_question_asks_for() -> None:
    assert read_budget("4800", HIGHEST, question="What is your annual budget?") == (Decimal(400), None)
    assert read_budget("4800", HIGHEST, question="yearly_budget") == (Decimal(400), None)
    assert read_budget("400 a month", HIGHEST, question="yearly_budget") == (Decimal(400), None)
    assert read_budget("400", HIGHEST, question="Monthly budget (annual contracts too)") == (
        Decimal(400),
        None,
    )


@pytest.mark.parametrize(
    "typed", ["2026", "24/7 support", "+44 7911 123456", "five hundred", "1.5 crore", "12/2026"]
)
def test_a_year_or_a_phone_number_is_no_budget(typed: str) -> None:
    assert read_budget(typed, HIGHEST)[0] is None


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("€500", "EUR"),
        ("USD5000", "USD"),
        ("£500", None),
        ("500", None),
        ("500 quid", None),
        ("500 euros", "EUR"),
        ("¥100,000", "yen or yuan"),
        ("100,000円", "JPY"),
        ("10 000 kr", "kronor or kroner"),
        ("R$ 1.000,50", "BRL"),
        ("2 lakh", "rupees"),
        ("₩500000", "KRW"),
    ],
)
def test_another_currency_counts_as_it_stands_and_is_told(typed: str, told: str | None) -> None:
    budget, problem = read_budget(typed, HIGHEST, "GBP")
    assert budget is not None
    assert (problem is not None and told in problem.message) if told else problem is None


@given(st.text("0123456789.,'- km€£to", max_size=40) | st.text())
def test_no_text_breaks_it_and_no_budget_is_out_of_range(typed: str) -> None:
    budget, problem = read_budget(typed, HIGHEST)
    assert (budget is None) == (problem is not None)
    assert budget is None or 0 <= budget <= HIGHEST
