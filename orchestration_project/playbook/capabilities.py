"""What a playbook may name: what the code offers, and what the playbook's own files define.

Which of these a certain line may name is said in `shapes.py` and `connections.py`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import ValidationInfo

from orchestration_project.model.records import DataKind


@dataclass(frozen=True)
class Capabilities:
    """What the code offers to a playbook."""

    actions: frozenset[str]
    connectors: Mapping[str, frozenset[str]]  # by kind: "crm", "form_source" …
    follow_ups: frozenset[str] = frozenset()  # what no track lists and can be held back all the same
    senders: frozenset[str] = frozenset()  # by which people are told what is broken
    reserved: frozenset[str] = frozenset()  # names the graph needs for itself
    after: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])  # see `order.py`
    says: Mapping[str, Mapping[str, frozenset[DataKind]]] = field(
        default_factory=dict[str, Mapping[str, frozenset[DataKind]]]
    )  # by kind of system and connector: of what it can be the record


@dataclass(frozen=True)
class Names:
    """What the lines of this playbook may name."""

    capabilities: Capabilities
    services: frozenset[str] = frozenset()
    categories: frozenset[str] = frozenset()
    tracks: frozenset[str] = frozenset()
    drafts: frozenset[str] = frozenset()  # file names
    sources: frozenset[str] = frozenset()  # of leads


def names_of(info: ValidationInfo) -> Names:
    """The Names that a shape is validated with."""
    names = info.context
    if not isinstance(names, Names):
        raise TypeError("the playbook's shapes are validated with Names as their context")
    return names
