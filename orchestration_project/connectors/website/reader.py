"""The connector for companies' public websites. How one is read is `visit.py`, which this imports when it is
asked to: what speaks HTTP takes a tenth of a second, and most commands read no site.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from orchestration_project.connectors.base import ConnectorContext, Health
from orchestration_project.model import WebPage
from orchestration_project.playbook.model import Connection

if TYPE_CHECKING:
    import httpx

    from orchestration_project.connectors.website.network import Resolve


@dataclass(frozen=True)
class WebsiteReader:
    resolve: "Resolve | None" = None  # as the system does
    wire: "Callable[[], httpx.AsyncBaseTransport] | None" = None  # to the internet
    seconds: float = 6.0  # for the whole reading

    embedded = True

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:  # noqa: ARG003 - there is nothing to set
        return cls()

    async def check(self) -> Health:
        return Health(ok=True, says="Reads companies' public websites; needs no account.")

    async def read(self, url: str) -> WebPage | None:
        """An address without a scheme is https. Where https cannot be connected to, http is tried:
        nothing secret is sent, and what comes back is trusted in neither case."""
        from orchestration_project.connectors.website.network import resolve_by_system  # noqa: PLC0415 - see above
        from orchestration_project.connectors.website.visit import Visitor, internet  # noqa: PLC0415

        visitor = Visitor(self.seconds, self.resolve or resolve_by_system, self.wire or internet)
        return await visitor.read(url)
