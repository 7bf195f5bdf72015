"""The day's limit on the AI, over the real ledger."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import anyio
import pytest

from orchestration_project.decision.purse import DailyPurse, OverDailyLimit
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.spend import Spend
from orchestration_project.model import Usage
from orchestration_project.timezones import zone

AUCKLAND = zone("Pacific/Auckland")
NOON = datetime(2026, 11, 22, 12, tzinfo=AUCKLAND)
CENT = Usage(input_tokens=1_000, output_tokens=100, cost_usd=Decimal("0.01"))


class Day:
    """A purse with a clock of its own."""

    def __init__(self, ledger: Ledger, limit: str | None) -> None:
        self.now = NOON.astimezone(UTC)
        spend = Spend(ledger.engine, lambda: self.now)
        self.purse = DailyPurse(spend, None if limit is None else Decimal(limit), AUCKLAND)

    def pay(self, usage: Usage = CENT) -> None:
        anyio.run(self.purse.pay, "gpt-6.1-terra", usage)

    def is_open(self) -> bool:
        try:
            anyio.run(self.purse.open, "OpenAI")
        except OverDailyLimit:
            return False
        return True


@pytest.fixture
def day(ledger: Ledger) -> Callable[[str | None], Day]:
    return lambda limit: Day(ledger, limit)


def test_questions_are_asked_until_the_limit_is_reached(day: Callable[[str | None], Day]) -> None:
    today = day("0.02")
    today.pay()
    assert today.is_open()
    today.pay()
    assert not today.is_open()


def test_the_day_begins_at_midnight_on_the_owners_clock(day: Callable[[str | None], Day]) -> None:
    today = day("0.01")
    today.now = datetime(2026, 11, 22, 23, 59, tzinfo=AUCKLAND).astimezone(UTC)
    today.pay()
    assert not today.is_open()
    today.now += timedelta(minutes=2)  # the same day in UTC
    assert today.is_open()


def test_without_a_limit_anything_may_be_spent(day: Callable[[str | None], Day]) -> None:
    today = day(None)
    today.pay(Usage(cost_usd=Decimal(1000)))
    assert today.is_open()


def test_a_limit_of_nothing_is_reached_from_the_start(day: Callable[[str | None], Day]) -> None:
    assert not day("0").is_open()


def test_an_answer_without_a_price_counts_nothing(day: Callable[[str | None], Day]) -> None:
    today = day("0.01")
    today.pay(Usage(input_tokens=5, output_tokens=5))
    assert today.is_open()


def test_the_refusal_names_both_sums_and_what_to_do(day: Callable[[str | None], Day]) -> None:
    today = day("0.01")
    today.pay(Usage(cost_usd=Decimal("0.0149")))
    with pytest.raises(OverDailyLimit) as raised:
        anyio.run(today.purse.open, "OpenAI")
    for words in ("OpenAI", "$0.0149", "$0.0100", "daily_limit_usd"):
        assert words in str(raised.value)
