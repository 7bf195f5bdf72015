"""What an action is. One module an action; how it is done exactly once is `once.py`."""

from datetime import datetime
from typing import Protocol, runtime_checkable

from pydantic import Field

from orchestration_project.connectors.base import EntryKind
from orchestration_project.connectors.calendar.interface import Calendar
from orchestration_project.connectors.chat.interface import Chat
from orchestration_project.connectors.crm.interface import Crm
from orchestration_project.connectors.folder.interface import Folders
from orchestration_project.connectors.mail.interface import MailDrafts
from orchestration_project.connectors.sequence.interface import Sequence
from orchestration_project.model import (
    Clock,
    Context,
    Decision,
    Erased,
    Frozen,
    NotDone,
    Receipt,
    Ref,
    Written,
)
from orchestration_project.model.records import Withdrawn
from orchestration_project.playbook.model import Autonomy, Playbook
from orchestration_project.playbook.tracks import Track


class Tools(Protocol):
    """The connectors an action may write to. One that lacks its settings raises SettingError when it is
    reached for, so an action reaches for its own only."""

    @property
    def crm(self) -> Crm: ...
    @property
    def mail(self) -> MailDrafts: ...
    @property
    def chat(self) -> Chat: ...
    @property
    def calendar(self) -> Calendar: ...
    @property
    def folder(self) -> Folders: ...
    @property
    def sequence(self) -> Sequence: ...


class Brief(Frozen):
    """All that an action knows of a lead: pure data, so that what it writes can be tested without it."""

    context: Context
    decision: Decision
    playbook: Playbook
    receipts: dict[str, Receipt]  # of the actions before this one, by name
    call_took_place: bool | None = None  # as a person has said; None: nobody has
    in_hand: dict[str, Ref] = Field(default_factory=dict)  # by action: a lead of the same person that has it
    moved_up: bool = False  # from what the same person's messages before have led to
    withdrawn: Withdrawn | None = None  # that the person has taken back the consent, wherever they said so
    run_url: str | None = None  # where a person looks at the run; None: nowhere is known

    @property
    def ref(self) -> Ref:
        return self.context.lead.ref

    @property
    def track(self) -> Track:
        """The track of the decision. Raises PlaybookError if the playbook does not have it any more."""
        return self.playbook.track(self.decision.track)

    @property
    def consents(self) -> bool:
        """To marketing mail, as far as is known now."""
        return self.context.lead.consent and self.withdrawn is None

    @property
    def unanswered(self) -> str:
        """The title of the decision's category, where whoever is of it gets no answer; else nothing."""
        score = self.decision.scoring.score
        found = (each for each in self.playbook.categories if score and each.name == score.category)
        return next((each.title for each in found if not each.answer), "")

    def outside_id(self, action: str) -> str | None:
        """Where an earlier action of this lead left something; None if it is only planned."""
        receipt = self.receipts.get(action)
        return receipt.external_id if receipt else None


class Action(Protocol):
    """One write to one outside system."""

    name: str
    kind: str  # of connector: "crm", "mail" …
    needs: Autonomy  # the least autonomy with which it may act
    requires: tuple[str, ...]  # actions it builds on: while one is only planned, so is this one

    def lock_keys(self, brief: Brief) -> tuple[str, ...]:
        """Two leads that share a key never act at the same time (same person, same calendar), nor while the
        end of what the other one has begun is not known."""
        ...

    def skip(self, brief: Brief) -> str | None:
        """Why this lead does not get the action, in words for the receipt; None: it does."""
        ...

    async def find(self, brief: Brief, tools: Tools) -> Written | None:
        """What an earlier, interrupted try of this very action left outside; None if nothing."""
        ...

    async def act(self, brief: Brief, tools: Tools, clock: Clock) -> Written | NotDone:
        """Does it, or says why not, where only a look outside could tell. Raises ServiceError."""
        ...


class Entry(Frozen):
    """Under what a service keeps what an action left there; see `FindsTwins`."""

    kind: EntryKind
    key: str
    inside: str | None = None


@runtime_checkable
class Previews(Protocol):
    """An action that can say beforehand, and without a look outside, what it would write."""

    def preview(self, brief: Brief, now: datetime) -> str:
        """All of it, in words for a person. Raises LeadsError where it could not be written either."""
        ...


@runtime_checkable
class MayHaveTwins(Protocol):
    """An action whose service takes no key that would keep a second one away."""

    def entry(self, brief: Brief) -> Entry:
        """By what all that it has left for the lead is found."""
        ...


@runtime_checkable
class Erases(Protocol):
    """An action that can take back what it has left outside, for a person who wishes to be forgotten."""

    async def erase(self, brief: Brief, tools: Tools) -> Erased:
        """Erases all of it, also what was begun and never recorded. Raises LeadsError."""
        ...


class Sequel(Action, Protocol):
    """What an action that is done has to add when something has changed since. No track lists it."""

    def wanted(self, brief: Brief) -> bool:
        """Whether there is anything to add for this lead."""
        ...
