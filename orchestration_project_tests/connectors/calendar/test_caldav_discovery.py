"""From a server's name to its calendars: a real server, and iCloud's way over two hosts."""

from collections.abc import Generator
from pathlib import Path

import httpx
import pytest

from orchestration_project.connectors.calendar.caldav import CalDavCalendar
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.services import given
from orchestration_project_tests.fakes.dav import PASSWORD, USER, CalDavService

pytestmark = pytest.mark.anyio

ICLOUD = "https://caldav.icloud.com"
HOME = "https://p42-caldav.icloud.com:443/1234/calendars/"
CALENDAR = "<d:resourcetype><d:collection/><c:calendar/></d:resourcetype>"


@pytest.fixture
def service(tmp_path: Path) -> Generator[CalDavService]:
    with CalDavService(tmp_path) as running:
        url = running.base_url + running.calendar
        made = httpx.request("MKCALENDAR", url, auth=httpx.BasicAuth(USER.encode(), PASSWORD.encode()))
        assert made.is_success
        yield running


def opened(http: httpx.AsyncClient, url: str) -> CalDavCalendar:
    environment = {"CALDAV_URL": url, "CALDAV_USER": USER, "CALDAV_PASSWORD": PASSWORD}
    return CalDavCalendar.open(Connection(connector="caldav"), given(http, environment))


async def test_a_servers_name_is_enough_to_learn_its_calendars(
    http: httpx.AsyncClient, service: CalDavService
) -> None:
    health = await opened(http, service.base_url).check()
    assert not health.ok
    assert f"{service.base_url}{service.calendar}/" in health.mend
    chosen = await opened(http, f"{service.base_url}{service.calendar}/").check()
    assert chosen.ok, chosen.says


async def test_a_wrong_address_of_the_server_is_enough_too(
    http: httpx.AsyncClient, service: CalDavService
) -> None:
    health = await opened(http, f"{service.base_url}/{USER}/gone").check()
    assert f"{service.base_url}{service.calendar}/" in health.mend


def answered(*responses: str) -> httpx.Response:
    spaces = 'xmlns:d="DAV:" xmlns:c="urn:ietf:params:xml:ns:caldav"'
    return httpx.Response(207, text=f"<d:multistatus {spaces}>{''.join(responses)}</d:multistatus>")


def told(href: str, properties: str) -> str:
    status = "<d:status>HTTP/1.1 200 OK</d:status>"
    prop = f"<d:prop>{properties}</d:prop>"
    return f"<d:response><d:href>{href}</d:href><d:propstat>{prop}{status}</d:propstat></d:response>"


class ICloud:
    """As users report it: the principal at the name, the calendars on another host of the same domain."""

    def __init__(self, home: str = HOME) -> None:
        self.home = home
        self.asked: list[str] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.host)
        match request.method, request.url.host, request.url.path:
            case "PROPFIND", "caldav.icloud.com", "/":
                link = "<d:href>/1234/principal/</d:href>"
                return answered(told("/", f"<d:current-user-principal>{link}</d:current-user-principal>"))
            case "PROPFIND", "caldav.icloud.com", "/1234/principal/":
                link = f"<d:href>{self.home}</d:href>"
                return answered(
                    told("/1234/principal/", f"<c:calendar-home-set>{link}</c:calendar-home-set>")
                )
            case "PROPFIND", _, "/1234/calendars/":
                inbox = "<d:resourcetype><d:collection/></d:resourcetype>"
                work = f"{CALENDAR}<d:displayname>Work</d:displayname>"
                return answered(told("/1234/calendars/inbox/", inbox), told("/1234/calendars/w%20k/", work))
            case _:
                return httpx.Response(404)


async def test_icloud_tells_the_addresses_of_its_calendars() -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(ICloud())) as http:
        health = await opened(http, ICLOUD).check()
    assert "https://p42-caldav.icloud.com:443/1234/calendars/w%20k/ (Work)." in health.mend
    assert "inbox" not in health.mend


@pytest.mark.parametrize(
    "home", ["https://icloud.example.net/1234/calendars/", "http://p42-caldav.icloud.com/"]
)
async def test_the_password_goes_to_no_other_domain_and_never_in_the_clear(home: str) -> None:
    service = ICloud(home)
    async with httpx.AsyncClient(transport=httpx.MockTransport(service)) as http:
        health = await opened(http, ICLOUD).check()
    assert not health.ok
    assert set(service.asked) == {"caldav.icloud.com"}
