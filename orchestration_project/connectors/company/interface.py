"""What the data layer asks of an enrichment service."""

from typing import Protocol

from orchestration_project.connectors.base import Connector
from orchestration_project.model import CompanyProfile


class KnowsCompanies(Protocol):
    async def find_company(self, domain: str) -> CompanyProfile | None:
        """The company behind a domain. None: not known there. Raises when it could not ask."""
        ...


class CompanyDirectory(KnowsCompanies, Connector, Protocol):
    """A connector that knows companies."""
