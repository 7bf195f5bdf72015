"""The sensors: one a form source, and one for contacts entered in the CRM by hand.

Each waits for work inside its tick, stores what it finds in the ledger, then moves its cursor.
"""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import dagster as dg

from orchestration_project.errors import LeadsError
from orchestration_project.intake import take_in
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.work import Claim
from orchestration_project.model import Delivery, Page
from orchestration_project.orchestration.dispatch import Dispatcher, run_request
from orchestration_project.orchestration.each_lead import describe, shown
from orchestration_project.orchestration.resources import Workbench
from orchestration_project.playbook.model import Playbook

TICK_SECONDS = 9.6
"""Dagster's daemon looks at its sensors every 5 s, so a tick ends just before every second look."""
LOOK_SECONDS = 0.2
"""How often a waiting tick looks at the ledger: one indexed query."""

CRM_SOURCE = "crm"

LAST_READINGS: dict[str, float] = {}
"""When each source was last read by this process, which outlives its ticks. Cursors belong to the
sources; and after a restart, one reading too early does no harm."""
UNSEEN_FAILURES: set[str] = set()
"""Sources whose latest failure stands in the log of a tick that had leads to hand out, and so did not
fail. In this process, too."""


@dataclass(frozen=True)
class Watch:
    """One sensor's tick: read the source at its own pace, hand out runs at once.

    A source that fails keeps nobody waiting. Dagster lets no tick both request runs and fail, so a tick
    whose source fails hands out what waits in the ledger, with the failure in its log and the cursor where
    it was. The source is read again at once by the next tick, and that one fails if the source does. Where
    nothing waits, the tick fails right away.
    """

    source: str
    every_seconds: float  # between two readings of the source
    fetch: Callable[[str | None], Page]
    stored: Callable[[Page], None]
    ledger: Ledger
    playbook: Playbook
    dispatcher: Dispatcher
    log_error: Callable[[str], None]
    monotonic: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    last_readings: dict[str, float] = field(default_factory=dict[str, float])
    unseen_failures: set[str] = field(default_factory=set[str])

    def tick(self, cursor: str | None) -> dg.SensorResult:
        """Raises what the source raised, unless there is something to hand out."""
        begun = self.monotonic()
        next_reading = self.last_readings.get(self.source, float("-inf")) + self.every_seconds
        self.dispatcher.recover()
        while True:
            if self.monotonic() >= next_reading:
                try:
                    cursor = self._read(cursor)
                except Exception as error:  # noqa: BLE001 - raised below, once nothing waits for it
                    failure = error
                    break
                self.unseen_failures.discard(self.source)
                next_reading = self.monotonic() + self.every_seconds
            claims = self.dispatcher.claims()
            if claims:
                return _handed_out(claims, cursor)
            if self.monotonic() - begun + LOOK_SECONDS > TICK_SECONDS:
                return dg.SensorResult(skip_reason=f"Nothing new from {self.source}.", cursor=cursor)
            self.sleep(LOOK_SECONDS)
        return self._in_spite_of(failure, cursor)

    def _in_spite_of(self, failure: Exception, cursor: str | None) -> dg.SensorResult:
        if self.source in self.unseen_failures:
            self.unseen_failures.remove(self.source)
            raise failure
        # before claiming, which fails as well while the rules are broken
        self.log_error(
            f"{self.source} could not be read; the cursor stays, what waits in the ledger is handed out. "
            f"{describe(failure)}"
        )
        claims = self.dispatcher.claims()
        if not claims:
            raise failure
        self.unseen_failures.add(self.source)
        return _handed_out(claims, cursor)

    def _read(self, cursor: str | None) -> str | None:
        self.last_readings.pop(self.source, None)
        page = self.fetch(cursor)
        if page.deliveries:
            take_in(self.ledger, self.playbook, self.source, page.deliveries)
        self.stored(page)
        if not page.deliveries or page.cursor == cursor:
            # else there may be more, which the next tick need not wait for
            self.last_readings[self.source] = self.monotonic()
        return page.cursor


def _handed_out(claims: Sequence[Claim], cursor: str | None) -> dg.SensorResult:
    return dg.SensorResult(run_requests=[run_request(claim) for claim in claims], cursor=cursor)


def build_form_sensor(source: str) -> dg.SensorDefinition:
    @dg.sensor(
        name=f"{source}_submissions",
        job_name="lead_intake",
        minimum_interval_seconds=1,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=f"New submissions of the form source {source}, and whatever else waits in the ledger.",
    )
    def form_sensor(
        context: dg.SensorEvaluationContext,
        ledger: dg.ResourceParam[Ledger],
        workbench: dg.ResourceParam[Workbench],
        playbook: dg.ResourceParam[Playbook],
    ) -> dg.SensorResult:
        form = workbench.connected.form_sources[source]
        watch = Watch(
            source=source,
            every_seconds=form.every_seconds,
            fetch=lambda cursor: workbench.run(lambda: form.fetch(cursor)),
            stored=lambda page: workbench.run(lambda: form.stored(page)),
            ledger=ledger,
            playbook=playbook,
            dispatcher=Dispatcher(ledger, context.instance, playbook.limits),
            log_error=context.log.error,
            last_readings=LAST_READINGS,
            unseen_failures=UNSEEN_FAILURES,
        )
        return _tick(watch, context)

    return form_sensor


@dg.sensor(
    name="crm_contacts",
    job_name="lead_intake",
    minimum_interval_seconds=1,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Contacts that a person entered in the CRM by hand: they go the same way as a form.",
)
def crm_sensor(
    context: dg.SensorEvaluationContext,
    ledger: dg.ResourceParam[Ledger],
    workbench: dg.ResourceParam[Workbench],
    playbook: dg.ResourceParam[Playbook],
) -> dg.SensorResult:
    crm = workbench.connected.crm

    def fetch(cursor: str | None) -> Page:
        page = workbench.run(lambda: crm.contacts_entered_since(cursor))
        deliveries = tuple(
            Delivery(external_id=str(contact["id"]), raw=json.dumps(contact, ensure_ascii=False).encode())
            for contact in page.contacts
        )
        return Page(deliveries=deliveries, cursor=page.cursor)

    watch = Watch(
        source=CRM_SOURCE,
        every_seconds=crm.every_seconds,
        fetch=fetch,
        stored=lambda _page: None,
        ledger=ledger,
        playbook=playbook,
        dispatcher=Dispatcher(ledger, context.instance, playbook.limits),
        log_error=context.log.error,
        last_readings=LAST_READINGS,
        unseen_failures=UNSEEN_FAILURES,
    )
    return _tick(watch, context)


def _tick(watch: Watch, context: dg.SensorEvaluationContext) -> dg.SensorResult:
    try:
        return watch.tick(context.cursor)
    except Exception as error:  # noqa: BLE001 - raised again, in words that may be shown
        told = shown(error)
        mend = "" if isinstance(error, LeadsError) else " `leads doctor` asks each service once."
        raise dg.Failure(
            f"The tick for {watch.source} failed, and its cursor stays where it was: {told}{mend}"
        ) from told
