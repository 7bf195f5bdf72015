"""Turning leads whose time has come into runs, and keeping them on their way: what dead runs held is given
back, connections that were away are asked again.

Used by the dispatching sensor and by `leads run`; reading sources is `sources.py`.
"""

from collections.abc import Callable
from dataclasses import dataclass

import anyio
import dagster as dg

from orchestration_project.connectors.opened import KINDS
from orchestration_project.crash import crash_point
from orchestration_project.errors import LeadsError, PlaybookError
from orchestration_project.healing.breaker import after_bad_probe, after_good_probe
from orchestration_project.healing.fate import PLAYBOOK
from orchestration_project.intake import read_revisions
from orchestration_project.ledger import Ledger
from orchestration_project.ledger.claims import Claim
from orchestration_project.ledger.connections import ConnectionState, due
from orchestration_project.model import Ref
from orchestration_project.orchestration.graph import JOB
from orchestration_project.orchestration.recover import LEASE_TAG, Recoverer
from orchestration_project.orchestration.resources import Workbench
from orchestration_project.orchestration.rules import current_playbook
from orchestration_project.orchestration.run_tags import lead_tags
from orchestration_project.playbook.model import Playbook

MAX_RUNTIME_TAG = "dagster/max_runtime"
MAX_RUNTIME_SECONDS = 1800
"""Dagster's watch ends a run that hangs so long; its leads are given back."""
MAX_CLAIMS_IN_FLIGHT = 12
"""More than the queue runs at once, so that it never idles; few enough that a flood stays in the
ledger, where it costs nothing, and not in Dagster's queue."""
PROBE_SECONDS = 15.0


@dataclass(frozen=True)
class Dispatcher:
    ledger: Ledger
    instance: dg.DagsterInstance
    playbook: Playbook
    workbench: Workbench
    log: Callable[[str], None]

    def claims(self, max_runs: int = MAX_CLAIMS_IN_FLIGHT) -> tuple[Claim, ...]:
        """Raises PlaybookError while the rules on disk are broken: a run would die of them, and the
        leads are better off waiting."""
        if not self.ledger.claims.anything_claimable(max_in_flight=MAX_CLAIMS_IN_FLIGHT):
            return ()
        current_playbook()
        claims = self.ledger.claims.claim(
            max_leads=self.playbook.limits.max_leads_per_run,
            max_runs=max_runs,
            max_in_flight=MAX_CLAIMS_IN_FLIGHT,
        )
        crash_point("claimed")
        return claims

    def keep_going(self) -> tuple[Ref, ...]:
        """All that has to happen now and then so that no lead is stuck. Answers what was given back."""
        given_back = Recoverer(self.ledger, self.instance).recover()
        read_revisions(self.ledger, self.playbook)
        self._give_up()
        self.ledger.connections.free_forgotten((*KINDS, PLAYBOOK))
        self._probe()
        return given_back

    def _give_up(self) -> None:
        patience = self.playbook.limits.keep_trying
        words = f"It has waited for {patience.total_seconds() / 86400:g} days. "
        for ref in self.ledger.outcomes.give_up(self.ledger.clock() - patience, words):
            self.log(f"{ref} needs a person: it has waited too long.")

    def _probe(self) -> None:
        """Asks what is open and due; lets one lead try what has answered; closes what nobody waits for."""
        connections = self.ledger.connections
        for state in due(tuple(connections.read().values()), self.ledger.clock()):
            if state.name in KINDS or state.name == PLAYBOOK:
                self._ask(state)
        for state in connections.read().values():
            on_trial = state.state == "half_open" and connections.try_one(state.name) is None
            if on_trial and not connections.waiting().get(state.name):
                connections.close(state.name)

    def _ask(self, state: ConnectionState) -> None:
        """One probe for all processes: whoever is first puts the next one off."""
        connections, now = self.ledger.connections, self.ledger.clock()
        mine = False

        def put_off(current: ConnectionState) -> ConnectionState | None:
            nonlocal mine
            mine = current.state == "open" and current.next_probe == state.next_probe
            return after_bad_probe(current, current.said, now) if mine else None

        connections.change(state.name, put_off)
        if not mine:
            return
        well, says = self._is_well(state)
        if well and state.name == PLAYBOOK:
            # nothing more can be tried than the runs of those that wait for it
            connections.close(PLAYBOOK)
            return
        if well:
            self.log(f"{state.name} answers again: {says}")
        connections.change(
            state.name,
            lambda current: after_good_probe(current) if well else current.model_copy(update={"said": says}),
        )

    def _is_well(self, state: ConnectionState) -> tuple[bool, str]:
        if state.name == PLAYBOOK:
            return _has_changed(state), state.said

        async def check() -> tuple[bool, str]:
            with anyio.fail_after(PROBE_SECONDS):
                health = await self.workbench.connected.of_kind(state.name).check()
            return health.ok, f"{health.says} {health.mend}".strip()

        try:
            return self.workbench.run(check)
        except LeadsError as error:
            return False, str(error)
        except TimeoutError:
            return False, f"{state.name}: it did not answer within {PROBE_SECONDS:g} seconds."


def _has_changed(state: ConnectionState) -> bool:
    """Whether the rules are others than those that did not cover a lead, and whole."""
    try:
        return current_playbook().version != state.version
    except PlaybookError:
        return False


def run_request(claim: Claim) -> dg.RunRequest:
    """The run that carries a claim. Tags and config hold refs, never people."""
    return dg.RunRequest(
        run_key=f"lease {claim.lease}", job_name=JOB, run_config=run_config(claim), tags=run_tags(claim)
    )


def run_config(claim: Claim, *, console: str = "ERROR") -> dict[str, object]:
    """`console` is what the terminal sees of the run; all of it is in the Dagster UI."""
    config = {"refs": list(claim.refs), "lease": claim.lease}
    return {
        "ops": {"data": {"ops": {"receive": {"config": config}}}},
        "loggers": {"console": {"config": {"log_level": console}}},
    }


def run_tags(claim: Claim) -> dict[str, str]:
    return {LEASE_TAG: str(claim.lease), MAX_RUNTIME_TAG: str(MAX_RUNTIME_SECONDS), **lead_tags(claim.refs)}
