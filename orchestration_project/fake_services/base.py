"""What every stand-in for a web service has in common: a server on this machine, a record, faults.

What one service answers is its own module's part: a subclass of `FakeService` with `handle`.
"""

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, Self
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True)
class Request:
    """One request as it came."""

    method: str
    path: str  # as sent, percent-encoded, without the query
    query: dict[str, list[str]]
    headers: dict[str, str]  # names in lower case
    raw: bytes

    @property
    def segments(self) -> tuple[str, ...]:
        """The parts of the path, decoded: for `match`. A slash within one stays where it is."""
        return tuple(unquote(part) for part in self.path.strip("/").split("/"))

    @property
    def body(self) -> Any:
        """The JSON of the body; None where there is none."""
        if not self.raw or "json" not in self.headers.get("content-type", ""):
            return None
        return json.loads(self.raw)

    @property
    def form(self) -> dict[str, str]:
        fields = parse_qs(self.raw.decode(), keep_blank_values=True)
        return {name: values[-1] for name, values in fields.items()}

    def param(self, name: str, default: str = "") -> str:
        return self.query.get(name, [default])[-1]

    def fits(self, where: str) -> bool:
        """`where` is the beginning of "METHOD /path"; empty fits everything."""
        return f"{self.method} {self.path}".startswith(where)


@dataclass(frozen=True)
class Reply:
    """One answer. A body of bytes or text goes out as it is, anything else as JSON, None as nothing."""

    status: int = 200
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])

    @property
    def content(self) -> bytes:
        match self.body:
            case None:
                return b""
            case bytes():
                return self.body
            case str():
                return self.body.encode()
            case _:
                return json.dumps(self.body).encode()

    @property
    def content_type(self) -> str:
        return "text/html; charset=utf-8" if isinstance(self.body, str) else "application/json"


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
        self._server = _Server(("127.0.0.1", port), _handler_of(self))
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


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a client may keep its connection open; nobody waits for it

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left early is none of our errors; the base class would print it."""


def _handler_of(service: FakeService) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True  # else each answer on a kept connection waits 40 ms

        def do_GET(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            url = urlsplit(self.path)
            request = Request(
                method=self.command,
                path=url.path,
                query=parse_qs(url.query, keep_blank_values=True),
                headers={name.lower(): value for name, value in self.headers.items()},
                raw=raw,
            )
            try:
                reply = service.answer(request)
            except Exception as error:  # noqa: BLE001 - a mistake of the stand-in's must be seen by the client
                reply = Reply(500, {"message": f"the stand-in failed: {type(error).__name__}: {error}"})
            if reply is None:
                self.close_connection = True
                return
            self._write(reply)

        do_POST = do_PUT = do_PATCH = do_DELETE = do_HEAD = do_GET  # noqa: N815 - the base class calls them so
        do_PROPFIND = do_REPORT = do_MKCOL = do_MOVE = do_COPY = do_MKCALENDAR = do_GET  # noqa: N815 - WebDAV

        def _write(self, reply: Reply) -> None:
            content = b"" if self.command == "HEAD" else reply.content
            self.send_response(reply.status)
            headers = {"Content-Type": reply.content_type, "Content-Length": str(len(content))}
            for name, value in (headers | dict(reply.headers)).items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class calls it so
            """Silent; `requests` has it all."""

    return Handler
