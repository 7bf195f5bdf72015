"""A HubSpot account in memory: contacts, companies, what hangs on them, properties, owners, forms.

What people do in it is here; what its API answers is in `hubspot.py`.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

from orchestration_project.fake_services.base import FakeService
from orchestration_project.fake_services.hubspot_shapes import Thing

OWNER = "hannah@larkfield.example"


class HubSpotAccount(FakeService):
    """What there is, and what people make of it."""

    def __init__(self, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        super().__init__()
        self.clock = clock
        self.things: dict[str, dict[str, Thing]] = {}
        self.custom: dict[str, dict[str, dict[str, Any]]] = {"contacts": {}, "companies": {}}
        self.owners = {OWNER: "7001"}
        self.submissions: dict[str, list[dict[str, Any]]] = {}
        self.required: dict[str, set[str]] = {}
        """Properties that the account wants of each new record, by the kind of record."""
        self.search_lags = False
        """While set, search does not see what is made."""
        self.deleted: dict[str, Thing] = {}
        self._ids = count(101)

    def enter_contact(self, source: str = "CRM_UI", **properties: str) -> str:
        return self._make("contacts", {**properties, "hs_object_source": source}).id

    def merge(self, kept: str, merged: str) -> None:
        """Of two contacts; what hung on the second hangs on the first."""
        first, second = self.things["contacts"][kept], self.things["contacts"].pop(merged)
        first.emails |= {second.properties.get("email", ""), *second.emails} - {""}
        first.merged |= {merged, *second.merged}
        first.properties |= {
            "hs_merged_object_ids": ";".join(sorted(first.merged)),
            "lastmodifieddate": self._stamp(),
        }
        first.linked |= second.linked
        for kind, name in second.linked:
            other = self.things[kind][name]
            other.linked = {
                ("contacts", kept) if link == ("contacts", merged) else link for link in other.linked
            }

    def delete(self, contact: str) -> None:
        """It can be restored: its address stays taken."""
        self.deleted[contact] = self.things["contacts"].pop(contact)

    def change_contact(self, contact: str, **properties: str) -> None:
        """A person edits it."""
        self.things["contacts"][contact].properties.update({**properties, "lastmodifieddate": self._stamp()})

    def enter_deal(self, *contacts: str, **properties: str) -> str:
        """As a person makes one, with these contacts."""
        deal = self._make("deals", {"hs_is_closed": "false", "hs_is_closed_won": "false", **properties})
        for contact in contacts:
            deal.linked.add(("contacts", contact))
        self.change_deal(deal.id)
        return deal.id

    def change_deal(self, deal: str, **properties: str) -> None:
        self.things["deals"][deal].properties.update({**properties, "hs_lastmodifieddate": self._stamp()})

    def create_form(self, guid: str) -> None:
        self.submissions.setdefault(guid, [])

    def submit(self, guid: str, at: datetime, **values: str) -> str:
        conversion = f"00000000-0000-4000-8000-{next(self._ids):012d}"
        self.submissions.setdefault(guid, []).append(
            {
                "conversionId": conversion,
                "submittedAt": int(at.timestamp() * 1000),
                "values": [{"name": name, "value": value} for name, value in values.items()],
                "pageUrl": "https://larkfield.example/contact?utm_source=google",
            }
        )
        return conversion

    def all(self, kind: str) -> list[Thing]:
        return list(self.things.get(kind, {}).values())

    def _make(self, kind: str, properties: dict[str, str]) -> Thing:
        now = self.clock()
        values = {**properties, "createdate": self._stamp(), "lastmodifieddate": self._stamp()}
        if "email" in values:
            values["email"] = values["email"].lower()  # as HubSpot does
        thing = Thing(str(next(self._ids)), values, now, indexed=not self.search_lags)
        self.things.setdefault(kind, {})[thing.id] = thing
        return thing

    def _stamp(self) -> str:
        return self.clock().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def _holder_of(self, email: str) -> Thing | None:
        deleted = (thing for thing in self.deleted.values() if thing.properties.get("email") == email.lower())
        return self._by("contacts", "email", email) or next(deleted, None)

    def _by(self, kind: str, name: str, value: str) -> Thing | None:
        wanted = value.lower()
        for thing in self.all(kind):
            values = {thing.properties.get(name, "").lower(), *(thing.emails if name == "email" else ())}
            if wanted and wanted in values:
                return thing
        return None
