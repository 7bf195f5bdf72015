"""Connectors of the first two layers with an eye on their connection: where it is away nobody asks, and what
happens to one lead is known to all.

Of the action layer's, `action/once.py` has the eye.
"""

from collections.abc import Callable
from dataclasses import dataclass

from orchestration_project.connectors.ai.interface import Answer, AnswersQuestions, Question
from orchestration_project.connectors.company.interface import KnowsCompanies
from orchestration_project.errors import LeadsError, ServiceError, SetupError
from orchestration_project.healing.breaker import Breaker
from orchestration_project.model import CompanyProfile, Ref


@dataclass(frozen=True)
class WatchedDirectory:
    """A company directory; a lead goes on without one."""

    opened: Callable[[], KnowsCompanies]  # raises SettingError
    breaker: Breaker
    ref: Ref

    async def find_company(self, domain: str) -> CompanyProfile | None:
        self.breaker.insist("company")
        try:
            profile = await self.opened().find_company(domain)
        except ServiceError as error:
            self.breaker.failed("company", error, self.ref)
            raise
        except LeadsError as error:
            self.breaker.failed("company", error, self.ref)
            raise SetupError("company", str(error)) from None
        self.breaker.went_well("company")
        return profile


@dataclass(frozen=True)
class WatchedModel:
    """A language model."""

    inner: AnswersQuestions
    breaker: Breaker
    ref: Ref

    @property
    def service(self) -> str:
        return self.inner.service

    async def ask(self, question: Question) -> Answer:
        self.breaker.insist("ai")
        try:
            answer = await self.inner.ask(question)
        except ServiceError as error:
            self.breaker.failed("ai", error, self.ref)
            raise
        self.breaker.went_well("ai")
        return answer
