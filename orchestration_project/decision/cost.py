"""What a question to a model costs: by the tokens that were counted, or at most, where no answer came.

What may be spent is `purse.py`.
"""

import json
from decimal import Decimal

from orchestration_project.connectors.ai.interface import Question
from orchestration_project.model import Usage
from orchestration_project.playbook.model import ModelPrice

_MILLION = Decimal(1_000_000)
BYTES_PER_TOKEN = 3
"""A cautious guess: it is about four in English, and three in scripts whose letters take several bytes."""


def priced(usage: Usage, price: ModelPrice | None) -> Usage:
    """The usage with its cost in US dollars; without a price as it is."""
    if price is None:
        return usage
    spent = usage.input_tokens * price.input + usage.output_tokens * price.output
    return usage.model_copy(update={"cost_usd": spent / _MILLION})


def most_it_takes(question: Question) -> Usage:
    """What a question may be billed whose answer never came: all of it, and the longest answer."""
    schema = json.dumps(question.answer_schema)
    size = sum(len(text.encode()) for text in (question.system, question.user, schema))
    return Usage(input_tokens=-(-size // BYTES_PER_TOKEN), output_tokens=question.most_tokens)
