"""What a write of a connector to a web service is, for those who ask what becomes of it when it is late.

The writes there are stand in `late_crm_writes.py` and `late_writes.py`.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from orchestration_project.fake_services.held import Kind, held_by
from orchestration_project_tests.connectors.mail.opening import KEY

EMAIL, OTHER = "zoe@acme.example", "max@acme.example"


@dataclass(frozen=True)
class Place:
    """A service with its files, if it has any."""

    service: Any
    folder: Path

    def count(self, kind: Kind) -> int:
        """Of the lead's or its person's, whole or not."""
        keys = (KEY.casefold(), EMAIL, "acme")
        return sum(
            thing.kind is kind and thing.key.startswith(keys) and thing.by_us
            for thing in held_by(self.service)
        )


@dataclass(frozen=True)
class Write:
    """One request by which a connector changes something outside."""

    row: str  # kind and service, as in `every_service.py`
    what: str
    at: str  # the beginning of its "METHOD /path"
    act: Callable[[Any], Awaitable[object]]
    """What the action does; the request is one of those it makes."""
    find: Callable[[Any], Awaitable[object]]
    """What looks for it before it is done again."""
    count: Callable[[Place], int]
    key: str | None
    """What makes a repetition harmless, though the first one is done later: a key of ours that the service
    takes. None: it takes none, and there are two."""
    half: str | None = None
    """Why `find` does not find it once it has landed, and rightly so: it is a part of the whole, which the
    next try completes."""
    ready: Callable[[Any], Awaitable[object]] | None = None
    """What has been done before."""
    options: Mapping[str, Any] | None = None
    prepare: Callable[[Place], None] | None = None
    """What its owner has done in the service."""

    @property
    def id(self) -> str:
        return f"{self.row}, {self.what}"


def held(kind: Kind) -> Callable[[Place], int]:
    return lambda place: place.count(kind)
