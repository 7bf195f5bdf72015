"""What models cost by their makers' public lists, from the library `genai-prices`; nobody is asked.

What an owner writes under `prices` in playbook.yaml wins over this: `playbook/model.py`.
"""

from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

_MAKERS = {"gpt-": "openai", "o1": "openai", "o3": "openai", "o4": "openai"} | {
    "claude-": "anthropic",
    "gemini-": "google",
}
"""By how their models' names begin. Of any other name nobody knows who serves it, and at which price."""
_SMALL = 1_000  # tokens; a question of ours never comes near the sizes from which tokens cost more


class PublicPrice(NamedTuple):
    """US dollars for a million tokens."""

    input: Decimal
    output: Decimal


@lru_cache(64)
def public_price(model: str) -> PublicPrice | None:
    """None: the model has none there, or its maker is not known by its name."""
    maker = next((maker for begins, maker in _MAKERS.items() if model.startswith(begins)), None)
    if maker is None:
        return None
    from genai_prices import Usage, calc_price  # noqa: PLC0415 - 0.4 CPU s, for those who need it

    try:
        cost = calc_price(
            Usage(input_tokens=_SMALL, output_tokens=_SMALL), model_ref=model, provider_id=maker
        )
    except LookupError:
        return None
    return PublicPrice(cost.input_price * 1_000_000 / _SMALL, cost.output_price * 1_000_000 / _SMALL)
