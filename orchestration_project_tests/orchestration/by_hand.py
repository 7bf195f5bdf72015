"""A run without Dagster: the bodies of its ops, one after the other, each when a test says so.

What is shared by all runs, the clock and the outside world, is handed in.
"""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Literal, cast

import anyio
import dagster as dg
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from sqlalchemy import Engine

from orchestration_project.action.registry import ACTIONS
from orchestration_project.connectors.opened import Connected
from orchestration_project.ledger import Ledger, open_ledger
from orchestration_project.ledger.claims import Claim
from orchestration_project.model import Clock
from orchestration_project.orchestration import action_ops, data_ops, decision_ops
from orchestration_project.orchestration.data_ops import Intake
from orchestration_project.orchestration.resources import Workbench
from orchestration_project.orchestration.stage import Stage
from orchestration_project.playbook.model import Playbook
from orchestration_project_tests.orchestration.outside import Died

_LOG = logging.getLogger(__name__)
_LOG.setLevel(logging.CRITICAL)


def bench(connected: Connected, clock: Clock, portal: BlockingPortal) -> Workbench:
    # one after the other, so that a story can be told again
    return Workbench(connected=connected, clock=clock, portal=portal, places=anyio.CapacityLimiter(1))


@dataclass
class Run:
    """A process with a run in it."""

    number: int
    claim: Claim
    playbook: Playbook
    connected: Connected
    engine: Engine
    clock: Clock
    ledger: Ledger = field(init=False)
    fate: Literal["lives", "dead", "elsewhere"] = "lives"
    """As another process sees it: `elsewhere` nothing can be known of it."""
    over: bool = False

    def __post_init__(self) -> None:
        self.ledger = open_ledger(self.engine, self.clock)
        # a loop of its own, which dies with it
        self._loop = start_blocking_portal()
        self._workbench = bench(self.connected, self.clock, self._loop.__enter__())
        self._ops = self._in_turn()

    @property
    def id(self) -> str:
        return f"run-{self.number}"

    @property
    def holder(self) -> str:
        """What it calls itself."""
        return f"machine/pid/boot/{self.number}/1.00"

    def go_on(self) -> None:
        """One op more. After the last one, or one that failed for good, the process ends."""
        try:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(data_ops, "myself", lambda: self.holder)
                next(self._ops)()
        except StopIteration:
            self.end()
        except dg.Failure:
            self.end()
        except BaseException as error:
            self.end()
            if not _is_death(error):
                raise

    def lose_session(self) -> None:
        self.ledger.locks.release()

    def end(self) -> None:
        if self.over:
            return
        self.over = True
        self.fate = "dead"
        self.lose_session()
        try:
            self._loop.__exit__(None, None, None)
        except BaseException as error:
            if not (_is_death(error) or isinstance(error, RuntimeError)):
                raise

    def _in_turn(self) -> Iterator[Callable[[], object]]:
        playbook, data, decision = self.playbook, data_ops, decision_ops
        yield lambda: data._take(
            self._stage("receive"), Intake(refs=list(self.claim.refs), lease=self.claim.lease)
        )
        yield lambda: data._read(self._stage("receive"), playbook, self.ledger.claims.carried(self.id))
        yield lambda: data._gather(self._stage("gather_context"), playbook)
        yield lambda: decision._validate(self._stage("validate"), playbook)
        yield lambda: decision._score(self._stage("score"), playbook)
        yield lambda: decision._route(self._stage("route"), playbook)
        (track,) = playbook.tracks
        for name in track.action_names:
            yield lambda name=name: action_ops._act(self._stage(name), ACTIONS[name], playbook)
        yield lambda: action_ops._finish(self._stage("finish"), playbook)

    def _stage(self, op: str) -> Stage:
        """As in the op of that name, in the playbook's only track."""
        context = SimpleNamespace(
            run_id=self.id,
            run=SimpleNamespace(run_id=self.id, parent_run_id=None),
            log=_LOG,
            op=SimpleNamespace(name=op),
            op_handle=SimpleNamespace(path=[self.playbook.tracks[0].name, op]),
        )
        return Stage(cast("dg.OpExecutionContext", context), self.ledger, self._workbench)


def _is_death(error: BaseException) -> bool:
    if isinstance(error, BaseExceptionGroup):
        return any(_is_death(inner) for inner in error.exceptions)
    return isinstance(error, Died)
