"""Asking stand-ins without a network: an httpx transport that hands each request straight to its service.

What a service answers is its own module's part; over real connections it is reached as `base.py` tells.
"""

import re
from itertools import count
from typing import Never
from urllib.parse import parse_qs

import httpx
from anyio.lowlevel import checkpoint

from orchestration_project.fake_services.base import FakeService
from orchestration_project.fake_services.server import Broken, Reply, Request

_HTTP = 80  # is left out of an address
_PORTS = count(1)
"""Of no real server: what does not go through the transport reaches nothing."""
_CANNOT_BE_SENT = re.compile(rb"[\0\r\n]")
"""In the value of a header: the network's part to refuse it."""


def in_memory(*services: FakeService) -> httpx.MockTransport:
    """For `httpx.AsyncClient(transport=…)`; each service has a `base_url` from now on, and is not started.

    Nothing takes time: a silent service is a time-out at once, and a late write waits for the service's
    clock or for `land()`.
    """
    by_port: dict[int, FakeService] = {}
    for service in services:
        service.port_in_memory = service.port_in_memory or next(_PORTS)
        by_port[service.port_in_memory] = service

    def answer(request: httpx.Request) -> httpx.Response:
        service = by_port.get(request.url.port or _HTTP)
        if service is None:
            raise AssertionError(f"A request went to {request.url}, where there is no stand-in.")
        return _reply(service.answer(_as_it_came(request)), request)

    return httpx.MockTransport(answer)


class AtHand(httpx.AsyncHTTPTransport):
    """What goes to a stand-in that serves in this process is handed to it, at a fraction of the processor
    time; all else, and what has to take its time, goes over the network."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        service = FakeService.serving.get(request.url.port or _HTTP)
        cannot_be_sent = any(_CANNOT_BE_SENT.search(value) for _, value in request.headers.raw)
        if service is None or service.latency or cannot_be_sent:
            return await super().handle_async_request(request)
        await request.aread()
        await checkpoint()  # as any answer, it comes after others have had their turn
        outcome = service.answer(_as_it_came(request))
        if outcome is Broken.REFUSED and service.away is None:
            outcome = Broken.RESET  # it has a door, and it is open
        return _reply(outcome, request)


def _reply(outcome: Reply | Broken, request: httpx.Request) -> httpx.Response:
    if isinstance(outcome, Broken):
        _break_off(outcome, request)
    headers = {"Content-Type": outcome.content_type, **outcome.headers}
    content = b"" if request.method == "HEAD" else outcome.content
    return httpx.Response(outcome.status, headers=headers, content=content)


def _as_it_came(request: httpx.Request) -> Request:
    path, _, query = request.url.raw_path.decode("ascii").partition("?")
    return Request(
        method=request.method,
        path=path,
        query=parse_qs(query, keep_blank_values=True),
        headers={name.lower(): value for name, value in request.headers.items()},
        raw=request.content,
    )


def _break_off(outcome: Broken, request: httpx.Request) -> Never:
    """In the words in which httpx tells it of a real connection."""
    match outcome:
        case Broken.REFUSED:
            raise httpx.ConnectError("All connection attempts failed", request=request)
        case Broken.RESET:
            raise httpx.ReadError("", request=request)
        case Broken.CLOSED:
            raise httpx.RemoteProtocolError(
                "Server disconnected without sending a response.", request=request
            )
        case Broken.SILENT:
            raise httpx.ReadTimeout("", request=request)
