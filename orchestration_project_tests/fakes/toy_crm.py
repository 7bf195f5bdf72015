"""A CRM in one JSON file, the smallest connector there can be: what somebody writes who adds a service.

It knows only the CRM's interface and what every connector is given; `test_a_new_connector.py` connects it.
After a crash: everything is found again by its key in the file.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from orchestration_project.connectors.base import ConnectorContext, Health
from orchestration_project.connectors.crm.interface import ContactPage, Entry, LoggedActivity, NewTask
from orchestration_project.model import Contact, Erased, Written
from orchestration_project.playbook.model import Connection


class ToyCrm:
    embedded = False
    every_seconds = 60.0

    def __init__(self, file: Path) -> None:
        self._file = file

    @classmethod
    def open(cls, connection: Connection, context: ConnectorContext) -> Self:
        return cls(context.home / str(connection.options["file"]))

    async def check(self) -> Health:
        return Health(ok=True, says="is a toy.")

    async def find_contact(self, email: str) -> Contact | None:
        return await self.get_contact(email.casefold())

    async def get_contact(self, contact_id: str) -> Contact | None:
        found = self._read("contacts").get(contact_id)
        return Contact.model_validate(found) if found else None

    async def create_contact(
        self, fields: Mapping[str, str], properties: Mapping[str, str], domain: str | None = None
    ) -> Contact:
        name = fields["email"].casefold()
        return await self.find_contact(name) or self._keep(
            Contact(id=name, **fields, properties=dict(properties))
        )

    async def update_contact(
        self,
        contact_id: str,
        fields: Mapping[str, str],
        properties: Mapping[str, str],
        domain: str | None = None,
    ) -> Contact:
        there = Contact.model_validate(self._read("contacts")[contact_id])
        return self._keep(
            there.model_copy(update={**fields, "properties": {**there.properties, **properties}})
        )

    async def find_note(self, contact_id: str, key: str) -> Written | None:
        return self._find("notes", contact_id, key)

    async def add_note(self, contact_id: str, key: str, text: str) -> Written:
        return self._add("notes", contact_id, key, text)

    async def find_task(self, contact_id: str, key: str) -> Written | None:
        return self._find("tasks", contact_id, key)

    async def add_task(self, contact_id: str, task: NewTask) -> Written:
        return self._add("tasks", contact_id, task.key, task.title)

    async def find_activity(self, contact_id: str, key: str) -> Written | None:
        return self._find("activities", contact_id, key)

    async def log_activity(self, contact_id: str, activity: LoggedActivity) -> Written:
        return self._add("activities", contact_id, activity.key, activity.title)

    async def erase_entry(self, kind: Entry, contact_id: str, key: str) -> Erased:
        return self._erase(
            {"note": "notes", "task": "tasks", "activity": "activities"}[kind], f"{contact_id} {key}"
        )

    async def erase_contact(self, contact_id: str) -> Erased:
        return self._erase("contacts", contact_id)

    async def contacts_entered_since(self, cursor: str | None) -> ContactPage:
        return ContactPage(contacts=(), cursor=cursor)

    def _keep(self, contact: Contact) -> Contact:
        self._write("contacts", contact.id, contact.model_dump(mode="json"))
        return contact

    def _find(self, kind: str, contact_id: str, key: str) -> Written | None:
        name = f"{contact_id} {key}"
        return Written(external_id=name) if name in self._read(kind) else None

    def _add(self, kind: str, contact_id: str, key: str, text: str) -> Written:
        self._write(kind, f"{contact_id} {key}", text)
        return Written(external_id=f"{contact_id} {key}")

    def _erase(self, kind: str, name: str) -> Erased:
        everything = self._all()
        erased = everything.get(kind, {}).pop(name, None)
        self._file.write_text(json.dumps(everything), encoding="utf-8")
        return Erased(answer="erased" if erased else "not_there")

    def _all(self) -> dict[str, dict[str, Any]]:
        return json.loads(self._file.read_text(encoding="utf-8")) if self._file.exists() else {}

    def _read(self, kind: str) -> dict[str, Any]:
        return self._all().get(kind, {})

    def _write(self, kind: str, name: str, value: object) -> None:
        everything = self._all()
        everything.setdefault(kind, {})[name] = value
        self._file.write_text(json.dumps(everything), encoding="utf-8")
