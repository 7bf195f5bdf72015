"""The resources of runs and sensors: the ledger, and the workbench with the opened connectors.

Built from environment variables when a run starts, never at import.
"""

from collections.abc import Awaitable, Callable, Collection, Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TypeVar

import anyio
import dagster as dg
from anyio.from_thread import BlockingPortal, start_blocking_portal
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError

from orchestration_project.connecting import connector_context
from orchestration_project.connectors.base import ConnectorContext, GetsReady
from orchestration_project.connectors.opened import Connected, open_connections
from orchestration_project.errors import LeadsError
from orchestration_project.installation import here, join
from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.ledger.engine import open_engine
from orchestration_project.model import Clock
from orchestration_project.orchestration.dagster_internals import serves_code
from orchestration_project.orchestration.own_records import say_whose
from orchestration_project.orchestration.run_tags import tag_run
from orchestration_project.orchestration.stopping import call
from orchestration_project.playbook.model import Playbook

ResultT = TypeVar("ResultT")

SIDE_BY_SIDE = 128
"""Most of the time of a lead is waiting for a service; how often one is asked, its own rate says."""


class LedgerResource(dg.ConfigurableResource[Ledger]):
    """The ledger, and the locks of this process; they are let go when the run ends, and its tags then say
    what came of its leads."""

    database_url: str = ""
    """Empty: that of the installation, whose embedded server is started where it does not run."""
    clock: dg.ResourceDependency[Clock]

    @contextmanager
    def yield_for_execution(  # type: ignore[override]  # dagster: the resource is what is yielded
        self, context: dg.InitResourceContext
    ) -> Generator[Ledger, None, None]:
        if not self.database_url and context.instance is not None:
            say_whose(context.instance)
        ledger = open_ledger(_engine(self.database_url or join().url), self.clock)
        try:
            yield ledger
            _tag(context, ledger)
        finally:
            if serves_code():
                ledger.locks.release()  # the next tick, in a moment, takes the same connections
            else:
                ledger.close()


@cache
def _engine(database_url: str) -> Engine:
    """One for all ticks and runs of a process, so that what it has compiled is kept."""
    return open_engine(database_url)


def _tag(context: dg.InitResourceContext, ledger: Ledger) -> None:
    if context.run is None or context.instance is None:
        return  # a sensor's
    try:
        tag_run(context.instance, context.run.run_id, ledger)
    except DBAPIError:
        if context.log is not None:
            context.log.warning("The run has no tags of its outcome: the database was away for a moment.")


@dataclass(frozen=True)
class Workbench:
    """The opened connectors, and one event loop that lives as long as they do: a connection pool must
    not be used from two loops, and every op would start one of its own."""

    connected: Connected
    clock: Clock
    portal: BlockingPortal
    places: anyio.CapacityLimiter
    """How many leads may be worked on at once: by one op, or by several that stand side by side."""
    ui_url: str | None = None
    rules: str | None = None
    """The version of the playbook that the leads are worked on under."""

    def run_url(self, run_id: str) -> str | None:
        """The run's page in the Dagster UI, where LEADS_UI_URL tells its address."""
        return f"{self.ui_url}/runs/{run_id}" if self.ui_url else None

    def run(self, work: Callable[[], Awaitable[ResultT]]) -> ResultT:
        return call(self.portal, work)

    def get_ready(self, kinds: Collection[str]) -> None:
        """Signs in to these services beside whatever is done meanwhile, and waits for none."""
        for kind in kinds:
            self.portal.start_task_soon(self._get_ready, kind)

    async def _get_ready(self, kind: str) -> None:
        # whoever needs it asks again, and says what is wrong
        with suppress(LeadsError):
            connector = self.connected.of_kind(kind)
            if isinstance(connector, GetsReady):
                await connector.get_ready()


@contextmanager
def open_workbench(playbook: Playbook, context: ConnectorContext) -> Generator[Workbench, None, None]:
    with start_blocking_portal() as portal:
        try:
            connected = open_connections(playbook.connections, context)
            yield Workbench(
                connected=connected,
                clock=context.clock,
                portal=portal,
                places=anyio.CapacityLimiter(SIDE_BY_SIDE),
                ui_url=context.environment.get("LEADS_UI_URL", "").strip().rstrip("/") or None,
                rules=playbook.version,
            )
        finally:
            portal.call(context.aclose)
            # a run that is stopped leaves nothing behind that would hold up its end
            portal.call(portal.stop, True)  # noqa: FBT003 - anyio's signature takes it by place only


class WorkbenchResource(dg.ConfigurableResource[Workbench]):
    home: str = ""
    """Empty: that of the installation."""
    playbook: dg.ResourceDependency[Playbook]
    ledger: dg.ResourceDependency[Ledger]

    @contextmanager
    def yield_for_execution(  # type: ignore[override]  # dagster: the resource is what is yielded
        self,
        context: dg.InitResourceContext,  # noqa: ARG002 - dagster's signature
    ) -> Generator[Workbench, None, None]:
        given = connector_context(self.playbook, Path(self.home) if self.home else here().home, self.ledger)
        with open_workbench(self.playbook, given) as workbench:
            yield workbench
