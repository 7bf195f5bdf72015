"""Opens the connectors that connections.yaml names, each when it is first used: one that lacks its
credential stops those who need it, and nobody else.

Opening does no I/O; a connector connects when it is first asked. What each kind can do is in its interface.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from threading import Lock
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
from orchestration_project.errors import LeadsError
from orchestration_project.playbook.model import Connection, Connections

FORM_SOURCE = "form_source"
KINDS = tuple(kind for kind in TABLES if kind != FORM_SOURCE)
"""The kinds that have one line in connections.yaml; of form sources there can be many."""


@dataclass(frozen=True)
class Line:
    """A line of connections.yaml: the kind of connector, and what the line is called there."""

    kind: str
    name: str
    connection: Connection

    @property
    def connector_class(self) -> type[Connector]:
        """Raises LeadsError for a connector that the kind does not have."""
        return connector_class(self.kind, self.connection.connector, TABLES[self.kind])


def lines_of(connections: Connections) -> tuple[Line, ...]:
    """Every line: the form sources first, then one of each kind, in the order of `KINDS`."""
    sources = (Line(FORM_SOURCE, *source) for source in connections.form_sources.items())
    kinds = (Line(kind, kind, getattr(connections, kind)) for kind in KINDS)
    return (*sources, *kinds)


def open_line(line: Line, context: ConnectorContext) -> Connector:
    """A new connector for that line. Raises SettingError where it lacks a setting or a secret, LeadsError
    for an unknown connector or a wrong option."""
    return line.connector_class.open(line.connection, context)


_CREDENTIAL = re.compile(r"(TOKEN|KEY|SECRET|PASSWORD|SERVICE_ACCOUNT_FILE)$|^FORMS_(?!.*_HOST$)")


def credentials_of(line: Line, context: ConnectorContext) -> tuple[str, ...]:
    """The variables that are set and that this line's connector signs in with, by their names."""
    noted = _Noted(context.environment)
    with suppress(LeadsError):
        open_line(line, replace(context, environment=noted))
    return tuple(name for name in noted.asked if _CREDENTIAL.search(name))


class _Noted(Mapping[str, str]):
    """An environment that remembers which of its variables were asked for."""

    def __init__(self, given: Mapping[str, str]) -> None:
        self._given = given
        self.asked: dict[str, None] = {}

    def __getitem__(self, name: str) -> str:
        value = self._given[name]
        if value.strip():
            self.asked[name] = None
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self._given)

    def __len__(self) -> int:
        return len(self._given)


class _OpenedLines:
    """The connectors that have been used so far. Ops of one process share them from several threads."""

    def __init__(self, connections: Connections, context: ConnectorContext) -> None:
        self._lines = {(line.kind, line.name): line for line in lines_of(connections)}
        self._given = context
        self._opened: dict[tuple[str, str], Connector] = {}
        self._guard = Lock()

    def line(self, kind: str, name: str) -> Line:
        return self._lines[kind, name]

    def connector(self, kind: str, name: str) -> Connector:
        # one at a time: a connector keeps tokens and sessions, so there must not be two
        with self._guard:
            if (kind, name) not in self._opened:
                self._opened[kind, name] = open_line(self._lines[kind, name], self._given)
            return self._opened[kind, name]


@dataclass(frozen=True)
class FormSources(Mapping[str, FormSource]):
    """The form sources by their names in connections.yaml. `[name]` opens that one alone; going through
    `items()` or `values()` opens all."""

    names: tuple[str, ...]
    _lines: _OpenedLines = field(repr=False)

    def __getitem__(self, name: str) -> FormSource:
        """Raises KeyError for a name there is not, and what `open_line` raises."""
        return cast("FormSource", self._lines.connector(FORM_SOURCE, name))

    def __iter__(self) -> Iterator[str]:
        return iter(self.names)

    def __len__(self) -> int:
        return len(self.names)

    def embedded(self, name: str) -> bool:
        """Whether that source needs no account. Opens nothing."""
        return self._lines.line(FORM_SOURCE, name).connector_class.embedded


@dataclass(frozen=True)
class Connected:
    """One connector a kind, and the form sources by name. Each is opened by its first use, once, and stays
    open; the first use of one that lacks its settings raises what `open_line` raises, each time."""

    form_sources: FormSources
    _lines: _OpenedLines = field(repr=False)

    def of_kind(self, kind: str) -> Connector:
        """The connector of one of `KINDS`, opened."""
        return self._lines.connector(kind, kind)

    def embedded(self, kind: str) -> bool:
        """Whether the connector of that kind needs no account. Opens nothing, so no credential is missed."""
        return self._lines.line(kind, kind).connector_class.embedded

    @property
    def crm(self) -> Crm:
        return cast("Crm", self.of_kind("crm"))

    @property
    def company(self) -> CompanyDirectory:
        return cast("CompanyDirectory", self.of_kind("company"))

    @property
    def website(self) -> Website:
        return cast("Website", self.of_kind("website"))

    @property
    def ai(self) -> LanguageModel:
        return cast("LanguageModel", self.of_kind("ai"))

    @property
    def mail(self) -> MailDrafts:
        return cast("MailDrafts", self.of_kind("mail"))

    @property
    def chat(self) -> Chat:
        return cast("Chat", self.of_kind("chat"))

    @property
    def calendar(self) -> Calendar:
        return cast("Calendar", self.of_kind("calendar"))

    @property
    def folder(self) -> Folders:
        return cast("Folders", self.of_kind("folder"))

    @property
    def sequence(self) -> Sequence:
        return cast("Sequence", self.of_kind("sequence"))


def open_connections(connections: Connections, context: ConnectorContext) -> Connected:
    """The connectors of an installation. Nothing is opened yet, so nothing is missed yet."""
    lines = _OpenedLines(connections, context)
    return Connected(FormSources(tuple(connections.form_sources), lines), lines)
