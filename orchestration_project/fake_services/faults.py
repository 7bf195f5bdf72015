"""What may go wrong with a stand-in: one fault, the kinds there are, a seeded plan of them, being away.

Plain data; a service that goes wrong by it is `base.py`.
"""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from typing import Any

from orchestration_project.fake_services.server import Broken, Reply, Request


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request. Without `acts` the service does nothing of what was asked."""

    reply: Reply | None = None  # None with `acts`: the true answer
    acts: bool = False
    silent: bool = False  # no answer for as long as a client waits
    late_seconds: float | None = None  # it acts so much later; silent meanwhile
    broken: Broken | None = None  # the end of the connection instead of an answer
    cut: bool = False  # half of the answer, complete as HTTP but not as JSON
    hang_up: bool = False  # the connection breaks off instead of an answer


def status(code: int, body: Any = None, **headers: str) -> Fault:
    return Fault(Reply(code, {"message": f"scripted {code}"} if body is None else body, headers))


def rate_limited(seconds: float | str = "0") -> Fault:
    return Fault(Reply(429, {"message": "Too many requests."}, {"Retry-After": str(seconds)}))


def inside_200(body: Any) -> Fault:
    """A failure that the status does not tell."""
    return Fault(Reply(200, body))


def web_page(code: int = 200) -> Fault:
    return Fault(Reply(code, "<!doctype html><title>Maintenance</title><p>We are back soon."))


def silence() -> Fault:
    return Fault(silent=True)


def truncated() -> Fault:
    """The service acts, and its answer is cut off in the middle of the JSON."""
    return Fault(acts=True, cut=True)


def answer_lost() -> Fault:
    """The service acts, and the answer never arrives: what a crash between act and record looks like."""
    return Fault(acts=True, hang_up=True)


def late(seconds: float) -> Fault:
    """No answer; the service acts after so long, or when the test lets it: `FakeService.land`."""
    return Fault(silent=True, late_seconds=seconds)


class FaultKind(Enum):
    """One way in which a request goes wrong."""

    # before the work: nothing of what was asked is done
    UNAVAILABLE = "503"
    RATE_LIMITED = "429 with Retry-After"
    REFUSED = "connection refused"  # over one that stands already, the same as a reset
    RESET = "connection reset before the work"
    # after the work: all of it is done, and the client does not learn so
    FAILED_AFTER = "500 after the work"
    CUT_OFF = "connection cut after the work"
    TRUNCATED = "answer truncated after the work"
    ERROR_INSIDE = "200 with an error inside, after the work"
    LATE = "no answer; the write is done later"
    """Of a request that writes nothing: no answer at all."""


BEFORE_THE_WORK = frozenset(
    {FaultKind.UNAVAILABLE, FaultKind.RATE_LIMITED, FaultKind.REFUSED, FaultKind.RESET}
)
AFTER_THE_WORK = frozenset(FaultKind) - BEFORE_THE_WORK


class Away(Enum):
    """How a service that is away answers each request."""

    UNAVAILABLE = "503"
    REFUSED = "no connection"
    UNAUTHORIZED = "credential refused"  # in the service's own way
    OTHER_SHAPE = "every field has another name"  # it does what it is asked


@dataclass(frozen=True)
class FaultPlan:
    """How often which fault happens, of the requests that the rest of it lets through.

    The same seed, laid over the same service, hits the same requests, counted in the order in which they
    come; so clients that ask side by side see the same plan, and not the same faults.
    """

    seed: int
    rates: Mapping[FaultKind, float]
    """Of each kind, the share of requests it happens to; their sum is at most 1."""
    only_methods: frozenset[str] = frozenset()
    """Empty: every method."""
    only_writes: bool = False
    only_to: str = ""
    """The beginning of "METHOD /path"."""
    most: int | None = None
    """So many faults, and then no more."""
    retry_after: float = 2.0
    """Seconds that a rate limit asks for."""
    late_seconds: float = 15.0
    """After so long a late write is done: on a real connection in real seconds, otherwise on the service's
    clock. More than a client's time-out (10 s), or the client learns of it."""

    def __post_init__(self) -> None:
        if min(self.rates.values(), default=0.0) < 0 or sum(self.rates.values()) > 1:
            raise ValueError(
                "The rates of a FaultPlan are shares of all requests, so they add up to 1 at most."
            )

    @classmethod
    def of_all(cls, seed: int, rate: float) -> "FaultPlan":
        """Every kind equally often, `rate` of all requests in sum."""
        return cls(seed, {kind: rate / len(FaultKind) for kind in FaultKind})

    @classmethod
    def always(cls, kind: FaultKind, *, to: str = "", times: int = 1) -> "FaultPlan":
        """The next so many writes, to that "METHOD /path", go wrong in this way."""
        return cls(0, {kind: 1.0}, only_writes=True, only_to=to, most=times)


@dataclass
class Draws:
    """A plan laid over one service: which fault the next request meets."""

    plan: FaultPlan
    service: str
    drawn: int = 0
    _random: random.Random = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._random = random.Random(f"{self.plan.seed} {self.service}")  # noqa: S311 - repeatable is the point

    def next(self, request: Request, *, writes: bool) -> FaultKind | None:
        plan = self.plan
        if (plan.only_methods and request.method not in plan.only_methods) or not request.fits(plan.only_to):
            return None
        if (plan.only_writes and not writes) or (plan.most is not None and self.drawn >= plan.most):
            return None
        left = self._random.random()
        for kind, rate in plan.rates.items():
            left -= rate
            if left < 0:
                self.drawn += 1
                return kind
        return None


@dataclass(frozen=True)
class Suffered:
    """A fault of a plan that happened."""

    at: datetime
    kind: FaultKind
    request: Request


def planned(kind: FaultKind, plan: FaultPlan, *, writes: bool, wait_header: str, inside: Reply) -> Fault:
    """What that kind comes to for one request. `inside` is how the service tells a failure under a 200."""
    faults = {
        FaultKind.UNAVAILABLE: status(503),
        FaultKind.RATE_LIMITED: status(429, **{wait_header: f"{plan.retry_after:g}"}),
        FaultKind.REFUSED: Fault(broken=Broken.REFUSED),
        FaultKind.RESET: Fault(broken=Broken.RESET),
        FaultKind.FAILED_AFTER: Fault(status(500).reply, acts=True),
        FaultKind.CUT_OFF: answer_lost(),
        FaultKind.TRUNCATED: truncated(),
        FaultKind.ERROR_INSIDE: Fault(inside, acts=True),
        FaultKind.LATE: late(plan.late_seconds) if writes else silence(),
    }
    return faults[kind]
