"""The shape of a track in playbook.yaml: when it takes a lead, and what it does, in which order.

The rest of that file is in `shapes.py`; what a single value may be is in `values.py`.
"""

from typing import Annotated

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from orchestration_project.model import Frozen
from orchestration_project.playbook.capabilities import names_of
from orchestration_project.playbook.mistakes import refuse, shown
from orchestration_project.playbook.order import circle
from orchestration_project.playbook.tracks import ScoreRange, TrackAction
from orchestration_project.playbook.values import (
    Category,
    DraftFile,
    Language,
    OneOrMany,
    Region,
    Service,
    Text,
    TrackName,
    check_name,
)


class ScoreShape(ScoreRange):
    lowest: Annotated[int, Field(alias="from", ge=0, le=10)] = 0
    highest: Annotated[int, Field(alias="to", ge=0, le=10)] = 10

    @model_validator(mode="after")
    def _is_the_right_way_up(self) -> "ScoreShape":
        if self.lowest > self.highest:
            raise refuse(f"No score is from {self.lowest} to {self.highest}.", "Swap `from` and `to`.")
        return self


class ConditionShape(Frozen):
    score: ScoreShape | None = None
    service: Annotated[tuple[Service, ...], OneOrMany] = ()
    category: Annotated[tuple[Category, ...], OneOrMany] = ()
    region: Annotated[tuple[Region, ...], OneOrMany] = ()
    language: Annotated[tuple[Language, ...], OneOrMany] = ()
    known_contact: bool | None = None


_CONSENT = frozenset({"with_consent", "without_consent"})
_WITHOUT = "without_"


def _action(entry: object, info: ValidationInfo) -> object:
    match entry:
        case str():
            name, only = entry, None
        case dict() if len(entry) == 1 and all(isinstance(part, str) for part in (*entry, *entry.values())):
            [(name, only)] = entry.items()
        case _:
            raise refuse(
                f"`{shown(entry)}` is not an action.",
                "Write its name, or for instance {draft: with_consent}.",
            )
    actions = names_of(info).capabilities.actions
    check_name("action", name, actions)
    if only is None:
        return {"action": name}
    check_name("condition of an action", only, _CONSENT | {f"{_WITHOUT}{other}" for other in actions})
    if only in _CONSENT:
        return {"action": name, "only": only}
    return {"action": name, "instead_of": only.removeprefix(_WITHOUT)}


ActionEntry = Annotated[TrackAction, BeforeValidator(_action)]


class TrackShape(Frozen):
    title: Text
    when: ConditionShape
    actions: tuple[ActionEntry, ...]
    # checked although left out, since an action may need them
    draft: Annotated[DraftFile | None, Field(validate_default=True)] = None
    sequence: Annotated[Text | None, Field(validate_default=True)] = None
    due_in_days: Annotated[int, Field(ge=0)] = 0

    @field_validator("actions")
    @classmethod
    def _has_each_action_once(cls, actions: tuple[TrackAction, ...]) -> tuple[TrackAction, ...]:
        names = [item.action for item in actions]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise refuse(
                f"`{twice[0]}` is there twice; a lead gets an action once.", "Delete one of the two."
            )
        return actions

    @field_validator("actions")
    @classmethod
    def _can_be_put_in_order(
        cls, actions: tuple[TrackAction, ...], info: ValidationInfo
    ) -> tuple[TrackAction, ...]:
        names = {item.action for item in actions}
        for item in actions:
            if item.instead_of is not None and item.instead_of not in names:
                raise refuse(
                    f"`{item.action}` is done without `{item.instead_of}`, which this track has not.",
                    f"Add `{item.instead_of}` to the track's actions, or write only `{item.action}`.",
                )
        match sorted(circle(actions, names_of(info).capabilities.after)):
            case []:
                return actions
            case [alone]:
                what = f"`{alone}` is done without itself."
            case several:
                what = f"{' and '.join(f'`{name}`' for name in several)} wait for one another."
        raise refuse(
            what,
            "An action can be done without another one only if that comes before it: "
            "take the `without_…` of one of them out.",
        )

    @field_validator("draft", "sequence")
    @classmethod
    def _has_what_its_action_needs(cls, value: str | None, info: ValidationInfo) -> str | None:
        actions: tuple[TrackAction, ...] = info.data.get("actions", ())
        needs = {
            "draft": "a template, such as `draft: reply.md`",
            "sequence": "a list, such as `sequence: letter`",
        }
        name = str(info.field_name)
        if value is None and name in {item.action for item in actions}:
            raise refuse(f"The action `{name}` needs {needs[name]}.", f"Add the line, or take `{name}` out.")
        return value


Tracks = Annotated[dict[TrackName, TrackShape], Field(min_length=1)]
