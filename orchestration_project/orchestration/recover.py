"""What became of runs that show no sign of life: asks Dagster and the machine, never inside a transaction.

Taking the leases back is `ledger/recovery.py`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import dagster as dg

from orchestration_project.ledger import Ledger
from orchestration_project.ledger.recovery import Fate, Silent
from orchestration_project.model import Frozen, Ref
from orchestration_project.process import is_alive

LEASE_TAG = "leads/lease"
UNSEEN_AFTER = timedelta(seconds=60)
"""A claim whose run Dagster does not know by then was lost between the two."""
FIRST_OP_WITHIN = timedelta(seconds=60)
"""A run that has started and has not taken its leads by then has no process any more."""
STARTS_WITHIN = timedelta(minutes=5)
"""Dagster's own watch ends a run that does not start in two; this is for an instance without one."""

_COMING = (
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.STARTING,
)


class Verdict(Frozen):
    fate: Fate
    dead: bool  # its process is known to have ended; that Dagster calls its run ended proves nothing of it


@dataclass(frozen=True)
class Recoverer:
    ledger: Ledger
    instance: dg.DagsterInstance

    def recover(self) -> tuple[Ref, ...]:
        """Gives back the leads of runs that died or never came, and closes the books of those runs."""
        silent = self.ledger.recovery.silent()
        records = self._records(silent)
        given_back: list[Ref] = []
        for lease in silent:
            record = records.get(lease.lease)
            verdict = self._started(lease, record) if lease.run_id else self._claimed(lease, record)
            if verdict is None:
                continue
            given_back += self.ledger.recovery.give_back(lease, verdict.fate, dead=verdict.dead).refs
            self._close(record, dead=verdict.dead)
        return tuple(given_back)

    def _started(self, lease: Silent, record: dg.RunRecord | None) -> Verdict | None:
        """Of a run that had its leads. None: it lives, and only its session has ended."""
        run = record.dagster_run if record is not None else None
        ended = run is not None and run.is_finished
        alive = is_alive(lease.holder)
        # of one that is being stopped, its end tells by whom: a person (CANCELED), or the limit of its time
        stopping = run is not None and run.status is dg.DagsterRunStatus.CANCELING
        if (alive or stopping) and not ended:
            return None
        canceled = run is not None and run.status is dg.DagsterRunStatus.CANCELED
        fate: Fate = "stopped" if canceled else "died"
        return Verdict(fate=fate, dead=alive is False)

    def _claimed(self, lease: Silent, record: dg.RunRecord | None) -> Verdict | None:
        """Of a claim that no run has begun with. None: one will come."""
        never = Verdict(fate="never came", dead=True)
        now = self.ledger.clock()
        if record is None:
            return never if now - lease.claimed_at > UNSEEN_AFTER else None
        run = record.dagster_run
        if run.is_finished:
            return never
        if run.status is dg.DagsterRunStatus.STARTED and record.start_time is not None:
            since = datetime.fromtimestamp(record.start_time, UTC)
            return never if now - since > FIRST_OP_WITHIN else None
        if run.status is dg.DagsterRunStatus.STARTING:
            return never if now - record.update_timestamp.replace(tzinfo=UTC) > STARTS_WITHIN else None
        return None if run.status in _COMING else never

    def _records(self, silent: tuple[Silent, ...]) -> dict[int, dg.RunRecord]:
        """The newest run of each lease; a run that a person started has none, and is found by its id."""
        found: dict[int, dg.RunRecord] = {}
        tags = [str(lease.lease) for lease in silent]
        if tags:
            for record in self.instance.get_run_records(dg.RunsFilter(tags={LEASE_TAG: tags})):
                found.setdefault(int(record.dagster_run.tags[LEASE_TAG]), record)
        for lease in silent:
            if lease.run_id is not None:
                by_id = self.instance.get_run_record_by_id(lease.run_id)
                if by_id is not None:
                    found[lease.lease] = by_id
        return found

    def _close(self, record: dg.RunRecord | None, *, dead: bool) -> None:
        if record is None:
            return
        storage = self.instance.event_log_storage
        if dead and storage.supports_global_concurrency_limits:
            # Dagster's watch would do so half a minute later, and a pool may have one place only
            storage.free_concurrency_slots_for_run(record.dagster_run.run_id)
        run = self.instance.get_run_by_id(record.dagster_run.run_id)
        if run is not None and not run.is_finished:
            self.instance.report_run_failed(run, "The run's process died; its leads were given back.")
