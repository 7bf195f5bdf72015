"""Opens the connectors that connections.yaml names. No I/O: a connector connects when it is first used."""

from dataclasses import dataclass, fields
from typing import cast

from orchestration_project.connectors import TABLES
from orchestration_project.connectors.ai.interface import LanguageModel
from orchestration_project.connectors.base import Connector, ConnectorContext, connector_class
from orchestration_project.connectors.calendar.interface import Calendar
from orchestration_project.connectors.chat.interface import Chat
from orchestration_project.connectors.company.interface import CompanyDirectory
from orchestration_project.connectors.crm.interface import Crm
from orchestration_project.connectors.folder.interface import Folders
from orchestration_project.connectors.form_source.interface import FormSource
from orchestration_project.connectors.mail.interface import MailDrafts
from orchestration_project.connectors.sequence.interface import Sequence
from orchestration_project.connectors.website.interface import Website
from orchestration_project.playbook.model import Connection, Connections


@dataclass(frozen=True)
class Connected:
    """One opened connector a kind, and every form source by its name in connections.yaml."""

    form_sources: dict[str, FormSource]
    crm: Crm
    company: CompanyDirectory
    website: Website
    ai: LanguageModel
    mail: MailDrafts
    chat: Chat
    calendar: Calendar
    folder: Folders
    sequence: Sequence

    def of_kind(self, kind: str) -> Connector:
        return getattr(self, kind)


KINDS = tuple(field.name for field in fields(Connected) if field.name != "form_sources")


@dataclass(frozen=True)
class Line:
    """A line of connections.yaml: the kind of connector, and what the line is called there."""

    kind: str
    name: str
    connection: Connection


def lines_of(connections: Connections) -> tuple[Line, ...]:
    sources = (Line("form_source", *source) for source in connections.form_sources.items())
    kinds = (Line(kind, kind, getattr(connections, kind)) for kind in KINDS)
    return (*sources, *kinds)


def open_connections(connections: Connections, given: ConnectorContext) -> Connected:
    """Raises LeadsError for an unknown connector, or one that lacks its settings."""
    return Connected(
        form_sources={
            name: cast("FormSource", open_one("form_source", connection, given))
            for name, connection in connections.form_sources.items()
        },
        **{kind: open_one(kind, getattr(connections, kind), given) for kind in KINDS},  # type: ignore[arg-type]
    )


def open_one(kind: str, connection: Connection, given: ConnectorContext) -> Connector:
    return connector_class(kind, connection.connector, TABLES[kind]).open(connection, given)
