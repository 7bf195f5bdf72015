"""The composition root: puts playbook, resources, job and sensors together. Nothing is decided here.

`build_definitions` takes other places for tests; `defs` is what Dagster loads.
"""

import os
from pathlib import Path

import dagster as dg

from orchestration_project.clock import utc_now
from orchestration_project.installation import WORKING_COPY, here
from orchestration_project.model import Clock
from orchestration_project.offer import capabilities
from orchestration_project.orchestration.dispatcher import dispatcher
from orchestration_project.orchestration.executor import side_by_side_executor
from orchestration_project.orchestration.follow_up import follow_up_job
from orchestration_project.orchestration.follow_up_sensor import follow_up_sensor
from orchestration_project.orchestration.graph import JOB, build_graph
from orchestration_project.orchestration.resources import LedgerResource, WorkbenchResource
from orchestration_project.orchestration.sources import build_form_sensor, crm_sensor
from orchestration_project.playbook.load import load_playbook
from orchestration_project.playbook.model import Playbook


def build_definitions(
    *,
    playbook: Playbook | None = None,
    database_url: str = "",
    home: str = "",
    clock: Clock = utc_now,
) -> dg.Definitions:
    """The whole project. Which connectors it works with, the playbook's connections.yaml says.

    Without `database_url` and `home` it works with the installation of the process, once something runs.
    """
    if playbook is None:
        playbook = load_playbook(
            Path(os.environ.get("LEADS_PLAYBOOK") or WORKING_COPY / "playbook"), capabilities()
        )
    ledger = LedgerResource(database_url=database_url, clock=clock)
    job = build_graph(playbook).to_job(
        name=JOB,
        executor_def=side_by_side_executor,
        tags={"playbook": playbook.version},
    )
    return dg.Definitions(
        jobs=[job, follow_up_job],
        sensors=[
            *(build_form_sensor(source) for source in playbook.connections.form_sources),
            crm_sensor,
            dispatcher,
            follow_up_sensor,
        ],
        resources={
            "playbook": playbook,
            "ledger": ledger,
            "workbench": WorkbenchResource(home=home, playbook=playbook, ledger=ledger),
        },
    )


def lead_intake(asked: str) -> dg.JobDefinition:  # noqa: ARG001 - see below
    """The job of this installation, for a process that runs it by itself.

    Dagster keeps a job that was built for the same arguments; whoever asks with a new word gets the
    playbook as it is now.
    """
    return build_definitions().get_job_def(JOB)


@dg.definitions
def defs() -> dg.Definitions:
    here()
    return build_definitions()
