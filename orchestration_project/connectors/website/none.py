"""No website reader: leads are scored without the text of their company's site. Nothing else is here."""

from typing import Self

from orchestration_project.connectors.base import ConnectorContext, Health
from orchestration_project.model import WebPage
from orchestration_project.playbook.model import Connection


class NoWebsite:
    embedded = True

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:  # noqa: ARG003 - there is nothing to set
        return cls()

    async def check(self) -> Health:
        return Health(ok=True, says="Company websites are not read.")

    async def read(self, url: str) -> WebPage | None:  # noqa: ARG002 - the interface's
        return None
