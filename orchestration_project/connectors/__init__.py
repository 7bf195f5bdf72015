"""The outside world: one folder a kind of system, one module a service. No dagster, ledger or rules here.

To add a connector: one module with a class that has the kind's interface and `open`, and one line in
the `TABLE` of its kind's `__init__.py`.
"""

from orchestration_project.connectors import (
    ai,
    calendar,
    chat,
    company,
    crm,
    folder,
    form_source,
    mail,
    sequence,
    website,
)
from orchestration_project.model.records import DataKind

TABLES: dict[str, dict[str, str]] = {
    "form_source": form_source.TABLE,
    "crm": crm.TABLE,
    "company": company.TABLE,
    "website": website.TABLE,
    "ai": ai.TABLE,
    "mail": mail.TABLE,
    "chat": chat.TABLE,
    "calendar": calendar.TABLE,
    "folder": folder.TABLE,
    "sequence": sequence.TABLE,
}
"""Kind of system, then connector name as connections.yaml has it, then `module:Class`."""

SAYS: dict[str, dict[str, frozenset[DataKind]]] = {
    "crm": crm.SAYS,
    "calendar": calendar.SAYS,
    "mail": mail.SAYS,
    "sequence": sequence.SAYS,
}
"""By kind of system and connector: of which kinds of data it can be the record."""
