"""A person stops a run: what its ops wait for is cancelled. How a thread waits so that it can be stopped.

Who hears of the stop and what becomes of the run is the executor's business.
"""

from collections.abc import Awaitable, Callable, Generator
from concurrent.futures import CancelledError
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Lock
from typing import TypeVar

from anyio.from_thread import BlockingPortal

ResultT = TypeVar("ResultT")


class RunStopped(BaseException):
    """Ends an op whose run a person has stopped. No `except Exception` catches it, and no retry policy: one
    of Dagster's own interrupts it would try again."""

    def __init__(self) -> None:
        super().__init__("A person stopped the run while this op waited.")


class Stop:
    """One of a run. Asked for once, it holds for whatever the run still tries to wait for."""

    def __init__(self) -> None:
        self._guard = Lock()
        self._asked = False
        self._cancels: set[Callable[[], object]] = set()

    def ask(self) -> None:
        with self._guard:
            self._asked = True
            for cancel in self._cancels:
                cancel()

    @property
    def asked(self) -> bool:
        return self._asked

    @contextmanager
    def calls(self, cancel: Callable[[], object]) -> Generator[None]:
        """Within, a stop calls `cancel`, from another thread; or now, if it has been asked for already."""
        with self._guard:
            self._cancels.add(cancel)
            if self._asked:
                cancel()
        try:
            yield
        finally:
            with self._guard:
                self._cancels.discard(cancel)


STOP: ContextVar[Stop | None] = ContextVar("stop", default=None)
"""Of the run to which this thread belongs, where an executor of ours runs it."""


def call(portal: BlockingPortal, work: Callable[[], Awaitable[ResultT]]) -> ResultT:
    """Does work on the portal's event loop and waits for it, until a person stops the run.

    Then the work is cancelled, and RunStopped is raised.
    """
    stop = STOP.get()
    if stop is not None and stop.asked:
        raise RunStopped
    future = portal.start_task_soon(work)
    try:
        if stop is None:
            return future.result()
        with stop.calls(future.cancel):
            return future.result()
    except CancelledError:
        if stop is not None and stop.asked:
            raise RunStopped from None
        raise
    finally:
        # under the stock executor it is this very thread that the signal interrupts
        future.cancel()
