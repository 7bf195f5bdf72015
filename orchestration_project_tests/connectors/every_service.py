"""The rows of the design's connector table that are web services, each over its stand-in or real server.

What is asked of all of them is in `test_every_service.py`.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from orchestration_project.errors import PermanentServiceError, ServiceError, TransientServiceError
from orchestration_project.fake_services import (
    brevo,
    company,
    hubspot,
    json_list,
    mailchimp,
    pipedrive,
    tally,
    typeform,
)
from orchestration_project.fake_services.base import FakeService
from orchestration_project.fake_services.gmail import GmailService
from orchestration_project.fake_services.google_calendar import GoogleCalendarService
from orchestration_project.fake_services.google_drive import GoogleDriveService
from orchestration_project.fake_services.microsoft import MicrosoftService
from orchestration_project.fake_services.slack import CHANNEL, SlackService
from orchestration_project_tests.fakes.dav import PASSWORD, USER, CalDavService, WebDavService

KEY = "L-abcdefghij"
EMAIL = "nobody@unknown.example"
FORM = "contact"


@dataclass(frozen=True)
class Row:
    """A service of the design's table, and one question to it whose answer is: not found."""

    name: str  # kind and service, as in connections.yaml
    start: Callable[[Path], Any]
    environment: Callable[[Any], dict[str, str]]
    look: Callable[[Any], Awaitable[object]]
    queue: str | None
    options: Callable[[Any], dict[str, Any]]
    wait_header: str = "Retry-After"
    strange: type[ServiceError] = TransientServiceError
    """What half of a JSON answer means. No DAV at an address is a wrong address."""

    @property
    def renews(self) -> bool:
        """Its access token lives for an hour, and is renewed by itself."""
        return self.queue in ("Gmail", "Google Calendar", "Google Drive", "Microsoft 365")


def row(
    name: str,
    start: Callable[[Path], Any],
    look: Callable[[Any], Awaitable[object]],
    queue: str | None,
    *,
    environment: Callable[[Any], dict[str, str]] = lambda service: service.environment,
    wait_header: str = "Retry-After",
    strange: type[ServiceError] = TransientServiceError,
    located: Callable[[Any], dict[str, Any]] = lambda _: {},
    **options: Any,
) -> Row:
    """`located` are the options that say where the service runs."""
    return Row(
        name,
        start,
        environment,
        look,
        queue,
        lambda service: options | located(service),
        wait_header,
        strange,
    )


def webdav(folder: Path) -> WebDavService:
    (folder / "leads").mkdir()
    return WebDavService(folder)


def keyed(prefix: str, variable: str, key: str) -> Callable[[FakeService], dict[str, str]]:
    return lambda service: {f"{prefix}_{variable}": key, f"{prefix}_BASE_URL": service.base_url}


def typeform_with_form(_: Path) -> typeform.FakeTypeform:
    service = typeform.FakeTypeform()
    service.add_form(FORM, {"mail": "Email"})
    return service


def tally_with_form(_: Path) -> tally.FakeTally:
    service = tally.FakeTally()
    service.add_form(FORM, {"mail": "Email"})
    return service


def hubspot_with_form(_: Path) -> hubspot.FakeHubSpot:
    service = hubspot.FakeHubSpot()
    service.create_form(FORM)
    return service


async def submissions(source: Any) -> object:
    return (await source.fetch(None)).deliveries or None


def google(variable: str) -> Callable[[Any], dict[str, str]]:
    return lambda service: {**service.environment, variable: service.base_url}


