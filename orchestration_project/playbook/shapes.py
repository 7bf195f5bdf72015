"""The shape of playbook.yaml, key by key, as the owner writes it.

What a single value may be is in `values.py`; scores that no track catches are in `coverage.py`.
"""

from datetime import time, timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from orchestration_project.model import Frozen
from orchestration_project.playbook.capabilities import names_of
from orchestration_project.playbook.gate import Gate
from orchestration_project.playbook.mistakes import refuse, shown
from orchestration_project.playbook.model import (
    AiRules,
    Autonomy,
    Junk,
    Limits,
    ModelPrice,
    Owner,
    ScoreRange,
    TrackAction,
    WorkingHours,
)
from orchestration_project.playbook.order import circle
from orchestration_project.playbook.scorecard_shapes import ScorecardShape
from orchestration_project.playbook.values import (
    ActionOrFollowUp,
    Category,
    Currency,
    Date,
    Day,
    DraftFile,
    Email,
    Language,
    LeadField,
    Level,
    OneOrMany,
    ReasoningEffort,
    Region,
    Service,
    Text,
    Texts,
    TimeOfDay,
    TimeZone,
    TrackName,
    TrackRef,
    WebAddress,
    WhenAiFails,
    check_name,
)

# A key with nothing after it is refused before these shapes see it: `| None` means "may be left out".


class OwnerShape(Owner):
    name: Text
    email: Email


class WorkingHoursShape(WorkingHours):
    days: Annotated[tuple[Day, ...], OneOrMany, Field(min_length=1)]
    start: TimeOfDay
    end: TimeOfDay

    @field_validator("end")
    @classmethod
    def _ends_after_it_starts(cls, end: time, info: ValidationInfo) -> time:
        start: time | None = info.data.get("start")
        if start is not None and end <= start:
            raise refuse("The working hours end before they start.", "Swap `start` and `end`.")
        return end


class BusinessShape(Frozen):
    name: Text
    owner: OwnerShape
    region: Region
    time_zone: TimeZone
    currency: Currency
    language: Language
    website: WebAddress | None = None
    working_hours: WorkingHoursShape


class TopicShape(Frozen):
    title: Text
    description: str = ""
    words: Texts = ()
    answer: bool = True


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


class JunkShape(Junk):
    spam_words: Texts = ()
    test_words: Texts = ()
    blocked_domains: Texts = ()
    hold_from: Annotated[float, Field(gt=0, le=1)] = Junk().hold_from
    check_from: Annotated[float, Field(gt=0, le=1)] = Junk().check_from
    burst: Annotated[int, Field(ge=1)] = Junk().burst

    @model_validator(mode="after")
    def _checks_before_it_holds(self) -> "JunkShape":
        if self.check_from > self.hold_from:
            raise refuse(
                "What is to be checked would be held already: `check_from` is above `hold_from`.",
                "Make `check_from` the smaller of the two, or the same if nothing is to be checked.",
            )
        return self


class ModelPriceShape(ModelPrice):
    input: Annotated[Decimal, Field(ge=0)]
    output: Annotated[Decimal, Field(ge=0)]


class AiShape(Frozen):
    model: Text = AiRules().model
    reasoning_effort: ReasoningEffort = AiRules().reasoning_effort
    prices: dict[Text, ModelPriceShape] = Field(default_factory=dict)
    daily_limit_usd: Annotated[Decimal | None, Field(ge=0)] = None
    timeout_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = AiRules().timeout_seconds

    @field_validator("daily_limit_usd")
    @classmethod
    def _can_be_counted(cls, limit: Decimal | None, info: ValidationInfo) -> Decimal | None:
        model = info.data.get("model")
        if limit is not None and model not in info.data.get("prices", {model: None}):
            raise refuse(
                f"A limit needs a price, and `prices` has none for {model}.",
                f"Add a line for {model} to `prices`, or delete `daily_limit_usd`.",
            )
        return limit


class LimitsShape(Frozen):
    """`Limits`, with the window in hours as people write it."""

    max_leads_per_run: Annotated[int, Field(ge=1)] = Limits().max_leads_per_run
    duplicate_window_hours: Annotated[float, Field(ge=0, le=24 * 365)] = 24
    max_message_characters: Annotated[int, Field(ge=1)] = Limits().max_message_characters
    max_budget: Annotated[Decimal, Field(gt=0)] = Limits().max_budget
    keep_trying_days: Annotated[float, Field(gt=0, le=365)] = 3

    def as_limits(self) -> dict[str, Any]:
        limits = self.model_dump(exclude={"duplicate_window_hours", "keep_trying_days"})
        return limits | {
            "duplicate_window": timedelta(hours=self.duplicate_window_hours),
            "keep_trying": timedelta(days=self.keep_trying_days),
        }


class HistoryShape(Frozen):
    """Where history begins; without a line with the oldest lead."""

    begins: Annotated[Date | None, Field(alias="from")] = None


class PlaybookShape(Frozen):
    business: BusinessShape
    services: dict[Text, TopicShape]
    categories: Annotated[dict[Text, TopicShape], Field(min_length=1)]
    scorecard: ScorecardShape
    junk: JunkShape = JunkShape()
    required: Annotated[tuple[LeadField, ...], OneOrMany] = ("email",)
    tracks: Tracks
    when_ai_fails: WhenAiFails = None
    fallback_track: TrackRef | None = None  # as `when_ai_fails: {track: …}` used to be written
    autonomy: Level = Autonomy.OBSERVE
    action_autonomy: dict[ActionOrFollowUp, Level] = Field(default_factory=dict)
    ai: AiShape = AiShape()
    limits: LimitsShape = LimitsShape()
    gate: Gate = Gate()
    history: HistoryShape = HistoryShape()
