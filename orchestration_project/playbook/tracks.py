"""The frozen types of `tracks:` in playbook.yaml: who takes a track, and what is done there.

How they are read and checked is `track_shapes.py`; choosing one for a lead is `decision/route.py`.
"""

from typing import Literal

from orchestration_project.model import Frozen


class ScoreRange(Frozen):
    """Both ends belong to it."""

    lowest: int = 0
    highest: int = 10


class Condition(Frozen):
    """Every part that is given must hold; within a part, one of the values."""

    score: ScoreRange | None = None
    service: tuple[str, ...] = ()
    category: tuple[str, ...] = ()
    region: tuple[str, ...] = ()
    language: tuple[str, ...] = ()
    known_contact: bool | None = None

    @property
    def by_score_only(self) -> bool:
        return not (self.service or self.category or self.region or self.language) and (
            self.known_contact is None
        )


class TrackAction(Frozen):
    """An action of a track: for every lead of it, only for those with (or without) consent, or only for
    those that another action of the track was skipped for."""

    action: str
    only: Literal["with_consent", "without_consent"] | None = None
    instead_of: str | None = None  # the other action; `{draft: without_sequence}` in playbook.yaml


class Track(Frozen):
    name: str
    title: str
    when: Condition
    actions: tuple[TrackAction, ...]
    draft: str | None = None  # file name in drafts/
    sequence: str | None = None  # the list a lead is enrolled in
    due_in_days: int = 0  # of the task; 0 is today, in the owner's time zone

    @property
    def action_names(self) -> tuple[str, ...]:
        return tuple(item.action for item in self.actions)

    @property
    def stand_ins(self) -> dict[str, str]:
        """The actions that are done only where another one was skipped, with that one."""
        return {item.action: item.instead_of for item in self.actions if item.instead_of is not None}
