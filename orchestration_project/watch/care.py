"""The dagster half of care: the daily proof as an asset and its check, backup, housekeeping, forms.

Each is a schedule, on by itself. What they do is in the modules beside this one.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

import dagster as dg

from orchestration_project.connectors.opened import Connected
from orchestration_project.data.records import differences
from orchestration_project.errors import LeadsError
from orchestration_project.installation import here
from orchestration_project.ledger import Ledger
from orchestration_project.model import Ref
from orchestration_project.model.alerts import Trouble
from orchestration_project.model.records import Difference
from orchestration_project.playbook.audience import CRM_SOURCE
from orchestration_project.playbook.model import Playbook
from orchestration_project.watch.backup.make import make_daily
from orchestration_project.watch.housekeeping import keep_house
from orchestration_project.watch.prove.prove import USUAL, Prover, report
from orchestration_project.watch.shape import look_at_definitions, look_at_shapes, report_shapes

ON = dg.DefaultScheduleStatus.RUNNING
BACKUP = "backup"
"""The cause of an alert, and the mark of the digest."""
LOOKED_AT = 1_000
_TAGS = {"leads/care": "yes"}


class Bench(Protocol):
    """What a proof needs of a run's workbench: the opened connectors, and the loop that they live in."""

    @property
    def connected(self) -> Connected: ...

    def run(self, work: Callable[[], Awaitable[Any]]) -> Any: ...


@dg.asset(
    name="proof",
    group_name="watch",
    kinds={"postgres"},
    description="Each lead that came stands somewhere, each that is through has its receipts, and what these "
    "speak of is there, once: a sample of it is looked up. What a source has and we lack is taken in.",
    # of an asset of its own: with one of history's it would ask all services every hour
    check_specs=[dg.AssetCheckSpec("adds_up", asset="proof", description="Nothing is lost.")],
)
def proof(  # pyright: ignore[reportUnknownParameterType] - see below
    playbook: dg.ResourceParam[Playbook], ledger: dg.ResourceParam[Ledger], workbench: dg.ResourceParam[Bench]
) -> dg.MaterializeResult:  # pyright: ignore[reportMissingTypeArgument] - dagster takes no other
    prover = Prover(ledger, playbook, workbench.connected)
    found = workbench.run(lambda: prover.prove(ledger.clock() - USUAL))
    report(ledger, found)
    shown = "\n".join(f"- {mismatch}" for mismatch in found.mismatches)
    told = {"mismatches": dg.MetadataValue.md(shown or "none"), "not asked": len(found.not_asked)}
    check = dg.AssetCheckResult(
        check_name="adds_up",
        passed=found.adds_up,
        severity=dg.AssetCheckSeverity.WARN,
        description=found.line,
        metadata=told,
    )
    return dg.MaterializeResult(metadata=told, check_results=[check])


@dg.asset_check(
    asset=proof,
    name="records_agree",
    description="Where two systems say two things of a lead, one is the record and the other somebody's "
    "edit: `leads differences` shows both. Names leads, and nobody.",
)
def records_agree(
    playbook: dg.ResourceParam[Playbook], ledger: dg.ResourceParam[Ledger]
) -> dg.AssetCheckResult:
    found = differing(ledger, playbook)
    kinds = Counter(each.item for some in found.values() for each in some)
    told = ", ".join(f"{item} {count}" for item, count in sorted(kinds.items()))
    return dg.AssetCheckResult(
        passed=not found,
        severity=dg.AssetCheckSeverity.WARN,
        description=f"{len(found)} lead(s) differ: {told or 'nothing'}.",
        metadata={"leads": ", ".join(found) or "none", **dict(kinds.items())},
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


@dg.op(
    description="Holds what each form asks and delivers, and what the CRM's contacts have, against what it "
    "was: fields that vanished, came, were renamed."
)
def look_at_forms(
    context: dg.OpExecutionContext,
    playbook: dg.ResourceParam[Playbook],
    ledger: dg.ResourceParam[Ledger],
    workbench: dg.ResourceParam[Bench],
) -> None:
    defined, used = workbench.run(lambda: look_at_definitions(ledger, playbook, workbench.connected))
    # one change a source: what its service says comes before what submissions show
    changes = {change.source: change for change in (*look_at_shapes(ledger, playbook), *defined)}
    sources = playbook.connections.form_sources
    mapped = {
        name: [word for words in line.fields.values() for word in words] for name, line in sources.items()
    }
    report_shapes(ledger, changes.values(), {**mapped, CRM_SOURCE: [*used]})
    for change in changes.values():
        context.log.warning("%s: %s", change.source, change.words)


@dg.job(executor_def=dg.in_process_executor, tags=_TAGS, description="Do the forms ask what they did?")
def forms_job() -> None:
    look_at_forms()


@dg.job(executor_def=dg.in_process_executor, tags=_TAGS, description="The daily backup.")
def backup_job() -> None:
    back_up()


@dg.job(executor_def=dg.in_process_executor, tags=_TAGS, description="Keeps the installation small.")
def housekeeping_job() -> None:
    keep_small()


def differing(ledger: Ledger, playbook: Playbook) -> dict[Ref, list[Difference]]:
    """The newest leads of which two systems say two things, as `leads differences` shows them."""
    leads = ledger.held.perhaps_different(LOOKED_AT)
    said = ((ref, list(differences(held, playbook.records))) for ref, held in leads)
    return {ref: some for ref, some in said if some}


def build_care(playbook: Playbook) -> dg.Definitions:
    """By the clocks of the owner. Without backups in the playbook there is no schedule for them."""
    zone = playbook.business.time_zone
    daily = dg.define_asset_job(
        "prove", selection=dg.AssetSelection.assets(proof), tags=_TAGS, executor_def=dg.in_process_executor
    )
    schedules = [
        dg.ScheduleDefinition(
            name="prove_daily",
            job=daily,
            cron_schedule="20 6 * * *",
            execution_timezone=zone,
            default_status=ON,
        ),
        dg.ScheduleDefinition(
            name="housekeeping_hourly", job=housekeeping_job, cron_schedule="40 * * * *", default_status=ON
        ),
    ]
    schedules.append(
        dg.ScheduleDefinition(
            name="forms_daily",
            job=forms_job,
            cron_schedule="10 6 * * *",
            execution_timezone=zone,
            default_status=ON,
        )
    )
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
    return dg.Definitions(
        assets=[proof],
        asset_checks=[records_agree],
        jobs=[backup_job, housekeeping_job, forms_job],
        schedules=schedules,
    )
