"""The dagster half of care: the daily proof as an asset check, the daily backup, the hourly housekeeping.

Each is a schedule, on by itself. What they do is in the modules beside this one.
"""

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import dagster as dg

from orchestration_project.connectors.opened import Connected
from orchestration_project.errors import LeadsError
from orchestration_project.installation import here
from orchestration_project.ledger import Ledger
from orchestration_project.model.alerts import Trouble
from orchestration_project.playbook.model import Playbook
from orchestration_project.watch.backup.make import make_daily
from orchestration_project.watch.housekeeping import keep_house
from orchestration_project.watch.prove.prove import USUAL, Prover, report

ON = dg.DefaultScheduleStatus.RUNNING
BACKUP = "backup"
"""The cause of an alert, and the mark of the digest."""
_TAGS = {"leads/care": "yes"}


class Bench(Protocol):
    """What a proof needs of a run's workbench: the opened connectors, and the loop that they live in."""

    @property
    def connected(self) -> Connected: ...

    def run(self, work: Callable[[], Awaitable[Any]]) -> Any: ...


@dg.asset_check(
    asset="submissions",
    name="adds_up",
    description="Each lead that came stands somewhere, each that is through has its receipts, and what these "
    "speak of is there, once: a sample of it is looked up. What a source has and we lack is taken in.",
)
def adds_up(
    playbook: dg.ResourceParam[Playbook], ledger: dg.ResourceParam[Ledger], workbench: dg.ResourceParam[Bench]
) -> dg.AssetCheckResult:
    prover = Prover(ledger, playbook, workbench.connected)
    proof = workbench.run(lambda: prover.prove(ledger.clock() - USUAL))
    report(ledger, proof)
    shown = "\n".join(f"- {mismatch}" for mismatch in proof.mismatches)
    return dg.AssetCheckResult(
        passed=proof.adds_up,
        severity=dg.AssetCheckSeverity.WARN,
        description=proof.line,
        metadata={"mismatches": dg.MetadataValue.md(shown or "none"), "not asked": len(proof.not_asked)},
    )


@dg.op(description="A copy of the installation in LEADS_HOME/backups, tried out; the oldest goes.")
def back_up(playbook: dg.ResourceParam[Playbook], ledger: dg.ResourceParam[Ledger]) -> None:
    url = ledger.engine.url.render_as_string(hide_password=False)
    keep = playbook.retention.backups
    try:
        made = make_daily(url, here().home, ledger.clock, keep)
    except LeadsError as error:
        trouble = Trouble(
            cause=BACKUP,
            severity="warning",
            what="The daily backup failed.",
            said=str(error),
            mend="Mend what it says; `leads backup FILE` tries it at once.",
            command="leads backup FILE",
        )
        ledger.alerts.observe(BACKUP, [trouble])
        ledger.marks.set(BACKUP, "The backup of today failed.")
        raise dg.Failure(str(error), allow_retries=False) from None
    ledger.alerts.observe(BACKUP, [])
    ledger.marks.set(
        BACKUP, f"Backed up to {made.name}, {made.stat().st_size / 1e6:.1f} MB; {keep} are kept."
    )


@dg.op(description="Removes what is older than the playbook's `retention:`, a bounded part each time.")
def keep_small(
    context: dg.OpExecutionContext, playbook: dg.ResourceParam[Playbook], ledger: dg.ResourceParam[Ledger]
) -> None:
    removed = keep_house(ledger, context.instance, playbook.retention, here().home)
    context.log.info("Removed: %s.", removed.words)


@dg.job(executor_def=dg.in_process_executor, tags=_TAGS, description="The daily backup.")
def backup_job() -> None:
    back_up()


@dg.job(executor_def=dg.in_process_executor, tags=_TAGS, description="Keeps the installation small.")
def housekeeping_job() -> None:
    keep_small()


def build_care(playbook: Playbook) -> dg.Definitions:
    """By the clocks of the owner. Without backups in the playbook there is no schedule for them."""
    zone = playbook.business.time_zone
    proof = dg.define_asset_job(
        "prove", selection=dg.AssetSelection.checks(adds_up), tags=_TAGS, executor_def=dg.in_process_executor
    )
    schedules = [
        dg.ScheduleDefinition(
            name="prove_daily",
            job=proof,
            cron_schedule="20 6 * * *",
            execution_timezone=zone,
            default_status=ON,
        ),
        dg.ScheduleDefinition(
            name="housekeeping_hourly", job=housekeeping_job, cron_schedule="40 * * * *", default_status=ON
        ),
    ]
    if playbook.retention.backups:
        schedules.append(
            dg.ScheduleDefinition(
                name="backup_daily",
                job=backup_job,
                cron_schedule="50 2 * * *",
                execution_timezone=zone,
                default_status=ON,
            )
        )
    return dg.Definitions(asset_checks=[adds_up], jobs=[backup_job, housekeeping_job], schedules=schedules)
