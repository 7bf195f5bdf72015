"""The sensors that read: one a form source, and one for contacts entered in the CRM by hand.

Each stores what it finds in the ledger, together with how far it has read; starting runs is the dispatcher's.
"""

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TypeVar

import anyio
import dagster as dg

from orchestration_project.errors import LeadsError, TransientServiceError
from orchestration_project.healing.breaker import Breaker
from orchestration_project.healing.fate import shown
from orchestration_project.intake import take_in
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.sources import ReadByAnother, Reading
from orchestration_project.model import Delivery, Page
from orchestration_project.orchestration.graph import JOB
from orchestration_project.orchestration.resources import Workbench
from orchestration_project.playbook.model import Playbook

PageT = TypeVar("PageT")

CRM_SOURCE = "crm"
READ_SECONDS = 20.0
"""Of one tick. Dagster cuts a tick at 60 s, and what it then had read would be read again and again."""
PAGE_SECONDS = 20.0
"""Of one page; what takes longer fails, and says so."""


@dataclass(frozen=True)
class Reader:
    """One tick of a source: page after page, each kept with its cursor as it comes."""

    source: str
    connection: str  # its name among the connection states
    every_seconds: float  # between two readings that found nothing new
    fetch: Callable[[str | None], Page]
    stored: Callable[[Page], None]
    ledger: Ledger
    playbook: Playbook
    monotonic: Callable[[], float] = time.monotonic

    def read(self, otherwise: str | None = None) -> str:
        """What was done, in words. `otherwise` is the cursor to begin with where none is kept yet.

        Raises what the source raised; its connection then is open, and the next ticks leave it alone until
        it is time to ask again.
        """
        breaker = Breaker(self.ledger.connections, self.ledger.clock)
        breaker.refresh()
        state = breaker.known.get(self.connection)
        now = self.ledger.clock()
        if state is not None and state.state == "open" and state.next_probe and state.next_probe > now:
            return f"{self.source} is left alone until {state.next_probe:%H:%M:%S} UTC. {state.said}"
        read_at = self.ledger.sources.read_at(self.source)
        if read_at is not None and now - read_at < timedelta(seconds=self.every_seconds):
            return f"{self.source} was read {(now - read_at).total_seconds():.0f} s ago."
        try:
            taken = self._pages(self.ledger.sources.cursor(self.source, otherwise))
        except ReadByAnother:
            return f"{self.source} is read by another process at the moment."
        except Exception as error:
            breaker.failed(self.connection, error, None)
            raise
        breaker.went_well(self.connection)
        return f"{taken} new from {self.source}." if taken else f"Nothing new from {self.source}."

    def _pages(self, cursor: str | None) -> int:
        """How many submissions were new."""
        begun, taken = self.monotonic(), 0
        while True:
            page = self.fetch(cursor)
            reading = Reading(source=self.source, before=cursor, after=page.cursor)
            stored = take_in(self.ledger, self.playbook, self.source, page.deliveries, reading)
            self.stored(page)
            taken += sum(item.new for item in stored)
            over = not page.deliveries or page.cursor == cursor
            if over or self.monotonic() - begun > READ_SECONDS:
                return taken
            cursor = page.cursor


def build_form_sensor(source: str) -> dg.SensorDefinition:
    """The sensor of a form source, by its name in connections.yaml."""

    @dg.sensor(
        name=f"{source}_submissions",
        job_name=JOB,
        minimum_interval_seconds=1,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Reads the form source {source} and keeps what it delivers. Runs are started by the "
        "dispatcher.",
    )
    def form_sensor(
        context: dg.SensorEvaluationContext,
        ledger: dg.ResourceParam[Ledger],
        workbench: dg.ResourceParam[Workbench],
        playbook: dg.ResourceParam[Playbook],
    ) -> dg.SensorResult:
        def read() -> str:
            form = workbench.connected.form_sources[source]
            return Reader(
                source=source,
                connection=f"form_source {source}",
                every_seconds=form.every_seconds,
                fetch=lambda cursor: _in_time(workbench, source, lambda: form.fetch(cursor)),
                stored=lambda page: workbench.run(lambda: form.stored(page)),
                ledger=ledger,
                playbook=playbook,
            ).read(context.cursor)

        return _tick(source, read, context)

    return form_sensor


@dg.sensor(
    name="crm_contacts",
    job_name=JOB,
    minimum_interval_seconds=1,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Reads contacts that a person entered in the CRM by hand: they go the same way as a form.",
)
def crm_sensor(
    context: dg.SensorEvaluationContext,
    ledger: dg.ResourceParam[Ledger],
    workbench: dg.ResourceParam[Workbench],
    playbook: dg.ResourceParam[Playbook],
) -> dg.SensorResult:
    def fetch(cursor: str | None) -> Page:
        crm = workbench.connected.crm
        page = _in_time(workbench, CRM_SOURCE, lambda: crm.contacts_entered_since(cursor))
        deliveries = tuple(
            Delivery(external_id=str(contact["id"]), raw=json.dumps(contact, ensure_ascii=False).encode())
            for contact in page.contacts
        )
        return Page(deliveries=deliveries, cursor=page.cursor)

    def read() -> str:
        return Reader(
            source=CRM_SOURCE,
            # not that of the CRM itself: one reading that fails keeps no lead waiting
            connection=f"form_source {CRM_SOURCE}",
            every_seconds=workbench.connected.crm.every_seconds,
            fetch=fetch,
            stored=lambda _page: None,
            ledger=ledger,
            playbook=playbook,
        ).read(context.cursor)

    return _tick(CRM_SOURCE, read, context)


def _in_time(workbench: Workbench, source: str, ask: Callable[[], Awaitable[PageT]]) -> PageT:
    async def bounded() -> PageT:
        with anyio.fail_after(PAGE_SECONDS):
            return await ask()

    try:
        return workbench.run(bounded)
    except TimeoutError:
        raise TransientServiceError(
            source,
            f"did not deliver a page within {PAGE_SECONDS:g} seconds.",
            "It is read again by itself; if this lasts, ask for smaller pages in connections.yaml.",
        ) from None


def _tick(source: str, read: Callable[[], str], context: dg.SensorEvaluationContext) -> dg.SensorResult:
    """Dagster's own cursor stays as an older version left it: the ledger keeps how far a source was read."""
    try:
        return dg.SensorResult(skip_reason=read(), cursor=context.cursor)
    except Exception as error:  # noqa: BLE001 - raised again, in words that may be shown
        told = shown(error)
        mend = "" if isinstance(error, LeadsError) else " `leads doctor` asks each service once."
        raise dg.Failure(
            f"{source} cannot be read; how far it was read is kept, and what waits goes on. {told}{mend}"
        ) from told
