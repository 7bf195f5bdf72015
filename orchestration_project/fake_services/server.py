"""HTTP on this machine for the stand-ins: a request as it came, an answer, the server between them.

What is answered is told by the one who starts it; faults and the record of requests are in `base.py`.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
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


Answer = Callable[[Request], Reply | None]
"""None: the connection is to break off."""


def listen(answer: Answer, port: int = 0) -> ThreadingHTTPServer:
    """A server bound to loopback; at port 0 to a free one. It answers once it serves."""
    return _Server(("127.0.0.1", port), _handler_of(answer))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False  # a client may keep its connection open; nobody waits for it

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that left early is none of our errors; the base class would print it."""


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
