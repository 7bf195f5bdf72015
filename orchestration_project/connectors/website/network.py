"""Which addresses of the internet a website may be read at, and a transport that connects to no other.

What is read there, and how much of it, belongs to `reader.py`.
"""

import ipaddress
import socket
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

import anyio
import httpx

from orchestration_project.errors import LeadsError, PermanentServiceError, TransientServiceError

SERVICE = "The company's website"

Resolve = Callable[[str], Awaitable[Sequence[str]]]
"""Every address of a host name; none if there is no such name. Raises ServiceError if it cannot ask."""

_PORTS = {"http": 80, "https": 443}

_NOT_ON_THE_INTERNET = frozenset(
    {"example", "test", "invalid", "localhost", "local", "internal", "onion", "alt", "arpa"}
)  # RFC 2606, 6761, 6762, 7686, 9476; arpa for home.arpa (RFC 8375): nobody has a website below it

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_NOT_PUBLIC_EITHER = (  # what `is_global` of some Python versions lets through
    ipaddress.IPv4Network("192.0.0.0/24"),  # protocol assignments; a cloud's metadata service is here
    ipaddress.IPv4Network("192.88.99.0/24"),  # 6to4 relays
    ipaddress.IPv4Network("168.63.129.16/32"),  # looks public, is a cloud's host agent
)
_ADDRESSES_TRIED = 3


class NoSuchSite(LeadsError):  # noqa: N818 - an answer, not a failure
    """The name belongs to no site on the internet."""


def is_public(address: str) -> bool:
    """May a stranger's URL lead there? Addresses that carry an IPv4 one are judged by that one, or not
    at all where no website has a reason to use the form."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        if ip in _NAT64:
            ip = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
        elif ip not in _GLOBAL_UNICAST or ip.sixtofour or ip.teredo:
            return False
        else:
            return ip.is_global
    return ip.is_global and not ip.is_multicast and not any(ip in net for net in _NOT_PUBLIC_EITHER)


def is_reserved_name(host: str) -> bool:
    """Names that the internet's DNS must not even be asked for."""
    labels = host.lower().rstrip(".").split(".")
    return len(labels) == 1 or labels[-1] in _NOT_ON_THE_INTERNET


async def resolve_by_system(host: str) -> Sequence[str]:
    try:
        answers = await anyio.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except socket.gaierror as error:
        if error.errno in (socket.EAI_AGAIN, socket.EAI_FAIL):
            raise TransientServiceError(
                SERVICE,
                "could not be looked up: the name server does not answer.",
                "It is tried again later; if this lasts, check this machine's DNS.",
            ) from error
        return ()
    except UnicodeError:
        return ()  # no host name, though it stands where one should
    return tuple(dict.fromkeys(str(answer[4][0]) for answer in answers))


@dataclass(frozen=True)
class PublicOnly(httpx.AsyncBaseTransport):
    """Looks the name up, checks every address, and connects to one of those very addresses, so that a
    second, different DNS answer is never used. Name and certificate stay those of the site."""

    wire: httpx.AsyncBaseTransport
    resolve: Resolve

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        addresses = await self._public_addresses(request.url)
        failure: httpx.TransportError | None = None
        for address in addresses[:_ADDRESSES_TRIED]:
            try:
                return await self.wire.handle_async_request(_pinned(request, address))
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
        raise failure or NoSuchSite("The name has no address.")

    async def aclose(self) -> None:
        await self.wire.aclose()

    async def _public_addresses(self, url: httpx.URL) -> Sequence[str]:
        if url.scheme not in _PORTS:
            raise _forbidden("is not reached by http or https.")
        host = _host(url)
        try:
            ipaddress.ip_address(host)
            addresses: Sequence[str] = (host,)
        except ValueError:
            if is_reserved_name(host):
                raise NoSuchSite("The name is reserved for private use.") from None
            addresses = ()
        if url.userinfo:
            raise _forbidden("has a user name or password in its address.")
        if url.port not in (None, _PORTS[url.scheme]):
            raise _forbidden("is at an unusual port.")
        addresses = addresses or await self.resolve(host)
        if not all(is_public(address) for address in addresses):
            raise _forbidden("is at an address inside a private network.")
        return addresses


def _host(url: httpx.URL) -> str:
    return url.raw_host.decode("ascii")


def _pinned(request: httpx.Request, address: str) -> httpx.Request:
    return httpx.Request(
        request.method,
        request.url.copy_with(host=address),
        headers=request.headers,
        stream=request.stream,
        extensions={**request.extensions, "sni_hostname": _host(request.url)},
    )


def _forbidden(told: str) -> PermanentServiceError:
    return PermanentServiceError(
        SERVICE, told, "It is not read, for safety; nothing to do unless the company is real."
    )
