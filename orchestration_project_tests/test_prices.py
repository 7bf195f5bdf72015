"""Public prices of models: from the library's data, and only of makers that a name tells."""

from decimal import Decimal

import pytest

from orchestration_project.playbook.model import AiRules, ModelPrice
from orchestration_project.prices import public_price

OWN = ModelPrice(input=Decimal(7), output=Decimal(8))


@pytest.mark.parametrize("model", ["gpt-6.1-terra", "claude-haiku-5-5", "gemini-3.8-flash"])
def test_a_model_of_a_known_maker_has_a_price_for_each_way(model: str) -> None:
    price = public_price(model)
    assert price is not None
    assert Decimal(0) < price.input < price.output < Decimal(1_000)


def test_a_dated_name_costs_what_the_model_costs() -> None:
    assert public_price("gpt-6.1-terra-2026-10-26") == public_price("gpt-6.1-terra")


@pytest.mark.parametrize("model", ["llama3", "mistral-small", "openai/gpt-6.1-terra", "gpt-nobody-made", ""])
def test_a_model_that_anybody_may_serve_has_none(model: str) -> None:
    assert public_price(model) is None


def test_the_owners_price_wins_under_whatever_name_the_service_answers() -> None:
    rules = AiRules(prices={"gpt-6.1-terra": OWN})
    assert rules.price("gpt-6.1-terra-2026-10-26", "gpt-6.1-terra") == OWN
    assert rules.price("claude-haiku-5-5") != OWN
    assert AiRules().price("llama3") is None
