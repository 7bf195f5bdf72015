"""One visit to a company's public website: the URL came from a stranger, and so does all that it answers.

Which addresses may be connected to is `network.py`; what text a page has is `extract.py`.
"""

import functools
import ssl
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

import anyio
import httpx

from orchestration_project.connectors.http_status import is_transient, retry_after
from orchestration_project.connectors.website.apart import extract_apart
from orchestration_project.connectors.website.network import (
    SERVICE,
    NoSuchSite,
    PublicOnly,
    Resolve,
)
from orchestration_project.errors import PermanentServiceError, ServiceError, TransientServiceError
from orchestration_project.model import WebPage

MOST_BYTES = 1_000_000
MOST_REDIRECTS = 5
_LATER = "It is tried again when the lead is scored again."
_NOTHING_TO_DO = "Nothing to do: the lead goes on without it."


@functools.cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)  # 20 ms, once


def internet() -> httpx.AsyncBaseTransport:
    # no connection is kept: the next site at the same address must show its own certificate
    return httpx.AsyncHTTPTransport(
        verify=_certificates(), trust_env=False, limits=httpx.Limits(max_keepalive_connections=0)
    )


@dataclass(frozen=True)
class Visitor:
    """Has a client of its own: that of the context may use a proxy, keeps connections, would go anywhere."""

    seconds: float  # for the whole reading
    resolve: Resolve
    wire: Callable[[], httpx.AsyncBaseTransport]

    async def read(self, url: str) -> WebPage | None:
        try:
            with anyio.fail_after(self.seconds):
                return await self._read(_parse(url))
        except NoSuchSite:
            return None
        except TimeoutError as error:
            raise TransientServiceError(
                SERVICE, f"took longer than {self.seconds:g} seconds.", _LATER
            ) from error
        except httpx.TransportError as error:
            raise TransientServiceError(SERVICE, "cannot be reached.", _LATER) from error

    async def _read(self, url: httpx.URL) -> WebPage | None:
        async with httpx.AsyncClient(
            transport=PublicOnly(self.wire(), self.resolve),
            trust_env=False,
            timeout=httpx.Timeout(self.seconds, connect=self.seconds / 3),
            headers={
                "User-Agent": "Mozilla/5.0 (compatible; LeadIntake/1.0)",  # many sites refuse a library's
                "Accept": "text/html, application/xhtml+xml",
                "Accept-Encoding": "gzip",  # the one `_body` unpacks, within its bound
            },
        ) as client:
            try:
                return await self._follow(client, url)
            except (httpx.ConnectError, httpx.ConnectTimeout):
                if url.scheme != "https":
                    raise
                return await self._follow(client, url.copy_with(scheme="http"))

    async def _follow(self, client: httpx.AsyncClient, url: httpx.URL) -> WebPage | None:
        request = client.build_request("GET", url)
        for _ in range(MOST_REDIRECTS + 1):
            response = await client.send(request, stream=True, follow_redirects=False)
            try:
                if response.next_request is None:
                    return await _page(response)
                request = response.next_request
            finally:
                await response.aclose()
        raise PermanentServiceError(SERVICE, f"redirects more than {MOST_REDIRECTS} times.", _NOTHING_TO_DO)


def _parse(text: str) -> httpx.URL:
    text = text.strip()
    if "://" not in text:
        text = "https://" + text.lstrip("/")
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, UnicodeError):
        raise NoSuchSite("This is no web address.") from None
    if not url.host:
        raise NoSuchSite("There is no host name in it.")
    return url.copy_with(fragment=None)


async def _page(response: httpx.Response) -> WebPage | None:
    if response.status_code in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        return None
    if response.is_error:
        raise _refusal(response)
    media_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in ("text/html", "application/xhtml+xml"):
        return None
    return await extract_apart(SERVICE, str(response.url), await _body(response), response.charset_encoding)


async def _body(response: httpx.Response) -> bytes:
    """Unpacked here and not by httpx, which has no bound: a kilobyte can unpack to a megabyte."""
    encoding = response.headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise PermanentServiceError(SERVICE, "answers in a packing we did not ask for.", _NOTHING_TO_DO)
    unpack = zlib.decompressobj(zlib.MAX_WBITS | 16) if "gzip" in encoding else None
    body = bytearray()
    async for piece in response.aiter_raw():
        try:
            body += unpack.decompress(piece, MOST_BYTES + 1 - len(body)) if unpack else piece
        except zlib.error as error:
            raise PermanentServiceError(
                SERVICE, "sends something that cannot be unpacked.", _NOTHING_TO_DO
            ) from error
        if len(body) >= MOST_BYTES:
            break  # what a company is stands at the beginning
    return bytes(body[:MOST_BYTES])


def _refusal(response: httpx.Response) -> ServiceError:
    told = f"answered {response.status_code}."
    if is_transient(response.status_code):
        return TransientServiceError(SERVICE, told, _LATER, retry_after=retry_after(response.headers))
    # 401 and 403 too: it is a stranger's site, no credential of ours is at fault
    return PermanentServiceError(SERVICE, told, _NOTHING_TO_DO)
