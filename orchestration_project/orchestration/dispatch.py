"""Turning pending leads into runs: give back what dead runs held, then claim.

Used by every sensor and by `leads run`; storing submissions is `intake.py`.
"""

import os
from dataclasses import dataclass

import dagster as dg

from orchestration_project.installation import locate
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.work import Claim
from orchestration_project.model import Ref
from orchestration_project.offer import capabilities
from orchestration_project.orchestration.graph import JOB
from orchestration_project.playbook.load import load_playbook
from orchestration_project.playbook.model import Limits

BATCH_TAG = "leads/batch"
REF_TAG = "leads/ref"
MAX_CLAIMS_IN_FLIGHT = 12
"""More than the queue runs at once, so that it never idles; few enough that a flood stays in the
ledger, where it costs nothing, and not in Dagster's queue."""


@dataclass(frozen=True)
class Dispatcher:
    ledger: Ledger
    instance: dg.DagsterInstance
    limits: Limits

    def claims(self) -> tuple[Claim, ...]:
        """Raises PlaybookError while the rules on disk are broken: a run would die of them, and the
        leads are better off waiting."""
        if not self.ledger.work.anything_claimable():
            return ()
        check_rules()
        return self.ledger.work.claim(
            max_leads=self.limits.max_leads_per_run,
            max_runs=MAX_CLAIMS_IN_FLIGHT,
            max_in_flight=MAX_CLAIMS_IN_FLIGHT,
        )

    def recover(self) -> tuple[Ref, ...]:
        """Gives back leads whose run died, and closes the books of those runs in Dagster."""
        recovered = self.ledger.recovery.recover(self._alive, self._stopped)
        for run_id in recovered.dead_runs:
            run = self.instance.get_run_by_id(run_id)
            if run is not None and not run.is_finished:
                self.instance.report_run_failed(run, "The run's process died; its leads were given back.")
        return recovered.given_back

    def _alive(self, batch: str) -> bool | None:
        runs = self.instance.get_runs(dg.RunsFilter(tags={BATCH_TAG: batch}), limit=1)
        return not runs[0].is_finished if runs else None

    def _stopped(self, run_id: str) -> bool:
        run = self.instance.get_run_by_id(run_id)
        return run is not None and run.status in (dg.DagsterRunStatus.CANCELING, dg.DagsterRunStatus.CANCELED)


def check_rules() -> None:
    """Raises PlaybookError while the rules on disk are broken: a run reads them when it starts."""
    load_playbook(locate(os.environ).playbook, capabilities())


def run_request(claim: Claim) -> dg.RunRequest:
    """The run that carries a claim. Tags and config hold refs, never people."""
    return dg.RunRequest(
        run_key=claim.batch, job_name=JOB, run_config=run_config(claim), tags=run_tags(claim)
    )


def run_config(claim: Claim, *, console: str = "ERROR") -> dict[str, object]:
    """`console` is what the terminal sees of the run; all of it is in the Dagster UI."""
    config = {"refs": list(claim.refs), "batch": claim.batch}
    return {
        "ops": {"data": {"ops": {"receive": {"config": config}}}},
        "loggers": {"console": {"config": {"log_level": console}}},
    }


def run_tags(claim: Claim) -> dict[str, str]:
    one = {REF_TAG: claim.refs[0]} if len(claim.refs) == 1 else {"leads/count": str(len(claim.refs))}
    return {BATCH_TAG: claim.batch, **one}
