"""What every stand-in for a web service has in common: a record of requests, faults, start and stop.

What one service answers is its own module's part: a subclass of `FakeService` with `handle`.
"""

import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from typing import ClassVar, Self, cast

from orchestration_project.fake_services.faults import (
    Away,
    Draws,
    Fault,
    FaultPlan,
    Suffered,
    answer_lost,
    inside_200,
    late,
    planned,
    rate_limited,
    silence,
    status,
    truncated,
    web_page,
)
from orchestration_project.fake_services.server import Broken, Door, Reply, Request

__all__ = [
    "Accepted",
    "FakeService",
    "Fault",
    "Reply",
    "Request",
    "answer_lost",
    "inside_200",
    "late",
    "rate_limited",
    "silence",
    "status",
    "truncated",
    "web_page",
]


@dataclass(frozen=True)
class Accepted:
    """A write that the service carried out, whatever its client learnt of it."""

    at: datetime
    request: Request
    reply: Reply


@dataclass(frozen=True, eq=False)
class _Held:
    """A write that is to be done later."""

    due: datetime
    request: Request


class FakeService:
    """Serves on loopback while it is entered as a context, or between `start` and `stop`; without a network
    it is asked through `in_memory.py`."""

    base_path: ClassVar[str] = ""
    """Ends the base URL, for a service whose connector is told one with a path."""
    wait_header: ClassVar[str] = "Retry-After"
    """In which it says how long to wait."""
    keeps_answers: ClassVar[bool] = False
    """Whether `answers` is filled: the suite holds them against the vendors' descriptions."""
    serving: ClassVar[dict[int, "FakeService"]] = {}
    """Those of this process that serve at the moment, by their port."""
    silent_seconds: ClassVar[float] = 60.0
    """So long a silent connection stays open: longer than any client waits."""

    def __init__(self) -> None:
        self.clock: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.requests: list[Request] = []
        self.answers: list[tuple[Request, Reply]] = []
        self.accepted: list[Accepted] = []
        self.suffered: list[Suffered] = []
        self.latency = 0.0
        """Seconds before every answer over a real connection."""
        self.watcher: Callable[[Request], None] | None = None
        """Told of every request, for one who looks on."""
        self.port_in_memory: int | None = None
        """Where it is reached without a network."""
        self._faults: deque[tuple[str, Fault]] = deque()
        self._draws: Draws | None = None
        self._away: Away | None = None
        self._held: list[_Held] = []
        self._lock = threading.RLock()
        self._stopped = threading.Event()
        self._door: Door | None = None

    # --- what the one service says for itself

    def handle(self, request: Request) -> Reply:
        """What the service answers. Called for one request at a time, so state needs no lock."""
        raise NotImplementedError

    def writes(self, request: Request) -> bool:
        """Does it change anything here? Services that are asked questions by POST say so."""
        return request.method in _WRITING

    def failure_inside(self) -> Reply:
        """How it tells a failure of its own under a 200."""
        return Reply(200, {"error": {"code": 503, "message": "Backend Error", "status": "UNAVAILABLE"}})

    def refuse_credential(self, request: Request) -> Reply:
        """What it answers while it takes nobody's credential."""
        told = {name: value for name, value in request.headers.items() if name not in _CREDENTIALS}
        return self.handle(replace(request, headers=told))

    # --- what a test does with it

    def next_answer(self, *faults: Fault, to: str = "") -> None:
        """The next requests go wrong this way, one a fault; with `to` ("POST /v1/things") only those."""
        with self._lock:
            self._faults.extend((to, fault) for fault in faults)

    def disturb(self, plan: FaultPlan | None) -> None:
        """From now on requests go wrong as the plan has it; None: no more."""
        with self._lock:
            self._draws = Draws(plan, type(self).__name__) if plan else None

    def go_away(self, how: Away) -> None:
        """Until it comes back, every request fails in that way and nothing is done. What it took before
        and holds back is done all the same."""
        with self._lock:
            self._away = how
        if self._door is not None and how is Away.REFUSED:
            self._door.shut()

    def come_back(self) -> None:
        with self._lock:
            self._away = None
        if self._door is not None:
            self._door.reopen()

    @property
    def away(self) -> Away | None:
        return self._away

    @property
    def held(self) -> tuple[Request, ...]:
        """The late writes that are still to be done."""
        return tuple(one.request for one in self._held)

    def land(self) -> tuple[Reply, ...]:
        """Does all that is held back now. Returns what its clients, long gone, would have been told."""
        with self._lock:
            return tuple(self._do_late(one) for one in [*self._held])

    def asked(self, where: str) -> list[Request]:
        """The requests so far whose "METHOD /path" begins with `where`."""
        return [request for request in self.requests if request.fits(where)]

    # --- where it is reached

    @property
    def base_url(self) -> str:
        port = self._door.port if self._door else self.port_in_memory
        if port is None:
            raise RuntimeError("start the service first")
        return f"http://127.0.0.1:{port}{self.base_path}"

    def start(self, port: int = 0) -> Self:
        self._stopped.clear()
        self._door = Door(self.serve, port)
        self.serving[self._door.port] = self
        return self

    def stop(self) -> None:
        self._stopped.set()
        if self._door is not None:
            del self.serving[self._door.port]
            self._door.take_away()
            self._door = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    # --- how a request is answered

    def serve(self, request: Request) -> Reply | Broken:
        """`answer` with the time that it takes over a real connection."""
        outcome = self.answer(request)
        if outcome is Broken.SILENT:
            self._stopped.wait(self.silent_seconds)
        elif self.latency:
            self._stopped.wait(self.latency)
        return outcome

    def answer(self, request: Request) -> Reply | Broken:
        """What becomes of a request, at once."""
        with self._lock:
            self._do_what_is_due()
            if self._away is Away.REFUSED:
                return Broken.REFUSED
            self.requests.append(request)
            fault = self._fault_for(request)
            acted = self._act(request) if fault.acts else None
            if fault.late_seconds is not None:
                self._hold(request, fault.late_seconds)
        if self.watcher is not None:
            self.watcher(request)
        if fault.silent:
            return Broken.SILENT
        if fault.broken or fault.hang_up:
            return fault.broken or Broken.CLOSED
        reply = fault.reply or acted or Reply()
        if self._away is Away.OTHER_SHAPE:
            reply = replace(reply, body=_renamed(reply.body))
        if fault.cut:
            return Reply(reply.status, reply.content[: len(reply.content) // 2], reply.headers)
        return reply

    def _act(self, request: Request) -> Reply:
        reply = self.handle(request)
        if self.keeps_answers:
            self.answers.append((request, reply))
        if self.writes(request) and reply.status < HTTPStatus.BAD_REQUEST:
            self.accepted.append(Accepted(self.clock(), request, reply))
        return reply

    def _fault_for(self, request: Request) -> Fault:
        if self._away is Away.UNAVAILABLE:
            return status(503)
        if self._away is Away.UNAUTHORIZED:
            return Fault(self.refuse_credential(request))
        for position, (where, fault) in enumerate(self._faults):
            if request.fits(where):
                del self._faults[position]
                return fault
        kind = self._draws.next(request, writes=self.writes(request)) if self._draws else None
        if self._draws is None or kind is None:
            return Fault(acts=True)
        self.suffered.append(Suffered(self.clock(), kind, request))
        return planned(
            kind,
            self._draws.plan,
            writes=self.writes(request),
            wait_header=self.wait_header,
            inside=self.failure_inside(),
        )

    def _hold(self, request: Request, seconds: float) -> None:
        held = _Held(self.clock() + timedelta(seconds=seconds), request)
        self._held.append(held)
        if self._door is not None:
            # over a real connection real seconds pass; without one it waits for the clock, or for `land`
            timer = threading.Timer(seconds, self._do_after_real_seconds, [held])
            timer.daemon = True
            timer.start()

    def _do_what_is_due(self) -> None:
        now = self.clock()
        for one in [*self._held]:
            if one.due <= now:
                self._do_late(one)

    def _do_after_real_seconds(self, one: _Held) -> None:
        with self._lock:
            if one in self._held and not self._stopped.is_set():
                self._do_late(one)

    def _do_late(self, one: _Held) -> Reply:
        self._held.remove(one)
        return self._act(one.request)


def _renamed(body: object) -> object:
    if isinstance(body, Mapping):
        items = cast("Mapping[str, object]", body).items()
        return {f"{name}_v2": _renamed(value) for name, value in items}
    return [_renamed(each) for each in cast("list[object]", body)] if isinstance(body, list) else body


_WRITING = frozenset({"POST", "PUT", "PATCH", "DELETE", "MKCOL", "MKCALENDAR", "MOVE", "COPY"})
_CREDENTIALS = frozenset({"authorization", "x-api-token", "x-api-key", "api-key", "x-form-key"})
