"""What the paid directories share: how one is opened with its key, and what used-up credits come to.

Asking costs a credit each time, so when to ask is decided in `data/enrichment.py`; how one is asked and its
answer read, in its own module. Nothing is written there, so there is nothing to find again; an answer that
was paid for is kept in the ledger.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from http import HTTPStatus
from typing import ClassVar, Self

from pydantic import JsonValue

from orchestration_project.connectors.base import ConnectorContext, Health, says_what_is_wrong
from orchestration_project.connectors.company.options import CompanyOptions
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.rate import Limit, pace
from orchestration_project.connectors.settings import base_url, options, secret
from orchestration_project.errors import ServiceError, SetupError
from orchestration_project.playbook.model import Connection


@dataclass(frozen=True)
class PaidDirectory(ABC):
    api: Api

    embedded = False
    service: ClassVar[str]
    base_url: ClassVar[str]
    a_minute: ClassVar[int]  # requests

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        """Reads NAME_API_KEY and NAME_BASE_URL, for the connector's name."""
        options(connection, CompanyOptions)
        directory = connection.connector.upper()
        key = secret(context, f"{directory}_API_KEY", f"company: {{connector: {connection.connector}}}")
        api = Api(
            name=cls.service,
            base_url=base_url(context, f"{directory}_BASE_URL", cls.base_url),
            client=context.http,
            headers={"X-API-Key": key.get_secret_value()},
            judge=cls._judge,
            pace=pace(context, cls.service, Limit(cls.a_minute, 60.0)),
        )
        return cls(api)

    @abstractmethod
    async def _ask_for_nothing(self) -> None:
        """A request that wants the key and costs no credit."""

    @says_what_is_wrong
    async def check(self) -> Health:
        await self._ask_for_nothing()
        return Health(ok=True, says=f"{self.service} accepts the key.")

    @classmethod
    def _judge(cls, status: int, body: JsonValue) -> ServiceError | None:
        if not cls._out_of_credits(status, body):
            return None
        return SetupError(
            cls.service,
            "says that the account's credits are used up.",
            "Buy more, or write `company: {connector: none}`; leads go on without this look-up.",
        )

    @classmethod
    def _out_of_credits(cls, status: int, body: JsonValue) -> bool:  # noqa: ARG003 - of some the words tell
        return status == HTTPStatus.PAYMENT_REQUIRED
