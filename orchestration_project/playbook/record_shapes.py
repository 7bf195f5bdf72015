"""The shape of `records:` in playbook.yaml, and what is wrong with a line of it.

What it becomes is `records.py`.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated

from pydantic import BeforeValidator

from orchestration_project.model import Frozen
from orchestration_project.model.records import DATA_KINDS, DataKind, System
from orchestration_project.playbook.capabilities import Capabilities
from orchestration_project.playbook.mistakes import Mistake, refuse, shown, suggest
from orchestration_project.playbook.model import Connection
from orchestration_project.playbook.records import Records
from orchestration_project.playbook.yaml_file import YamlFile

FORM = "form"
SYSTEMS: tuple[System, ...] = ("form", "crm", "sequence", "calendar", "mail")
_WORDS: Mapping[DataKind, str] = {
    "person": "a person's name and address",
    "phone": "a phone number",
    "company": "a company",
    "consent": "consent",
    "owner": "an owner",
    "deal_stage": "a deal's stage",
    "task": "a task",
    "meeting": "a meeting",
    "conversation": "a conversation",
}


def _named(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise refuse(f"`{shown(value)}` is no system.", f"Write one of: {', '.join(SYSTEMS)}.")
    return value.strip()


Name = Annotated[str, BeforeValidator(_named)]
"""Of a kind of system (`crm`), or of the service that serves it (`hubspot`)."""


class RecordsShape(Frozen):
    """`Records`, in the words of the owner: each line names a kind of system, or the service itself."""

    person: Name = Records().person
    phone: Name = Records().phone
    company: Name = Records().company
    consent: Name = Records().consent
    owner: Name = Records().owner
    deal_stage: Name = Records().deal_stage
    task: Name = Records().task
    meeting: Name = Records().meeting
    conversation: Name = Records().conversation

    def stated(self) -> dict[DataKind, str]:
        """What the owner wrote, without what is taken for granted."""
        return {kind: getattr(self, kind) for kind in DATA_KINDS if kind in self.model_fields_set}

    def as_records(self, connections: Mapping[str, Connection]) -> dict[DataKind, str]:
        """With the kind of system in the place of a service's name. `connections` by kind."""
        return {kind: system_of(getattr(self, kind), connections) or "crm" for kind in DATA_KINDS}


def system_of(name: str, connections: Mapping[str, Connection]) -> System | None:
    """The kind of system that is meant; None: nothing of that name is connected."""
    for system in SYSTEMS:
        line = connections.get(system)
        if name == system or (line is not None and line.connector == name):
            return system
    return None


def record_mistakes(
    yaml: YamlFile, records: RecordsShape, connections: Mapping[str, Connection], capabilities: Capabilities
) -> Iterator[Mistake]:
    """Of what the owner wrote: a system that is not there, or one that does not say such a thing."""
    for kind, name in records.stated().items():
        line, system = yaml.line(("records", kind)), system_of(name, connections)
        if system is None:
            yield Mistake(yaml.file, line, *_not_connected(kind, name, connections, capabilities))
        elif kind not in _said_by(system, connections, capabilities):
            who = name if system == FORM else f"{connections[system].connector} ({system})"
            tell = [other for other in SYSTEMS if kind in _said_by(other, connections, capabilities)]
            yield Mistake(
                yaml.file,
                line,
                f"`records.{kind}`: {who} does not tell of {_WORDS[kind]}.",
                f"Use one of: {', '.join(tell)}." if tell else "Delete the line.",
            )


def _not_connected(
    kind: DataKind, name: str, connections: Mapping[str, Connection], capabilities: Capabilities
) -> tuple[str, str]:
    for system, known in capabilities.connectors.items():
        if name in known and system in connections:
            there = connections[system].connector
            return (
                f"`records.{kind}`: {name} is not connected; connections.yaml has {there} as `{system}`.",
                f"Write `{kind}: {system}`, or connect {name} in connections.yaml.",
            )
    names = {*SYSTEMS, *(line.connector for kind, line in connections.items() if kind in SYSTEMS)}
    return f"`records.{kind}`: there is no system `{shown(name)}`.", suggest(name, names)


def _said_by(
    system: System, connections: Mapping[str, Connection], capabilities: Capabilities
) -> frozenset[DataKind]:
    if system == FORM:
        return frozenset({"person", "phone", "company", "consent"})
    return capabilities.says.get(system, {}).get(connections[system].connector, frozenset())
