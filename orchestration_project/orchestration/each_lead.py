"""Running one op's work for every lead of a batch, side by side, with one rule for failures:
a lead that fails in company is retried alone.

What the work is, the ops say; how a failure reads, `errors.py` says.
"""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio
import dagster as dg

from orchestration_project.errors import LeadsError, ServiceError, TransientServiceError
from orchestration_project.ledger import Ledger
from orchestration_project.model import Batch, HasRef, Ref
from orchestration_project.orchestration.resources import Workbench

ItemT = TypeVar("ItemT", bound=HasRef)
ResultT = TypeVar("ResultT")

MAX_RETRIES = 2

RETRY = dg.RetryPolicy(
    max_retries=MAX_RETRIES, delay=1.0, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS
)
"""Of every op that talks to the outside: a restarted database or a service's bad moment."""


async def each_lead(
    context: dg.OpExecutionContext,
    ledger: Ledger,
    workbench: Workbench,
    batch: Batch[ItemT],
    work: Callable[[ItemT], Awaitable[ResultT]],
) -> tuple[ResultT, ...]:
    """The results of the leads that went well, in their order.

    In a batch of one a failure is raised and the run shows it. Of many, the failed lead goes back to
    the ledger for a run of its own and the others go on.
    """
    mine = ledger.work.resume(batch.refs, context.run_id)
    for ref in set(batch.refs) - set(mine):
        context.log.info("%s is with another run by now; this run leaves it.", ref)
    batch = batch.model_copy(update={"items": tuple(item for item in batch.items if item.ref in mine)})
    results, failures = await workbench.run_beside(lambda: side_by_side(workbench.places, batch, work))
    if failures and ledger.work.size_of_run(context.run_id) == 1:
        ((ref, error),) = failures
        _raise(context, ledger, ref, error)
    for ref, error in failures:
        retry_after = error.retry_after if isinstance(error, TransientServiceError) else None
        ledger.work.give_back(ref, f"{context.op.name}: {describe(error)}", context.run_id, retry_after)
        context.log.warning("%s failed in company and goes alone next: %s", ref, describe(error))
    return results


async def side_by_side(
    places: anyio.CapacityLimiter,
    batch: Batch[ItemT],
    work: Callable[[ItemT], Awaitable[ResultT]],
) -> tuple[tuple[ResultT, ...], tuple[tuple[Ref, Exception], ...]]:
    """What came of each lead, and what went wrong with the others."""
    done: dict[Ref, ResultT] = {}
    failed: dict[Ref, Exception] = {}

    async def one(item: ItemT) -> None:
        async with places:
            try:
                done[item.ref] = await work(item)
            except Exception as error:  # noqa: BLE001 - handed to the caller, which raises or gives back
                failed[item.ref] = error

    async with anyio.create_task_group() as group:
        for item in batch.items:
            group.start_soon(one, item)
    return tuple(done[ref] for ref in batch.refs if ref in done), tuple(failed.items())


def _raise(context: dg.OpExecutionContext, ledger: Ledger, ref: Ref, error: Exception) -> None:
    """Fails the step, with Dagster's retry for what may get better by itself."""
    will_retry = not is_final(error) and context.retry_number < MAX_RETRIES
    if not will_retry:
        ledger.work.fail([ref], f"{context.op.name}: {describe(error)}", context.run_id)
    if isinstance(error, TransientServiceError) and error.retry_after is not None:
        raise dg.RetryRequested(MAX_RETRIES, seconds_to_wait=error.retry_after) from shown(error)
    raise dg.Failure(
        description=f"{ref}: {describe(error)} Then: re-execute from here, or `leads replay {ref}`.",
        metadata={
            "ref": ref,
            "service": error.service if isinstance(error, ServiceError) else "this program",
            "what to do": getattr(error, "mend", "") or "see the message",
        },
        allow_retries=not is_final(error),
    ) from shown(error)


def is_final(error: Exception) -> bool:
    return isinstance(error, LeadsError) and not isinstance(error, TransientServiceError)


def shown(error: Exception) -> LeadsError:
    """A copy that may stand in a log, with the stack: the error itself, and what caused it, may quote what a
    person wrote."""
    return LeadsError(describe(error)).with_traceback(error.__traceback__)


def describe(error: Exception) -> str:
    """Our own errors in full. Of any other only the kind: its text may hold what a person wrote."""
    return str(error) if isinstance(error, LeadsError) else f"an unexpected {type(error).__name__}."
