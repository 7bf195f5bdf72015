"""What every stand-in for a web service has in common: a record of requests, faults, start and stop.

What one service answers is its own module's part: a subclass of `FakeService` with `handle`.
"""

import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from typing import Any, ClassVar, Self

from orchestration_project.fake_services.server import Reply, Request, listen

__all__ = [
    "FakeService",
    "Fault",
    "Reply",
    "Request",
    "answer_lost",
    "inside_200",
    "rate_limited",
    "silence",
    "status",
    "truncated",
    "web_page",
]


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one request. Without `acts` the service does nothing of what was asked."""

    reply: Reply | None = None  # None with `acts`: the true answer
    acts: bool = False
    silent: bool = False  # no answer until the service is stopped
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


class FakeService:
    """Serves on loopback while it is entered as a context, or between `start` and `stop`."""

    base_path: ClassVar[str] = ""
    """Ends the base URL, for a service whose connector is told one with a path."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.latency = 0.0
        """Seconds before every answer."""
        self.watcher: Callable[[Request], None] | None = None
        """Told of every request, for one who looks on."""
        self._faults: deque[tuple[str, Fault]] = deque()
        self._lock = threading.RLock()
        self._stopped = threading.Event()
        self._server: ThreadingHTTPServer | None = None
        self._thread: threading.Thread | None = None

    def handle(self, request: Request) -> Reply:
        """What the service answers. Called for one request at a time, so state needs no lock."""
        raise NotImplementedError

    def next_answer(self, *faults: Fault, to: str = "") -> None:
        """The next requests go wrong this way, one a fault; with `to` ("POST /v1/things") only those."""
        with self._lock:
            self._faults.extend((to, fault) for fault in faults)

    def asked(self, where: str) -> list[Request]:
        """The requests so far whose "METHOD /path" begins with `where`."""
        return [request for request in self.requests if request.fits(where)]

    @property
    def base_url(self) -> str:
        if self._server is None:
            raise RuntimeError("start the service first")
        return f"http://127.0.0.1:{self._server.server_port}{self.base_path}"

    def start(self, port: int = 0) -> Self:
        self._stopped.clear()
        self._server = listen(self.answer, port)
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True
        )
        self._thread.start()
        return self

    def stop(self) -> None:
        self._stopped.set()
        if self._server is not None and self._thread is not None:
            self._server.shutdown()
            self._server.server_close()
            self._thread.join()
            self._server = self._thread = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def answer(self, request: Request) -> Reply | None:
        """None: the connection is to break off."""
        with self._lock:
            self.requests.append(request)
            fault = self._fault_for(request) or Fault(acts=True)
            acted = self.handle(request) if fault.acts else None
        if self.watcher is not None:
            self.watcher(request)
        if fault.silent:
            self._stopped.wait()
        elif self.latency:
            self._stopped.wait(self.latency)
        if fault.silent or fault.hang_up:
            return None
        reply = fault.reply or acted or Reply()
        if fault.cut:
            return Reply(reply.status, reply.content[: len(reply.content) // 2], reply.headers)
        return reply

    def _fault_for(self, request: Request) -> Fault | None:
        for position, (where, fault) in enumerate(self._faults):
            if request.fits(where):
                del self._faults[position]
                return fault
        return None
