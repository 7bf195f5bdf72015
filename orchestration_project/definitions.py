"""The composition root: puts playbook, resources, job and sensors together. Nothing is decided here.

`build_definitions` takes other places for tests; `defs` is what Dagster loads.
"""

from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import dagster as dg

from orchestration_project.clock import utc_now
from orchestration_project.errors import PlaybookError
from orchestration_project.history.build import build_history
from orchestration_project.history.days import beginning, day_of, kept_beginning
from orchestration_project.installation import here
from orchestration_project.model import Clock
from orchestration_project.orchestration.dispatcher import dispatcher
from orchestration_project.orchestration.executor import side_by_side_executor
from orchestration_project.orchestration.follow_up import follow_up_job
from orchestration_project.orchestration.follow_up_sensor import follow_up_sensor
from orchestration_project.orchestration.graph import JOB, build_graph
from orchestration_project.orchestration.outcomes import deals_sensor
from orchestration_project.orchestration.records import carry_job, records_sensor
from orchestration_project.orchestration.resources import LedgerResource, WorkbenchResource
from orchestration_project.orchestration.rules import current_playbook, playbook_resource
from orchestration_project.orchestration.sources import build_crm_sensor, build_form_sensor
from orchestration_project.orchestration.without_rules import definitions_without_rules
from orchestration_project.playbook.model import Playbook
from orchestration_project.watch.care import build_care
from orchestration_project.watch.sensor import build_watch


def build_definitions(
    *,
    playbook: Playbook | None = None,
    database_url: str = "",
    home: str = "",
    folder: str = "",
    clock: Clock = utc_now,
    history_begins: date | None = None,
) -> dg.Definitions:
    """The whole project. Which connectors it works with, the playbook's connections.yaml says.

    Without `database_url`, `home` and `folder` (of the playbook) it works with the installation of the
    process, once something runs.
    """
    rules: Playbook | dg.ResourceDefinition
    if playbook is None:
        playbook = current_playbook()
        rules = playbook_resource(playbook)
    else:
        rules = playbook
    connections = playbook.connections
    ledger = LedgerResource(database_url=database_url, clock=clock)
    job = build_graph(playbook).to_job(name=JOB, executor_def=side_by_side_executor)
    live = dg.Definitions(
        jobs=[job, follow_up_job, carry_job],
        sensors=[
            *(build_form_sensor(source, connections) for source in connections.form_sources),
            build_crm_sensor(connections),
            dispatcher,
            follow_up_sensor,
            deals_sensor,
            records_sensor,
            build_watch(home),
        ],
        resources={
            "playbook": rules,
            "ledger": ledger,
            "workbench": WorkbenchResource(home=home, playbook=rules, ledger=ledger),
        },
    )
    begins = history_begins or beginning_of(playbook, Path(home) if home else here().home, clock())
    history = build_history(playbook, rules, ledger, home, begins, folder)
    return dg.Definitions.merge(live, history, build_care(playbook))


def beginning_of(playbook: Playbook, home: Path, now: datetime) -> date:
    return beginning(playbook.history_from, kept_beginning(home), day_of(now, playbook.business.time_zone))


def lead_intake(asked: str) -> dg.JobDefinition:  # noqa: ARG001 - see below
    """The job of this installation, for a process that runs it by itself.

    Dagster keeps a job that was built for the same arguments; whoever asks with a new word gets the
    playbook as it is now.
    """
    return of_installation().get_job_def(JOB)


@dataclass(frozen=True)
class _Built:
    playbook: Playbook
    begins: date
    definitions: dg.Definitions


_last: dict[Path, _Built] = {}


def of_installation() -> dg.Definitions:
    """Built once for as long as the playbook and history's beginning are the same: a run's process asks
    several times. Raises PlaybookError."""
    playbook, home = current_playbook(), here().home
    begins = beginning_of(playbook, home, utc_now())
    last = _last.get(home)
    if last is None or last.playbook is not playbook or last.begins != begins:
        last = _last[home] = _Built(playbook, begins, build_definitions(history_begins=begins))
    return last.definitions


@dg.definitions
def defs() -> dg.Definitions:
    """While the playbook has a mistake, one sensor and one job that say which."""
    here()
    try:
        return of_installation()
    except PlaybookError as error:
        ledger = LedgerResource(clock=utc_now)
        return dg.Definitions.merge(
            definitions_without_rules(error, ledger), dg.Definitions(sensors=[build_watch()])
        )
