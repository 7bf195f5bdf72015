"""The HTTP client of a process: httpx's API, spoken by aiohttp, which takes a fraction of the processor time.

What an answer means is `http.py`. Strangers' websites are read otherwise: `website/`.
"""

import ssl
from functools import cache
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from httpx_aiohttp import AiohttpTransport


class HttpClient(httpx.AsyncClient):
    """What goes wrong is told in httpx's exceptions, and as exactly as httpx itself does: that there was no
    connection it says only of what was never sent, since that may be sent once more.

    `httpx_aiohttp.HttpxAiohttpClient`, whose two methods these are, makes its transports at once."""

    def _init_transport(self, *_: Any, **how: Any) -> httpx.AsyncBaseTransport:
        return _MadeWhenUsed(how)

    def _init_proxy_transport(self, proxy: httpx.Proxy, *_: Any, **how: Any) -> httpx.AsyncBaseTransport:
        return _MadeWhenUsed({**how, "proxy": proxy})

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Raises httpx.TransportError and httpx.InvalidURL."""
        import aiohttp  # noqa: PLC0415 - takes a tenth of a second, and most commands ask no service anything

        try:
            return await super().send(request, **options)
        except httpx.TransportError as error:
            raise _exactly(error, error.__cause__) from error
        except aiohttp.ClientError as error:
            # such as an answer that is no HTTP
            raise httpx.RemoteProtocolError(str(error), request=request) from error
        except ValueError:
            # of a line end in a header; `from None`: the text of it quotes the header, and with it a secret
            raise httpx.LocalProtocolError("A header has a line end.", request=request) from None


class _MadeWhenUsed(httpx.AsyncBaseTransport):
    """For the same reason: certificates are read by whoever has a use for them."""

    def __init__(self, how: dict[str, Any]) -> None:
        self._how = how
        self._made: AiohttpTransport | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self._made is None:
            from httpx_aiohttp import AiohttpTransport  # noqa: PLC0415 - see above

            self._how["verify"] = _certificates()
            self._made = AiohttpTransport(**self._how)
        return await self._made.handle_async_request(request)

    async def aclose(self) -> None:
        if self._made is not None:
            await self._made.aclose()


@cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context()  # takes 15 ms, and each tick has a client


def _exactly(error: httpx.TransportError, cause: BaseException | None) -> httpx.TransportError:
    """The library calls all of aiohttp's ClientConnectionError a time-out of the connecting, also what was
    broken off after the request had gone out."""
    import aiohttp  # noqa: PLC0415 - here already, as something was asked

    match cause:
        case aiohttp.ConnectionTimeoutError():
            kind = httpx.ConnectTimeout
        case aiohttp.ClientConnectorError() | aiohttp.ServerTimeoutError():
            kind = type(error)
        case aiohttp.ClientConnectionError():
            kind = httpx.RemoteProtocolError
        case _:
            kind = type(error)
    return kind(str(error), request=error.request)
