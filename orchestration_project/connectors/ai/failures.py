"""What the models' refusals have in common: the words to a person, and whether a question may be billed.

Which refusal is which is said by each service's own module.
"""

from collections.abc import Generator
from contextlib import contextmanager

import httpx

from orchestration_project.connectors.ai.interface import (
    AnswerLostError,
    ModelRateLimitedError,
    ModelTimeoutError,
)
from orchestration_project.errors import PermanentServiceError, RefusedForNow, TransientServiceError

REPLAY = "The lead goes on without a score and can be re-scored later."
OUT_OF_CREDIT = "The account is out of credit or at a spending limit: top it up, or raise the limit."
NO_SCHEMA = "Check that the model named in playbook.yaml can answer with a JSON schema."


class ParameterRefusedError(PermanentServiceError):
    """The model or its server does not take that optional parameter, or not its value."""

    def __init__(self, service: str, told: str, parameter: str) -> None:
        super().__init__(service, told, NO_SCHEMA)
        self.parameter = parameter


@contextmanager
def in_our_words(service: str) -> Generator[None]:
    """Which of the failures that pass by themselves it is: whether the question may be billed."""
    try:
        yield
    except RefusedForNow as error:
        if not error.answered:
            raise
        told = error.said
        raise ModelRateLimitedError(
            service, told, REPLAY, retry_after=error.retry_after, answered=True
        ) from None
    except TransientServiceError as error:
        if error.answered:
            raise
        timed_out = isinstance(error.__cause__, TimeoutError | httpx.TimeoutException)
        kind = ModelTimeoutError if timed_out else AnswerLostError
        raise kind(service, error.said, REPLAY) from None
