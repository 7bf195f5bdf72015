"""What CalDAV and WebDAV share: the settings, the questions PROPFIND and REPORT, and how answers are read.

Calendars are `calendar/caldav.py`, folders `folder/webdav.py`; HTTP and its errors are `http.py`.
"""

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx

from orchestration_project.connectors.base import ConnectorContext
from orchestration_project.connectors.http import Api
from orchestration_project.connectors.settings import base_url, secret, setting
from orchestration_project.errors import SetupError, TransientServiceError

DAV, CALDAV = "{DAV:}", "{urn:ietf:params:xml:ns:caldav}"
XML = "application/xml; charset=utf-8"
_GONE = (HTTPStatus.NOT_FOUND, HTTPStatus.GONE)
_SERVER_ROOT = "https://cloud.example/remote.php/dav"


@dataclass(frozen=True)
class Resource:
    """One thing that the server tells of: a folder, a file, a calendar, an event."""

    path: str  # decoded, with a slash at the end of a collection where the server writes one
    kinds: frozenset[str] = frozenset()  # the elements of resourcetype
    rights: frozenset[str] | None = None  # None: the server does not say
    data: str | None = field(default=None, repr=False)  # calendar-data
    etag: str | None = None
    href: str = ""  # as the server writes it
    shown: str = ""  # displayname
    links: Mapping[str, str] = field(default_factory=dict[str, str])  # property: the address that it holds

    @property
    def name(self) -> str:
        return self.path.rstrip("/").rpartition("/")[2]


def open_api(context: ConnectorContext, service: str, prefix: str, line: str) -> Api:
    """Reads PREFIX_URL, PREFIX_USER and PREFIX_PASSWORD."""
    setting(context, f"{prefix}_URL", line)
    url = base_url(context, f"{prefix}_URL", _SERVER_ROOT)
    user = setting(context, f"{prefix}_USER", line)
    password = secret(context, f"{prefix}_PASSWORD", line)
    basic = base64.b64encode(f"{user}:{password.get_secret_value()}".encode()).decode()
    return Api(service, url, context.http, headers={"Authorization": f"Basic {basic}"})


async def propfind(api: Api, path: str, depth: int, properties: Sequence[str]) -> list[Resource]:
    """The thing at that path and, at depth 1, all that is in it."""
    return await ask(api, "PROPFIND", path, depth, _propfind_body(properties))


async def ask_first(api: Api, properties: Sequence[str]) -> list[Resource]:
    """The thing at the very address; nothing where that is no place to ask (404, 405), or needs none."""
    headers = {"Depth": "0", "Content-Type": XML}
    body = _propfind_body(properties).encode()
    no_place = (*_GONE, HTTPStatus.METHOD_NOT_ALLOWED)
    response = await api.send("PROPFIND", "", content=body, headers=headers, accept=no_place)
    return list(_resources(api, response)) if response.status_code == HTTPStatus.MULTI_STATUS else []


def _propfind_body(properties: Sequence[str]) -> str:
    """Of DAV's own properties by their names; of CalDAV's with `c:` before them."""
    asked = "".join(f"<{name if ':' in name else f'd:{name}'}/>" for name in properties)
    return (
        '<?xml version="1.0"?><d:propfind xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav">'
        f"<d:prop>{asked}</d:prop></d:propfind>"
    )


async def ask(api: Api, method: str, path: str, depth: int, body: str) -> list[Resource]:
    headers = {"Depth": str(depth), "Content-Type": XML}
    response = await api.send(method, path, content=body.encode(), headers=headers, accept=_GONE)
    if response.status_code in _GONE:
        raise SetupError(
            api.name,
            f"has nothing at this address ({response.status_code}).",
            "Check the URL in the environment, then run `leads doctor`.",
        )
    if response.status_code != HTTPStatus.MULTI_STATUS:
        raise SetupError(
            api.name,
            f"does not speak WebDAV at this address (answered {response.status_code}).",
            "Check the URL in the environment, then run `leads doctor`.",
        )
    return list(_resources(api, response))


def _resources(api: Api, response: httpx.Response) -> Iterator[Resource]:
    import lxml.etree  # noqa: PLC0415 - a twentieth of a second, only for those who use such a server

    parser = lxml.etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = lxml.etree.fromstring(response.content, parser)
    except lxml.etree.XMLSyntaxError:
        # outside the handler the text would be chained, and it quotes what it read
        root = None
    if root is None or root.tag != f"{DAV}multistatus":
        # never read as a list without entries: what is there already would be made once more
        raise TransientServiceError(
            api.name, "answered with something that is no WebDAV.", "It is tried again by itself."
        )
    for answer in root.iter(f"{DAV}response"):
        if f" {HTTPStatus.INSUFFICIENT_STORAGE.value}" in (answer.findtext(f"{DAV}status") or ""):
            # so a server says that there is more than it lists (RFC 4791, 7.8; RFC 5323, 2.3)
            told = "lists only a part of what is there (507)."
            raise SetupError(
                api.name, told, "Put away what is old there, or let the server list more at once."
            )
        yield _resource(answer)


# elements are `Any`: lxml brings no types


def _resource(answer: Any) -> Resource:
    """What the server refuses to tell counts as not told."""
    told = [part.find(f"{DAV}prop") for part in answer.iter(f"{DAV}propstat") if _is_success(part)]
    properties = {str(one.tag): one for prop in told if prop is not None for one in prop}
    rights = properties.get(f"{DAV}current-user-privilege-set")
    data = properties.get(f"{CALDAV}calendar-data")
    href = (answer.findtext(f"{DAV}href") or "").strip()
    shown = properties.get(f"{DAV}displayname")
    inside = {tag: one.findtext(f"{DAV}href") for tag, one in properties.items()}
    return Resource(
        path=unquote(urlsplit(href).path),
        href=href,
        shown="" if shown is None else shown.text or "",
        links={tag: link.strip() for tag, link in inside.items() if link},
        kinds=frozenset(str(kind.tag) for kind in properties.get(f"{DAV}resourcetype", ())),
        rights=None if rights is None else frozenset(str(one.tag) for one in rights.iter()),
        data=None if data is None else data.text,
        etag=properties[f"{DAV}getetag"].text if f"{DAV}getetag" in properties else None,
    )


def _is_success(propstat: Any) -> bool:
    return f" {HTTPStatus.OK.value} " in f"{propstat.findtext(f'{DAV}status') or ''} "


def may_write(resource: Resource) -> bool:
    """True also where the server does not say."""
    wanted = {f"{DAV}all", f"{DAV}write", f"{DAV}bind", f"{DAV}write-content"}
    return resource.rights is None or bool(resource.rights & wanted)
