"""The executor of a run: one process, and a thread for each op that has nothing to wait for.

Which op may start is Dagster's business; how what an op waits for is cancelled is that of `stopping.py`.
"""

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from contextvars import copy_context
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Thread

import dagster as dg

from orchestration_project.orchestration.dagster_internals import (
    ActiveExecution,
    EngineEventData,
    ExecuteRunWithPlanIterable,
    ExecutionPlan,
    InstanceConcurrencyContext,
    PlanExecutionContext,
    PlanExecutionContextManager,
    PlanOrchestrationContext,
    RetryMode,
    StepExecutionContext,
    capture_output,
    give_own_loop,
    raise_execution_interrupts,
    release_output,
    step_events,
)
from orchestration_project.orchestration.stopping import STOP, Stop

MOST_AT_ONCE = 16
"""Threads of one run; no track is as wide."""
A_LOOK = 0.25
"""Seconds between two looks at what waits for a slot of a pool; Dagster asks the database less often."""
PATIENCE = 10.0
"""Seconds that a stopped run gives its ops to end. Those that cannot be cancelled are left behind: their
threads do not keep the process alive."""


@dataclass(frozen=True)
class Ended:
    """A step is through, with its hooks; only now may what came of it start others, or itself once more."""

    step: str
    events: list[dg.DagsterEvent]
    error: BaseException | None
    """Not the op's: that would be an event."""


class SideBySide(dg.Executor):
    def __init__(self, retries: RetryMode) -> None:
        self._retries = retries

    @property
    def retries(self) -> RetryMode:
        return self._retries

    def execute(
        self, plan_context: PlanOrchestrationContext, execution_plan: ExecutionPlan
    ) -> Iterator[dg.DagsterEvent]:
        here = EngineEventData.in_process(os.getpid(), execution_plan.step_keys_to_execute)
        yield dg.DagsterEvent.engine_event(
            plan_context, f"Executing steps side by side in one process (pid: {os.getpid()})", here
        )
        began = time.monotonic()
        yield from ExecuteRunWithPlanIterable(
            execution_plan=execution_plan,
            iterator=run_steps,
            execution_context_manager=PlanExecutionContextManager(
                job=plan_context.job,
                retry_mode=plan_context.retry_mode,
                execution_plan=execution_plan,
                run_config=plan_context.run_config,
                dagster_run=plan_context.dagster_run,
                instance=plan_context.instance,
                raise_on_error=plan_context.raise_on_error,
                output_capture=plan_context.output_capture,
                step_dependency_config=self.step_dependency_config,
            ),
        )
        took = time.monotonic() - began
        yield dg.DagsterEvent.engine_event(plan_context, f"Finished steps in {took:.2f} s", here)


@dg.executor(name="side_by_side")
def side_by_side_executor(_context: dg.InitExecutorContext) -> SideBySide:
    """A process for each op would take 30 s a lead; `dg.in_process_executor` runs one op after another."""
    return SideBySide(retries=RetryMode.ENABLED)


def run_steps(job_context: PlanExecutionContext, execution_plan: ExecutionPlan) -> Iterator[dg.DagsterEvent]:
    """The names of the parameters are Dagster's."""
    with (
        InstanceConcurrencyContext(job_context.instance, job_context.dagster_run) as pools,
        execution_plan.start(
            retry_mode=job_context.retry_mode,
            max_concurrent=MOST_AT_ONCE,
            instance_concurrency_context=pools,
            step_dependency_config=job_context.step_dependency_config,
        ) as active,
        ExitStack() as capture,
    ):
        steps = [step.key for step in execution_plan.get_steps_to_execute_in_topo_order()]
        yield from capture_output(job_context, steps, capture)
        yield from Steps(job_context, active, pools).run()
        yield from release_output(job_context, capture)


class Steps:
    """The steps of one run. All but the steps themselves happens in the thread that iterates."""

    def __init__(
        self, run: PlanExecutionContext, active: ActiveExecution, pools: InstanceConcurrencyContext
    ) -> None:
        self._run, self._active, self._pools = run, active, pools
        self._told: SimpleQueue[dg.DagsterEvent | Ended] = SimpleQueue()
        self._under_way: set[str] = set()
        self._stop = Stop()
        self._error: BaseException | None = None

    def run(self) -> Iterator[dg.DagsterEvent]:
        try:
            while True:
                if self._error is None:
                    yield from self._active.plan_events_iterator(self._run)  # what is skipped by now
                    for step in self._active.get_steps_to_execute():
                        self._start(self._run.for_step(step, self._active.get_known_state()))
                    yield from self._active.concurrency_event_iterator(self._run)
                if not self._under_way and (self._error is not None or self._active.is_complete):
                    break
                with suppress(Empty):
                    event = self._next(max(self._active.sleep_interval(), A_LOOK))
                    if event is not None:
                        yield event
        finally:
            self._end()
        if self._error is not None:
            raise self._error

    def _start(self, step: StepExecutionContext) -> None:
        # a daemon, since one that cannot be cancelled must not hold up the end of the process
        Thread(target=copy_context().run, args=(self._work, step), name=step.step.key, daemon=True).start()
        self._under_way.add(step.step.key)

    def _work(self, step: StepExecutionContext) -> None:
        """In a thread of its own, with a loop of its own for an async op."""
        STOP.set(self._stop)
        events: list[dg.DagsterEvent] = []
        error: BaseException | None = None
        try:
            with asyncio.Runner() as runner:
                loop = runner.get_loop()
                give_own_loop(step, loop)
                with self._stop.calls(lambda: loop.call_soon_threadsafe(_cancel_all, loop)):
                    for event in step_events(step):
                        events.append(event)
                        self._told.put(event)
        except BaseException as caught:  # noqa: BLE001 - raised by `run`, in the run's own thread
            error = caught
        self._told.put(Ended(step.step.key, events, error))

    def _next(self, seconds: float) -> dg.DagsterEvent | None:
        """Raises queue.Empty when nothing was told in that time."""
        with raise_execution_interrupts():
            told = self._told.get(timeout=seconds)
        if isinstance(told, dg.DagsterEvent):
            return told
        self._note(told)
        return None

    def _note(self, ended: Ended) -> None:
        self._under_way.remove(ended.step)
        for event in ended.events:
            self._active.handle_event(event)
        self._pools.free_step(ended.step)
        if ended.error is None:
            self._active.verify_complete(self._run, ended.step)
        else:
            self._error = self._error or ended.error

    def _end(self) -> None:
        """Something is under way here only when a person has stopped the run, or nobody listens any more."""
        if not self._under_way:
            return
        self._stop.ask()
        deadline = time.monotonic() + PATIENCE
        with suppress(Empty):
            while self._under_way:
                told = self._told.get(timeout=max(0.0, deadline - time.monotonic()))
                if isinstance(told, Ended):
                    self._note(told)
        for step in self._under_way:
            self._pools.free_step(step)


def _cancel_all(loop: asyncio.AbstractEventLoop) -> None:
    for task in asyncio.all_tasks(loop):
        task.cancel()
