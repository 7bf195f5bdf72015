"""What every connector is given and what every connector can do, whatever its kind.

Classifying HTTP answers belongs to `http.py`; the methods of a kind belong to its `interface.py`.
"""

import pkgutil
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property, wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Protocol, Self, TypeVar, runtime_checkable

from sqlalchemy import Engine

from orchestration_project.errors import CredentialError, LeadsError, ServiceError
from orchestration_project.model import Clock, Frozen, Written
from orchestration_project.model.ports import OwnIds, RefusedParameters, TakeTurn
from orchestration_project.playbook.model import Connection

if TYPE_CHECKING:
    from types import CoroutineType

    import httpx


@dataclass(frozen=True)
class ConnectorContext:
    """What `open` may use to build a connector. Building does no I/O."""

    client: "Callable[[], httpx.AsyncClient]"  # the one of this process: made by the first who asks
    home: Path  # LEADS_HOME: the only place on disk that an embedded connector may write to
    database: Engine  # for the embedded connectors that keep tables
    clock: Clock
    environment: Mapping[str, str]  # where settings and secrets come from
    own_domain: str  # of the business, for message and event ids
    turns: TakeTurn | None = None  # by which services are paced; None: nothing waits
    ai_model: str = ""  # of the playbook, for the check of a language model
    ai_refusals: RefusedParameters | None = None  # None: each process finds out anew
    ids: OwnIds | None = None  # None: each process takes its own

    @cached_property
    def http(self) -> "httpx.AsyncClient":
        """For all connectors. Embedded ones have no use for it, and a command that asks nobody else is spared
        the import of what speaks HTTP."""
        return self.client()

    async def aclose(self) -> None:
        """What was opened; where nobody was asked anything, nothing is."""
        if "http" in vars(self):
            await self.http.aclose()


class Health(Frozen):
    """Answer of `check()`: does the connection work, and if not, what to do. With a `mend` although it works
    there is something to do before it stops."""

    ok: bool
    says: str
    mend: str = ""
    ends: date | None = None  # when something that it depends on ends, as far as it tells
    refused: bool = False  # the credential is not accepted


ConnectorT = TypeVar("ConnectorT")


def says_what_is_wrong(
    check: Callable[[ConnectorT], Awaitable[Health]],
) -> "Callable[[ConnectorT], CoroutineType[Any, Any, Health]]":
    """Around a connector's `check`: a refusal is an answer too, in the words of the error."""

    @wraps(check)
    async def checked(connector: ConnectorT) -> Health:
        try:
            return await check(connector)
        except ServiceError as error:
            refused = isinstance(error, CredentialError)
            return Health(ok=False, says=error.said, mend=error.mend, refused=refused)

    return checked


class Connector(Protocol):
    """What a connector of any kind can do besides its kind's interface."""

    embedded: bool
    """True for the ones that need no account; a real service starts with autonomy `observe`."""

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        """A connector for that line. Does no I/O. Raises SettingError for a setting or secret that is
        missing, LeadsError for a wrong option."""
        ...

    async def check(self) -> Health:
        """One cheap authenticated call. Never raises for an answer that a person can mend."""
        ...


class Scopes(Frozen):
    """The rights of a credential, by the names that its service gives them."""

    credential: str  # the variable that holds it
    granted: frozenset[str]
    needed: frozenset[str]  # by this line of connections.yaml, as it is set up
    may: frozenset[str] = frozenset()  # do no harm, or are of use where they are granted


@runtime_checkable
class TellsScopes(Protocol):
    """A service that says which rights a credential has."""

    async def scopes(self) -> Scopes | None:
        """None: it does not tell of this one. Raises ServiceError where it could not be asked."""
        ...


SETTLE_SECONDS = 90.0
"""How long after its request a web service may still do what it was asked, though nobody waits any more.
Proxies in front of services give up after 60 s as a rule."""


def settle_seconds(connector: Connector) -> float:
    """After so many seconds without an answer, what the service has done is there to be found.

    A connector that knows better says so by an attribute `settle_seconds`; an embedded one has done what it
    does when it returns.
    """
    return getattr(connector, "settle_seconds", 0.0 if connector.embedded else SETTLE_SECONDS)


@runtime_checkable
class GetsReady(Protocol):
    """A service that has to be signed in to, or asked whose account it is, before it does what it is for."""

    async def get_ready(self) -> None:
        """Does so now, while there is nothing else to do. What goes wrong (ServiceError), whoever needs it
        meets again."""
        ...


EntryKind = Literal["note", "task", "activity", "draft", "folder", "message", "event"]
"""What an action leaves outside; an activity is a call or a sent mail in a contact's history."""


@runtime_checkable
class FindsTwins(Protocol):
    """A service in which one thing of ours can come to be there twice, when a write is repeated whose first
    try was done late."""

    async def twins(self, kind: EntryKind, key: str, inside: str | None) -> tuple[Written, ...]:
        """All that is there under that key; more than one are twins. Sent drafts count, thrown away ones do
        not. `inside` is the contact of a note, task or activity, and the Message-ID of a draft."""
        ...


def connector_class(kind: str, name: str, table: Mapping[str, str]) -> type[Connector]:
    """The class behind a line of connections.yaml, imported only now: a service that nobody uses
    costs no start-up time. Raises LeadsError for a name that the kind's table does not have."""
    if name not in table:
        known = ", ".join(sorted(table))
        raise LeadsError(f"connections.yaml: no {kind} connector is called {name!r}; there are {known}.")
    return pkgutil.resolve_name(table[name])
