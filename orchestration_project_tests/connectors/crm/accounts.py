"""HubSpot and Pipedrive, each over an account in memory, for what is asked of both.

What is asked is in `test_deals.py` and `test_both.py`.
"""

from dataclasses import dataclass
from typing import Any, Literal

import httpx

from orchestration_project.connectors.crm.hubspot import HubSpotCrm
from orchestration_project.connectors.crm.pipedrive import PipedriveCrm
from orchestration_project.fake_services import hubspot, pipedrive
from orchestration_project.fake_services.base import Fault
from orchestration_project.fake_services.hubspot import FakeHubSpot
from orchestration_project.fake_services.pipedrive import FakePipedrive
from orchestration_project.playbook.model import Connection
from orchestration_project_tests.connectors.services import given as connector_context
from orchestration_project_tests.hand_clock import HandClock

CLOSED = "2026-11-20T10:00:00Z"
_WRITES = {
    "contact": ("POST /crm/objects/2026-09/contacts", "POST /api/v2/persons"),
    "note": ("POST /crm/objects/2026-09/notes", "POST /api/v1/notes"),
}
"""The request of HubSpot, and of Pipedrive."""


@dataclass
class Account:
    """A CRM with its account, in which people do what the methods say."""

    crm: HubSpotCrm | PipedriveCrm
    service: FakeHubSpot | FakePipedrive

    def enter(self, contact: str | None = None) -> str:
        if isinstance(self.service, FakeHubSpot):
            return self.service.enter_deal(*([contact] if contact else []), dealname="Jane Doe")
        return str(self.service.enter_deal(int(contact) if contact else None, title="Jane Doe"))

    def contact(self) -> str:
        if isinstance(self.service, FakeHubSpot):
            return self.service.enter_contact(email="jane@acme.example")
        return str(self.service.enter_person("Jane", "jane@acme.example"))

    def close(self, deal: str, *, won: bool, value: str = "1200.50") -> None:
        if isinstance(self.service, FakeHubSpot):
            money = {"amount": value, "deal_currency_code": "GBP", "closedate": CLOSED}
            told = "true" if won else "false"
            self.service.change_deal(deal, hs_is_closed="true", hs_is_closed_won=told, **money)
            return
        money: dict[str, Any] = {"value": float(value), "currency": "GBP"}
        at = {"won_time" if won else "lost_time": CLOSED}
        self.service.change_deal(int(deal), status="won" if won else "lost", **money, **at)

    def open_again(self, deal: str) -> None:
        if isinstance(self.service, FakeHubSpot):
            self.service.change_deal(deal, hs_is_closed="false", hs_is_closed_won="false")
        else:
            self.service.change_deal(int(deal), status="open")

    def contacts(self) -> int:
        return len(self.service.all("contacts" if isinstance(self.service, FakeHubSpot) else "persons"))

    def fail_next(self, *faults: Fault, writing: Literal["contact", "note"]) -> None:
        """What the service answers to the next that is written of this kind."""
        hubspot, pipedrive = _WRITES[writing]
        self.service.next_answer(*faults, to=hubspot if isinstance(self.service, FakeHubSpot) else pipedrive)

    def enter_note(self, contact: str, text: str) -> None:
        if isinstance(self.service, FakeHubSpot):
            note = self.service._make("notes", {"hs_note_body": text})
            self.service.things["contacts"][contact].linked.add(("notes", note.id))
        else:
            self.service._make("notes", {"person_id": int(contact), "content": text})


def opened(
    http: httpx.AsyncClient,
    service: FakeHubSpot | FakePipedrive,
    clock: HandClock,
    token: str | None = None,
    **options: Any,
) -> Account:
    name, module, kind = (
        ("hubspot", hubspot, HubSpotCrm)
        if isinstance(service, FakeHubSpot)
        else ("pipedrive", pipedrive, PipedriveCrm)
    )
    environment = {
        f"{name.upper()}_TOKEN": module.TOKEN if token is None else token,
        f"{name.upper()}_BASE_URL": service.base_url,
    }
    line = Connection(connector=name, options=options)
    return Account(kind.open(line, connector_context(http, environment, clock=clock)), service)
