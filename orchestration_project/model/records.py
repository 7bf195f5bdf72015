"""Of records of truth: the kinds of data, what a system says of a thing of ours, where two differ.

Which system is right is the playbook's say (`playbook/records.py`); how two values compare is
`data/records.py`.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, Field

from orchestration_project.model.common import Frozen, Ref

DataKind = Literal[
    "person",
    "phone",
    "company",
    "consent",
    "owner",
    "deal_stage",
    "task",
    "meeting",
    "conversation",
]
DATA_KINDS: tuple[DataKind, ...] = (
    "person",  # name and address
    "phone",
    "company",
    "consent",  # to marketing mail
    "owner",  # whose task it is
    "deal_stage",
    "task",
    "meeting",
    "conversation",
)

System = Literal["form", "crm", "sequence", "calendar", "mail", "folder", "person"]
"""Who says something: a kind of connector, the form as it was sent, or a person of ours."""

Item = Literal["name", "email", "phone", "company", "consent", "meeting", "title", "draft"]
"""What is said, one by one. A meeting is when it is, as ISO 8601; a title what a hold or a folder is called.
Of a draft a fingerprint is kept, and not its words."""

KIND_OF: Mapping[Item, DataKind] = {
    "name": "person",
    "email": "person",
    "phone": "phone",
    "company": "company",
    "consent": "consent",
    "meeting": "meeting",
}
"""Titles and drafts are no data of their own: they are made of the others."""

_BETWEEN = "\t"


def whole_name(first: str | None, last: str | None) -> str:
    """A name that a system keeps in two parts, which it stays in; one part alone is the whole name."""
    return _BETWEEN.join(
        part for part in (" ".join((first or "").split()), " ".join((last or "").split())) if part
    )


def name_parts(said: str) -> tuple[str, str]:
    """First and last name; both empty where they were not told apart."""
    first, between, last = said.partition(_BETWEEN)
    return (first, last) if between else ("", "")


def in_words(said: str) -> str:
    """A value as people read it."""
    return " ".join(said.split())


NO, YES = "no", "yes"
"""What is said of a consent; empty: neither."""


class Told(Frozen):
    """What a system says now of a thing that we made there, or wrote to."""

    outside_id: str  # as our receipt has it
    values: dict[Item, str] = Field(default_factory=dict)  # empty text: blank there; left out: it cannot say
    gone: bool = False
    now_id: str | None = None  # under which it is there now: it was merged into that one
    changed_at: AwareDatetime | None = None  # the thing, not each value


class ToldPage(Frozen):
    """Things that were changed, the oldest change first, and where to go on from."""

    told: tuple[Told, ...]
    cursor: str


class Held(Frozen):
    """One value in one system, of one lead: what we wrote there last, and what stands there."""

    ref: Ref
    system: System
    item: Item
    written: str | None = None  # None: we never wrote it, so it is not ours to change
    writing: str | None = None  # what ought to stand there by the record; about to be written, or held back
    says: str | None = None  # None: not looked at yet
    since: AwareDatetime | None = None  # when it was changed to that, as far as the system or we know
    changes: int = 0  # how often it was found changed

    pending: Literal["learn", "carry"] | None = None  # the lead does not know of it yet; or its copies do not


class Change(Frozen):
    """What a system says otherwise than before."""

    ref: Ref
    system: System
    item: Item
    before: str | None
    after: str
    since: AwareDatetime


class Withdrawn(Frozen):
    """That a person wants no marketing mail any more."""

    system: System
    since: AwareDatetime


class Difference(Frozen):
    """Two systems that say two things, of which one is right and the other a person's edit."""

    ref: Ref
    item: Item
    record: System
    right: str
    right_since: datetime | None
    copy_in: System
    other: str
    other_since: datetime | None
