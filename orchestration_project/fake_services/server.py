"""HTTP on this machine for the stand-ins: a request as it came, an answer, the server between them.

What is answered is told by the one who starts it; faults and the record of requests are in `base.py`.
"""

import json
import socket
import struct
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
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


class Broken(Enum):
    """What comes instead of an answer."""

    REFUSED = "refused"  # no connection; over one that stands already, the same as a reset
    RESET = "reset"  # the connection ends by force
    CLOSED = "closed"  # the connection ends without a word
    SILENT = "silent"  # nothing, for as long as the client waits


Answer = Callable[[Request], Reply | Broken]


class Door:
    """A port of loopback at which a service is reached, as long as it is open."""

    def __init__(self, answer: Answer, port: int = 0) -> None:
        """At port 0 a free one. It answers once this returns."""
        self._answer = answer
        self._placeholder: socket.socket | None = None
        self._server, self._thread = self._serving(port)
        self.port: int = self._server.server_port

    def shut(self) -> None:
        """New connections are refused; nobody else gets the port meanwhile."""
        if self._placeholder is not None:
            return
        self._end()
        self._placeholder = socket.socket()
        self._placeholder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._placeholder.bind(("127.0.0.1", self.port))  # bound and not listening

    def reopen(self) -> None:
        if self._placeholder is None:
            return
        self._server, self._thread = self._serving(self.port)
        self._placeholder.close()
        self._placeholder = None

    def take_away(self) -> None:
        """For good."""
        if self._placeholder is not None:
            self._placeholder.close()
        else:
            self._end()

    def _serving(self, port: int) -> tuple["_Server", threading.Thread]:
        server = _Server(("127.0.0.1", port), _handler_of(self._answer))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
        thread.start()
        return server, thread

    def _end(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a client may keep its connection open; nobody waits for it
    request_queue_size = 512  # with the base class's five, a burst of connections waits for seconds

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left early is none of our errors; the base class would print it."""

    def shutdown_request(self, request: Any) -> None:
        """The base class takes leave first, and what comes after that is no reset any more."""
        (lingers,) = struct.unpack_from("i", request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8))
        if lingers:
            self.close_request(request)
        else:
            super().shutdown_request(request)


def _handler_of(answer: Answer) -> type[BaseHTTPRequestHandler]:
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
                reply = answer(request)
            except Exception as error:  # noqa: BLE001 - a mistake of the stand-in's must be seen by the client
                reply = Reply(500, {"message": f"the stand-in failed: {type(error).__name__}: {error}"})
            if isinstance(reply, Reply):
                self._write(reply)
                return
            self.close_connection = True
            if reply in (Broken.RESET, Broken.REFUSED):
                # closed without lingering: the client's side is told of a reset
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

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
