"""The actions there are, by the name a playbook calls them. To add one: its module, and a line here.

What an action is stands in `base.py`. A module is imported when its action is first asked for: a command that
only needs the names costs no time.
"""

import pkgutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, TypeVar, cast

if TYPE_CHECKING:
    from orchestration_project.action.base import Action, Sequel

ActionT = TypeVar("ActionT")


@dataclass(frozen=True)
class OnDemand(Mapping[str, ActionT], Generic[ActionT]):
    """By name, `module:Class`; one instance of each."""

    places: Mapping[str, str]
    _made: dict[str, ActionT] = field(default_factory=dict[str, ActionT], init=False, repr=False)

    def __getitem__(self, name: str) -> ActionT:
        if name not in self._made:
            made = pkgutil.resolve_name(f"{__package__}.{self.places[name]}")()
            return self._made.setdefault(name, cast("ActionT", made))
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self.places)

    def __len__(self) -> int:
        return len(self.places)

    def __contains__(self, name: object) -> bool:
        return name in self.places


ACTIONS: Mapping[str, "Action"] = OnDemand(
    {
        "crm_contact": "crm_contact:CrmContact",
        "task": "task:Task",
        "draft": "draft:Draft",
        "folder": "folder:ProjectFolder",
        "calendar_hold": "calendar_hold:CalendarHold",
        "sequence": "sequence:SequenceEnrolment",
        "chat": "chat:ChatMessage",
    }
)

AFTER: Mapping[str, tuple[str, ...]] = dict.fromkeys(ACTIONS, ()) | {
    "task": ("crm_contact",),
    "calendar_hold": ("crm_contact",),
    "chat": ("*",),
}
"""By action, those of the same track that come before it; ("*",) means all others. It stands here and not in
the action, so that a command that checks a playbook imports none of them."""

WRITTEN_TO = frozenset({"crm", "mail", "folder", "calendar", "sequence", "chat"})
"""The kinds of connector that actions write to; here for the same reason."""

SEQUELS: Mapping[str, "Sequel"] = OnDemand(
    {"crm_contact": "crm_contact:CrmRescored", "chat": "chat:ChatNews"}
)
"""What is added to an action that is done, under a receipt of its own; by the name of that action."""

FOLLOW_UPS: Mapping[str, "Action"] = OnDemand(
    {"sent_mail": "follow_up:LogSentMail", "call": "follow_up:LogCall"}
)
"""No track lists these: they belong to every lead that has a draft or a hold."""