ROWS = (
    row(
        "form_source typeform",
        typeform_with_form,
        submissions,
        "Typeform",
        environment=keyed("TYPEFORM", "TOKEN", typeform.TOKEN),
        form=FORM,
    ),
    row(
        "form_source tally",
        tally_with_form,
        submissions,
        "Tally",
        environment=keyed("TALLY", "API_KEY", tally.KEY),
        form=FORM,
    ),
    row(
        "form_source hubspot_forms",
        hubspot_with_form,
        submissions,
        "HubSpot",
        environment=keyed("HUBSPOT", "TOKEN", hubspot.TOKEN),
        form=FORM,
    ),
    row(
        "form_source json_list",
        lambda _: json_list.FakeJsonList(),
        submissions,
        "The form list at 127.0.0.1",
        environment=lambda _: {"FORMS_KEY": json_list.KEY, "FORMS_KEY_HOST": "127.0.0.1"},
        located=lambda service: {"url": f"{service.base_url}/all"},
        auth={"variable": "FORMS_KEY", "header": "X-Form-Key", "scheme": ""},
    ),
    row(
        "crm hubspot",
        lambda _: hubspot.FakeHubSpot(),
        lambda crm: crm.find_contact(EMAIL),
        "HubSpot",
        environment=keyed("HUBSPOT", "TOKEN", hubspot.TOKEN),
    ),
    row(
        "crm pipedrive",
        lambda _: pipedrive.FakePipedrive(),
        lambda crm: crm.find_contact(EMAIL),
        "Pipedrive search",
        environment=keyed("PIPEDRIVE", "TOKEN", pipedrive.TOKEN),
    ),
    row(
        "company peopledatalabs",
        lambda _: company.FakePeopleDataLabs(),
        lambda directory: directory.find_company("unknown.example"),
        "People Data Labs",
        environment=keyed("PEOPLEDATALABS", "API_KEY", company.KEY),
    ),
    row(
        "company apollo",
        lambda _: company.FakeApollo(),
        lambda directory: directory.find_company("unknown.example"),
        "Apollo",
        environment=keyed("APOLLO", "API_KEY", company.KEY),
    ),
    row(
        "mail gmail",
        lambda _: GmailService(),
        lambda mail: mail.find_draft(KEY, "<x@y.example>"),
        "Gmail",
        environment=google("GMAIL_BASE_URL"),
    ),
    row(
        "mail microsoft",
        lambda _: MicrosoftService(),
        lambda mail: mail.find_draft(KEY, "<x@y.example>"),
        "Microsoft 365",
    ),
    row(
        "chat slack", lambda _: SlackService(), lambda chat: chat.find_message(KEY), "Slack", channel=CHANNEL
    ),
    row(
        "calendar google",
        lambda _: GoogleCalendarService(),
        lambda calendar: calendar.find_hold(KEY),
        "Google Calendar",
        environment=google("GOOGLE_CALENDAR_BASE_URL"),
    ),
    row(
        "calendar caldav",
        CalDavService,
        lambda calendar: calendar.find_hold(KEY),
        None,
        strange=PermanentServiceError,
    ),
    row(
        "folder drive",
        lambda _: GoogleDriveService(),
        lambda folders: folders.find_folder(KEY),
        "Google Drive",
        environment=google("GOOGLE_DRIVE_BASE_URL"),
    ),
    row(
        "folder webdav",
        webdav,
        lambda folders: folders.find_folder(KEY),
        None,
        strange=PermanentServiceError,
    ),
    row(
        "sequence mailchimp",
        lambda _: mailchimp.FakeMailchimp(),
        lambda sequence: sequence.find_member("letter", EMAIL),
        "Mailchimp",
        environment=keyed("MAILCHIMP", "API_KEY", mailchimp.KEY),
        audience=mailchimp.AUDIENCE,
    ),
    row(
        "sequence brevo",
        lambda _: brevo.FakeBrevo(),
        lambda sequence: sequence.find_member("letter", EMAIL),
        "Brevo",
        environment=keyed("BREVO", "API_KEY", brevo.KEY),
        wait_header="x-sib-ratelimit-reset",
        lists={"letter": 7},
    ),
)


def prepare(service: FakeService, owner: httpx.Client | None = None) -> None:
    """What its owner has done in a service before it is connected."""
    if isinstance(service, CalDavService):
        with owner or httpx.Client(trust_env=False) as client:
            made = client.request(
                "MKCALENDAR",
                service.base_url + service.calendar,
                auth=httpx.BasicAuth(USER.encode(), PASSWORD.encode()),
            )
        assert made.is_success
        service.requests.clear()
