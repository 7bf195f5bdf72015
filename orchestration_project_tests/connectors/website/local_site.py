"""A real web server on this machine that is reached under public names. The tests are beside it.

The reader's checks all run as in earnest: it resolves names by a table, finds public addresses, and only
the very last step, the connection, is led to the local server.
"""

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

import anyio
import anyio.abc
import httpx

from orchestration_project.connectors.website.reader import WebsiteReader

PUBLIC = "93.184.215.14"

Handler = Callable[[anyio.abc.SocketStream], Awaitable[None]]
"""Answers one request by hand."""


def answer(body: bytes, *headers: str, status: str = "200 OK", kind: str = "text/html") -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", *headers, "Connection: close"]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def redirect(location: str) -> bytes:
    return answer(b"", f"Location: {location}", status="302 Found")


@dataclass
class LocalSite:
    pages: dict[str, bytes | Handler] = field(default_factory=dict[str, bytes | Handler])
    names: dict[str, Sequence[Sequence[str]]] = field(default_factory=dict[str, Sequence[Sequence[str]]])
    """What successive questions for a name are answered; every other name is PUBLIC."""
    deaf: set[str] = field(default_factory=set[str])  # "scheme://address" that refuses connections
    port: int = 0
    asked_names: list[str] = field(default_factory=list[str])
    connections: list[httpx.Request] = field(default_factory=list[httpx.Request])
    requests: list[str] = field(default_factory=list[str])

    def reader(self, seconds: float = 5.0) -> WebsiteReader:
        return WebsiteReader(resolve=self.resolve, wire=lambda: Detour(self), seconds=seconds)

    async def resolve(self, host: str) -> Sequence[str]:
        self.asked_names.append(host)
        answers = self.names.get(host, [[PUBLIC]])
        return answers[min(self.asked_names.count(host), len(answers)) - 1]

    async def serve(self, stream: anyio.abc.SocketStream) -> None:
        async with stream:
            head = b""
            while b"\r\n\r\n" not in head:
                try:
                    head += await stream.receive()
                except anyio.EndOfStream:  # the reader's time was up before it had asked
                    return
            self.requests.append(head.decode("latin-1"))
            page = self.pages[head.split()[1].decode()]
            with suppress(anyio.BrokenResourceError, anyio.ClosedResourceError):  # the reader had enough
                await (stream.send(page) if isinstance(page, bytes) else page(stream))


class Detour(httpx.AsyncBaseTransport):
    """Stands for the internet: whatever address is connected to, the local server answers."""

    def __init__(self, site: LocalSite) -> None:
        self._site = site
        self._inner = httpx.AsyncHTTPTransport(trust_env=False)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self._site.connections.append(request)
        if f"{request.url.scheme}://{request.url.host}" in self._site.deaf:
            raise httpx.ConnectError("refused")
        url = request.url.copy_with(scheme="http", host="127.0.0.1", port=self._site.port)
        local = httpx.Request(request.method, url, headers=request.headers, stream=request.stream)
        local.extensions = {"timeout": request.extensions["timeout"]}
        return await self._inner.handle_async_request(local)

    async def aclose(self) -> None:
        await self._inner.aclose()


@asynccontextmanager
async def local_site(pages: dict[str, bytes | Handler]) -> AsyncGenerator[LocalSite]:
    listener = await anyio.create_tcp_listener(local_host="127.0.0.1")
    site = LocalSite(pages, port=listener.extra(anyio.abc.SocketAttribute.local_port))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(listener.serve, site.serve)
        yield site
        tasks.cancel_scope.cancel()
    await listener.aclose()
