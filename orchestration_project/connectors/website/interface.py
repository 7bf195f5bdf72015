"""What the data layer asks of a website reader."""

from typing import Protocol

from orchestration_project.connectors.base import Connector
from orchestration_project.model import WebPage


class Website(Connector, Protocol):
    async def read(self, url: str) -> WebPage | None:
        """Text of the page. None: there is no such site, or it has no text. Raises ServiceError when
        it could not be read, or may not be (a private address, too large, too slow)."""
        ...
