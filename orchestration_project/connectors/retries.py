"""How often, and after which pauses, a service is asked again.

Which answer means which error is `http_status.py`, and whether asking again does harm, the caller's to say.
"""

from collections.abc import AsyncIterator

import stamina

from orchestration_project.errors import RefusedForNow, TransientServiceError

# a line a repetition, with all its parameters: what comes of it in the end is told elsewhere
stamina.instrumentation.set_on_retry_hooks([])

ATTEMPTS = 3
LONGEST_WAIT = 10.0
"""Seconds. A service that asks for more patience gets it from the next run, not from this one."""


def tries(
    *, repeatable: bool, attempts: int = ATTEMPTS, timeout: float | None = 3 * LONGEST_WAIT
) -> AsyncIterator[stamina.Attempt]:
    return stamina.retry_context(
        on=lambda error: wait_before_retry(error, repeatable=repeatable),
        attempts=attempts,
        timeout=timeout,
        wait_initial=0.3,
        wait_max=3.0,
        wait_jitter=0.3,
    )


def wait_before_retry(error: Exception, *, repeatable: bool) -> bool | float:
    """False: no other try. True: after the usual pause. Seconds: as long as the service asked for."""
    if not isinstance(error, TransientServiceError):
        return False
    if not (repeatable or isinstance(error, RefusedForNow)):
        return False  # it may have been done: the caller looks before it tries again
    if error.retry_after is None:
        return True
    return error.retry_after if error.retry_after <= LONGEST_WAIT else False
