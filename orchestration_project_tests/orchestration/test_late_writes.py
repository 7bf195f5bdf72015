"""A service that does what it was asked long after we gave up: by whole leads, one late write at a time.

That each write can be found again, the connectors' own tests say; here it is that the core looks late enough.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pytest

from orchestration_project.fake_services.checker import check_office
from orchestration_project.fake_services.faults import FaultKind, FaultPlan
from orchestration_project.fake_services.office import Office
from orchestration_project_tests.orchestration.conftest import World
from orchestration_project_tests.orchestration.test_outages import (
    Payload,
    expected,
    no_waiting,
    nurture,
    office,
    priority,
    statuses,
)

__all__ = ["no_waiting", "office"]

ATTEMPTS = 3
"""So often a request that may be repeated is made before its connector gives up."""


@dataclass(frozen=True)
class LateWrite:
    """The beginning of its "METHOD /path", and how often in a row it is late."""

    at: str
    times: int = 1


WRITES: Mapping[str, Mapping[str, LateWrite]] = {
    "HubSpot": {
        "property": LateWrite("POST /crm/properties/2026-09/contacts"),
        "company": LateWrite("POST /crm/objects/2026-09/companies"),
        "contact": LateWrite("POST /crm/objects/2026-09/contacts"),
        "note": LateWrite("POST /crm/objects/2026-09/notes"),
        "task": LateWrite("POST /crm/objects/2026-09/tasks"),
        "change of a contact": LateWrite("PATCH /crm/objects/2026-09/contacts/", ATTEMPTS),
    },
    "Gmail": {"draft": LateWrite("POST /gmail/v1/users/me/drafts")},
    "Slack": {"message": LateWrite("POST /api/chat.postMessage")},
    "Google Calendar": {"event": LateWrite("POST /calendar/v3/calendars/")},
    "Google Drive": {
        "folder": LateWrite("POST /drive/v3/files"),
        "file": LateWrite("POST /upload/drive/v3/files"),
        "completion": LateWrite("PATCH /drive/v3/files/", ATTEMPTS),
    },
    "Mailchimp": {
        "member": LateWrite("PUT /3.0/lists/", ATTEMPTS),
        "tag": LateWrite("POST /3.0/lists/", ATTEMPTS),
    },
}


def with_website(number: int) -> Payload:
    """So that the CRM gets a company, too."""
    return priority(number) | {"website": f"https://joinery-{number}.example"}


def one_late_write(world: World, office: Office, name: str, write: LateWrite, seconds: float) -> None:
    """A lead of which that write is late, and in the end everything stands once."""
    service, number = office.services[name], len(world.ledger.stories.list_leads())
    lead = nurture(number) if name == "Mailchimp" else with_website(number)
    if write.at.startswith("PATCH /crm"):
        office.know([{"name": "Maeve O'Brien", "email": lead["email"]}])
    suffered = len(service.suffered)
    plan = FaultPlan.always(FaultKind.LATE, to=write.at, times=write.times)
    service.disturb(replace(plan, late_seconds=seconds))
    refs = world.submit(lead)
    world.run()
    service.disturb(None)
    # it was meant for this write, and it did happen
    met = [one.request for one in service.suffered[suffered:]]
    assert len(met) == write.times
    assert all(request.fits(write.at) for request in met)
    (line,) = world.ledger.stories.list_leads(refs=refs)
    assert line.status == "done", line.explanation
    # what nothing has asked for since
    service.land()


LONG = {"HubSpot": ("note",), "Google Drive": ("folder",), "Slack": ("message",)}
"""Late almost to the end of the time in which a service may still do it, of each kind of action one."""


@pytest.mark.parametrize(
    ("name", "whats", "seconds"),
    [
        *((name, tuple(writes), 40.0) for name, writes in WRITES.items()),
        *((name, whats, 80.0) for name, whats in LONG.items()),
    ],
    ids=lambda value: "" if isinstance(value, tuple) else str(value),
)
def test_a_late_write_is_done_once(
    world: World, office: Office, name: str, whats: tuple[str, ...], seconds: float
) -> None:
    for what in whats:
        one_late_write(world, office, name, WRITES[name][what], seconds)
    refs = [line.ref for line in world.ledger.stories.list_leads()]
    assert check_office(office, expected(world, *refs)) == []


def test_where_half_of_all_writes_are_late_all_is_done_once(world: World, office: Office) -> None:
    plan = FaultPlan(7, {FaultKind.LATE: 0.5}, only_writes=True, most=8, late_seconds=40.0)
    for service in office.services.values():
        service.disturb(plan)
    refs = world.submit(*map(with_website, range(3)), nurture(3))
    world.run()
    assert sum(len(service.suffered) for service in office.services.values()) > len(refs) * 3
    assert statuses(world, refs) == {"done"}
    for service in office.services.values():
        service.disturb(None)
        service.land()
    assert check_office(office, expected(world, *refs)) == []
