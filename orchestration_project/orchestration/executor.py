"""The executor of a run: one process, and the ops that do not wait for one another go side by side.

What an op does when a run is stopped is the op's own business: its work is cancelled where it waits.
"""

from collections.abc import Generator, Iterator
from contextlib import closing
from typing import cast

import dagster as dg
from dagster._core.errors import raise_execution_interrupts
from dagster._core.execution.context.system import PlanExecutionContext
from dagster._core.execution.plan.plan import ExecutionPlan
from dagster._core.execution.retries import RetryMode
from dagster_async_executor.executor import AsyncExecutor


class SideBySide(AsyncExecutor):
    """The community's executor, which a person can stop: by itself it hears of it only at its end."""

    def _execution_iterator_wrapper(
        self, job_context: PlanExecutionContext, execution_plan: ExecutionPlan
    ) -> Iterator[dg.DagsterEvent]:
        events = super()._execution_iterator_wrapper(job_context, execution_plan)
        with closing(cast("Generator[dg.DagsterEvent]", events)):  # which cancels what still runs
            while True:
                with raise_execution_interrupts():
                    event = next(events, None)
                if event is None:
                    return
                yield event


@dg.executor(name="side_by_side")
def side_by_side_executor(_context: dg.InitExecutorContext) -> SideBySide:
    """A process for each op would take 30 s a lead."""
    return SideBySide(retries=RetryMode.ENABLED)
