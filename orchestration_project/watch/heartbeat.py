"""Tells a service outside that the watch is there and well: when it hears nothing, that one speaks.

healthchecks.io, Uptime Kuma and others take such pings; `LEADS_HEARTBEAT_URL` is the address.
"""

from datetime import timedelta

import httpx

from orchestration_project.clock import has_passed
from orchestration_project.ledger import Ledger

VARIABLE = "LEADS_HEARTBEAT_URL"
MARK = "heartbeat"
EVERY = timedelta(minutes=1)
_TIMEOUT = 5.0


def beat(ledger: Ledger, url: str, http: httpx.Client | None = None) -> str | None:
    """One ping, where the last is a minute old. Only to be called while the watch is well.

    Answers what went wrong, in words without the address, which is a secret; None: nothing.
    """
    last = ledger.marks.read().get(MARK)
    # a tick comes a little early or late
    if last is not None and not has_passed(EVERY - timedelta(seconds=5), last.at, ledger.clock()):
        return None
    try:
        with http or httpx.Client(timeout=_TIMEOUT) as client:
            answer = client.get(url)
    except httpx.HTTPError as error:
        return f"{VARIABLE} cannot be reached: {type(error).__name__}."
    if answer.is_error:
        return f"{VARIABLE} answers {answer.status_code}."
    ledger.marks.set(MARK)
    return None
