"""No enrichment service: nothing is known of a company but its own website. Nothing else is here."""

from typing import Self

from orchestration_project.connectors.base import ConnectorContext, Health
from orchestration_project.model import CompanyProfile
from orchestration_project.playbook.model import Connection


class NoEnrichment:
    embedded = True

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:  # noqa: ARG003 - there is nothing to set
        return cls()

    async def check(self) -> Health:
        return Health(ok=True, says="No enrichment service is asked.")

    async def find_company(self, domain: str) -> CompanyProfile | None:  # noqa: ARG002 - the interface's
        return None
