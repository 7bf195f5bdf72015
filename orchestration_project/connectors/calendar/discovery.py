"""Which calendars a CalDAV server has for a user, found from the server's name alone (RFC 6764, RFC 4791).

Nothing is chosen here: a person is told, and names one. What stands in a calendar is `caldav.py`.
"""

from dataclasses import dataclass, replace
from http import HTTPStatus
from urllib.parse import urljoin, urlsplit

from orchestration_project.connectors.dav import CALDAV, DAV, Resource, ask_first, may_write, propfind
from orchestration_project.connectors.http import Api
from orchestration_project.domains import registrable_domain
from orchestration_project.errors import SetupError

_MOVED = (301, 302, 303, 307, 308)
_NONE = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.GONE)


@dataclass(frozen=True)
class FoundCalendar:
    url: str
    name: str  # as its owner calls it; may be empty


async def calendars_of(api: Api) -> tuple[FoundCalendar, ...]:
    """Those that the user may write to. Raises ServiceError where the server does not tell."""
    principal = await _principal(api)
    home = await _link(api, principal, f"{CALDAV}calendar-home-set", "c:calendar-home-set")
    if home is None:
        raise SetupError(api.name, "does not tell where its calendars are.", "Name the address of one.")
    wanted = ("resourcetype", "displayname", "current-user-privilege-set")
    there = await propfind(_at(api, home), "", 1, wanted)
    return tuple(
        FoundCalendar(urljoin(home, one.href), one.shown)
        for one in there
        if f"{CALDAV}calendar" in one.kinds and may_write(one)
    )


async def _principal(api: Api) -> str:
    """Asked at the given address, then where the server's well-known address leads."""
    asked = "current-user-principal"
    for start in (api.base_url, await _well_known(api)):
        if start is not None and (found := await _link(api, start, f"{DAV}{asked}", asked)):
            return found
    raise SetupError(api.name, "does not tell who its user is.", "Name the address of one calendar.")


async def _well_known(api: Api) -> str | None:
    root, path = urljoin(api.base_url, "/"), ".well-known/caldav"
    answer = await _at(api, root).send("GET", path, accept=(*_MOVED, *_NONE))
    place = answer.headers.get("location")
    return urljoin(root + path, place) if answer.status_code in _MOVED and place else None


async def _link(api: Api, url: str, tag: str, asked: str) -> str | None:
    """The address that a property holds; None: the server does not say."""
    found: list[Resource] = await ask_first(_at(api, url), (asked,))
    link = next((one.links[tag] for one in found if tag in one.links), None)
    return urljoin(url, link) if link else None


def _at(api: Api, url: str) -> Api:
    """The password goes to no other owner's server: iCloud's calendars are on another host of its own."""
    old, new = urlsplit(api.base_url), urlsplit(url)
    same = old.hostname == new.hostname or (
        (domain := registrable_domain(old.hostname or "")) is not None
        and domain == registrable_domain(new.hostname or "")
    )
    if not same or (old.scheme, new.scheme) == ("https", "http"):
        raise SetupError(api.name, f"leads to {new.hostname}, which is not its own.", "Name one calendar.")
    return replace(api, base_url=url)
