"""A model that is asked over plain HTTP: the deadline, what it refuses and is asked without, `check`.

What is sent, and how an answer is read, is said by each service's own module.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection
from typing import ClassVar

import anyio

from orchestration_project.connectors.ai.failures import REPLAY, ParameterRefusedError, in_our_words
from orchestration_project.connectors.ai.interface import Answer, ModelTimeoutError, Question
from orchestration_project.connectors.ai.refused import Refused
from orchestration_project.connectors.base import Health, says_what_is_wrong
from orchestration_project.connectors.http import Api
from orchestration_project.model.ports import RefusedParameters


class HttpModel(ABC):
    embedded = False
    service: ClassVar[str]
    ends_told_at: ClassVar[str] = ""
    """The page that says until when a model is there, of a service that tells no program."""

    def __init__(self, api: Api, *, model: str = "", refusals: RefusedParameters | None = None) -> None:
        self._api = api
        self._model = model  # that `check` asks for
        self._refused = Refused(api.base_url, refusals)

    @abstractmethod
    async def _answer(self, question: Question, refused: Collection[str]) -> Answer:
        """One request. Raises ParameterRefusedError for an optional parameter that is not taken."""

    @abstractmethod
    async def _look(self, model: str) -> None:
        """Asks for that model, or whether the service is there; costs nothing. Raises ServiceError."""

    @abstractmethod
    def _accepts(self) -> str:
        """What is said when that went well."""

    @says_what_is_wrong
    async def check(self) -> Health:
        """Whether the service takes us and has the playbook's model."""
        await self._look(self._model)
        told = f" The model is {self._model}." if self._model else ""
        if told and self.ends_told_at:
            told = f"{told} Until when it is there, only {self.ends_told_at} says."
        return Health(ok=True, says=f"{self._accepts()}{told}")

    async def ask(self, question: Question) -> Answer:
        refused = await self._refused.by(question.model)
        while True:
            try:
                return await self._ask(question, refused)
            except ParameterRefusedError as error:
                if error.parameter in refused:
                    raise  # it was not even sent
                await self._refused.add(question.model, error.parameter)

    async def _ask(self, question: Question, refused: Collection[str]) -> Answer:
        try:
            # around every try and every wait: the lead waits no longer than this in all
            with anyio.fail_after(question.timeout_seconds), in_our_words(self.service):
                return await self._answer(question, refused)
        except TimeoutError:
            told = f"did not answer within {question.timeout_seconds:g} seconds."
            raise ModelTimeoutError(self.service, told, REPLAY) from None
