"""The sensors that read: one a form source, and one for contacts entered in the CRM by hand.

Each stores what it finds in the ledger, together with how far it has read; starting runs is the dispatcher's.
"""

import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TypeVar

import anyio
import dagster as dg

from orchestration_project.connectors.form_source.interface import SeenAtAGlance
from orchestration_project.connectors.opened import FORM_SOURCE, lines_of
from orchestration_project.errors import LeadsError, TransientServiceError
from orchestration_project.healing.breaker import Breaker
from orchestration_project.intake import take_in
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.sources import ReadByAnother, Reading
from orchestration_project.ledger.submissions import Stored
from orchestration_project.model import Delivery, Page
from orchestration_project.orchestration.lingering import lingering
from orchestration_project.orchestration.resources import Workbench
from orchestration_project.orchestration.source_words import is_news, told
from orchestration_project.orchestration.ticks import tick_failed
from orchestration_project.playbook.model import Connections, Playbook

PageT = TypeVar("PageT")

CRM_SOURCE = "crm"
LOOK_SECONDS = (5, 30)
"""Between two ticks of a source: its own pace, but not less nor more. Each tick is work for Dagster and the
database, and most find nothing; `leads submit` and `leads import` wait for none."""
READ_SECONDS = 20.0
"""Of one tick. Dagster cuts a tick at 60 s, and what it then had read would be read again and again."""
PAGE_SECONDS = 20.0
"""Of one page; what takes longer fails, and says so."""
_EARLY_SECONDS = 0.5
_STARTS_NONE = (
    "It starts no run: the dispatcher does. How far it has read is kept in the ledger; the cursor shown here "
    "is a copy, and to edit it changes nothing."
)


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
        # a tick is never quite as late after the last one as it is meant to be
        if read_at is not None and now - read_at < timedelta(seconds=self.every_seconds - _EARLY_SECONDS):
            return f"{self.source} was read {(now - read_at).total_seconds():.0f} s ago."
        try:
            taken = self._pages(self.ledger.sources.cursor(self.source, otherwise))
        except ReadByAnother:
            return f"{self.source} is read by another process at the moment."
        except Exception as error:
            breaker.failed(self.connection, error, None)
            raise
        breaker.went_well(self.connection)
        return told(self.source, taken)

    def _pages(self, cursor: str | None) -> list[Stored]:
        """What became of each submission that was delivered."""
        begun, taken = self.monotonic(), list[Stored]()
        while True:
            page = self.fetch(cursor)
            reading = Reading(source=self.source, before=cursor, after=page.cursor)
            stored = take_in(self.ledger, self.playbook, self.source, page.deliveries, reading)
            self.stored(page)
            taken += stored
            over = not page.deliveries or page.cursor == cursor
            if over or self.monotonic() - begun > READ_SECONDS:
                return taken
            cursor = page.cursor


def form_reader(source: str, workbench: Workbench, ledger: Ledger, playbook: Playbook) -> Reader:
    form = workbench.connected.form_sources[source]
    return Reader(
        source=source,
        connection=f"form_source {source}",
        every_seconds=form.every_seconds,
        fetch=lambda cursor: _in_time(workbench, source, lambda: form.fetch(cursor)),
        stored=lambda page: workbench.run(lambda: form.stored(page)),
        ledger=ledger,
        playbook=playbook,
    )


def crm_reader(workbench: Workbench, ledger: Ledger, playbook: Playbook) -> Reader:
    """Of the contacts that a person entered in the CRM."""
    crm = workbench.connected.crm

    def fetch(cursor: str | None) -> Page:
        page = _in_time(workbench, CRM_SOURCE, lambda: crm.contacts_entered_since(cursor))
        deliveries = tuple(
            Delivery(external_id=str(contact["id"]), raw=json.dumps(contact, ensure_ascii=False).encode())
            for contact in page.contacts
        )
        return Page(deliveries=deliveries, cursor=page.cursor)

    return Reader(
        source=CRM_SOURCE,
        # not that of the CRM itself: one reading that fails keeps no lead waiting
        connection=f"form_source {CRM_SOURCE}",
        every_seconds=crm.every_seconds,
        fetch=fetch,
        stored=lambda _page: None,
        ledger=ledger,
        playbook=playbook,
    )


def _pace(connections: Connections, kind: str, name: str) -> int:
    """Seconds between two ticks. What has a pace of its own in connections.yaml says it there."""
    line = next(line for line in lines_of(connections) if (line.kind, line.name) == (kind, name))
    least, most = LOOK_SECONDS
    own: object = getattr(line.connector_class, "every_seconds", least)
    if not isinstance(own, int | float):  # of an option
        own = line.connection.options.get("every_seconds", most)
    return round(min(max(own, least), most)) if isinstance(own, int | float) else most


def build_form_sensor(source: str, connections: Connections) -> dg.SensorDefinition:
    """The sensor of a form source, by its name in connections.yaml."""

    @dg.sensor(
        name=f"{source}_submissions",
        minimum_interval_seconds=_pace(connections, FORM_SOURCE, source),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"Reads the form source {source} and keeps what it delivers; each tick says what it took "
        f"in. {_STARTS_NONE}",
    )
    def form_sensor(
        context: dg.SensorEvaluationContext,
        ledger: dg.ResourceParam[Ledger],
        workbench: dg.ResourceParam[Workbench],
        playbook: dg.ResourceParam[Playbook],
    ) -> dg.SensorResult:
        def read() -> str:
            if source not in workbench.connected.form_sources.names:
                raise LeadsError(
                    f"connections.yaml has no form source {source} any more. Reload the code location "
                    "`leads` (under Deployment), and this sensor is gone."
                )
            form = workbench.connected.form_sources[source]
            once = partial(form_reader(source, workbench, ledger, playbook).read, context.cursor)
            return lingering(once, is_news, form.anything) if isinstance(form, SeenAtAGlance) else once()

        return _tick(source, read, context, ledger)

    return form_sensor


def build_crm_sensor(connections: Connections) -> dg.SensorDefinition:
    """The sensor of contacts that a person has entered."""

    @dg.sensor(
        name="crm_contacts",
        minimum_interval_seconds=_pace(connections, CRM_SOURCE, CRM_SOURCE),
        default_status=dg.DefaultSensorStatus.RUNNING,
        description="Reads contacts that a person entered in the CRM by hand, which go the same way as a "
        f"form; each tick says what it took in. {_STARTS_NONE}",
    )
    def crm_sensor(
        context: dg.SensorEvaluationContext,
        ledger: dg.ResourceParam[Ledger],
        workbench: dg.ResourceParam[Workbench],
        playbook: dg.ResourceParam[Playbook],
    ) -> dg.SensorResult:
        def read() -> str:
            return crm_reader(workbench, ledger, playbook).read(context.cursor)

        return _tick(CRM_SOURCE, read, context, ledger)

    return crm_sensor


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


def _tick(
    source: str, read: Callable[[], str], context: dg.SensorEvaluationContext, ledger: Ledger
) -> dg.SensorResult:
    """The ledger keeps how far a source was read; the page of the sensor shows it."""
    try:
        said = read()
        if is_news(said):
            context.log.info(said)  # among some twelve ticks a minute, those with logs have something to tell
        return dg.SensorResult(skip_reason=said, cursor=ledger.sources.cursor(source, context.cursor))
    except Exception as error:  # noqa: BLE001 - raised again, in words that may be shown
        mend = "" if isinstance(error, LeadsError) else " `leads doctor` asks each service once."
        failed = tick_failed(
            f"{source} cannot be read; how far it was read is kept, and what waits goes on.", error, mend
        )
        raise failed from failed.__cause__
