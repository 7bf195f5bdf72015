"""A CRM in memory that keeps what it is given and records every call that writes."""

from collections.abc import Mapping
from typing import Self

from orchestration_project.connectors.base import ConnectorContext, Health
from orchestration_project.connectors.crm.interface import (
    ContactPage,
    DealPage,
    Entry,
    LoggedActivity,
    NewTask,
)
from orchestration_project.errors import PermanentServiceError
from orchestration_project.model import Contact, Erased, Written
from orchestration_project.playbook.model import Connection


class FakeCrm:
    embedded = True
    every_seconds = 0.0

    def __init__(self, *contacts: Contact) -> None:
        self.contacts = {contact.id: contact for contact in contacts}
        self.notes: dict[tuple[str, str], str] = {}
        self.tasks: dict[tuple[str, str], NewTask] = {}
        self.activities: dict[tuple[str, str], LoggedActivity] = {}
        self.writes: list[str] = []

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        return cls()

    async def check(self) -> Health:
        return Health(ok=True, says="in memory")

    async def deals_changed_since(self, cursor: str | None) -> DealPage:
        return DealPage(deals=(), cursor=cursor or "")

    async def find_contact(self, email: str) -> Contact | None:
        for contact in self.contacts.values():
            if contact.email and contact.email.casefold() == email.casefold():
                return contact
        return None

    async def get_contact(self, contact_id: str) -> Contact | None:
        return self.contacts.get(contact_id)

    async def create_contact(
        self, fields: Mapping[str, str], properties: Mapping[str, str], domain: str | None = None
    ) -> Contact:
        self.writes.append("create_contact")
        if there := await self.find_contact(fields.get("email", "")):
            return there
        contact = Contact(id=str(len(self.contacts) + 1), **fields, properties=dict(properties))
        self.contacts[contact.id] = contact
        return contact

    async def update_contact(
        self,
        contact_id: str,
        fields: Mapping[str, str],
        properties: Mapping[str, str],
        domain: str | None = None,
    ) -> Contact:
        self.writes.append("update_contact")
        before = self.contacts[contact_id]
        after = before.model_copy(
            update={**fields, "properties": {**before.properties, **properties}},
        )
        self.contacts[contact_id] = after
        return after

    async def find_note(self, contact_id: str, key: str) -> Written | None:
        return Written(external_id=f"note {key}") if (contact_id, key) in self.notes else None

    async def add_note(self, contact_id: str, key: str, text: str) -> Written:
        self.writes.append("add_note")
        self.notes[contact_id, key] = text
        return Written(external_id=f"note {key}")

    async def find_task(self, contact_id: str, key: str) -> Written | None:
        return Written(external_id=f"task {key}") if (contact_id, key) in self.tasks else None

    async def add_task(self, contact_id: str, task: NewTask) -> Written:
        self.writes.append("add_task")
        self.tasks[contact_id, task.key] = task
        return Written(external_id=f"task {task.key}")

    async def find_activity(self, contact_id: str, key: str) -> Written | None:
        return Written(external_id=f"activity {key}") if (contact_id, key) in self.activities else None

    async def log_activity(self, contact_id: str, activity: LoggedActivity) -> Written:
        if contact_id not in self.contacts:
            raise PermanentServiceError("CRM", f"contact {contact_id} is not there.", "Was it deleted?")
        self.writes.append("log_activity")
        self.activities[contact_id, activity.key] = activity
        return Written(external_id=f"activity {activity.key}")

    async def erase_entry(self, kind: Entry, contact_id: str, key: str) -> Erased:
        entries = {"note": self.notes, "task": self.tasks, "activity": self.activities}[kind]
        return Erased(answer="erased" if entries.pop((contact_id, key), None) else "not_there")

    async def erase_contact(self, contact_id: str) -> Erased:
        return Erased(answer="erased" if self.contacts.pop(contact_id, None) else "not_there")

    async def contacts_entered_since(self, cursor: str | None) -> ContactPage:
        return ContactPage(contacts=(), cursor=cursor)
