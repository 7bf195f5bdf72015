"""The HTTP client of a process: httpx's API, spoken by aiohttp, which takes a fraction of the processor time.

What an answer means is `http.py`. Strangers' websites are read otherwise: `website/`.
"""

from typing import Any

import aiohttp
import httpx
from httpx_aiohttp import HttpxAiohttpClient


class HttpClient(HttpxAiohttpClient):
    """What goes wrong is told in httpx's exceptions, and as exactly as httpx itself does: that there was no
    connection it says only of what was never sent, since that may be sent once more."""

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Raises httpx.TransportError and httpx.InvalidURL."""
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


def _exactly(error: httpx.TransportError, cause: BaseException | None) -> httpx.TransportError:
    """The library calls all of aiohttp's ClientConnectionError a time-out of the connecting, also what was
    broken off after the request had gone out."""
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
