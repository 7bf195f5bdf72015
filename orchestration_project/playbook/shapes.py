"""The shape of playbook.yaml, key by key, as the owner writes it.

A track is in `track_shapes.py`, what a single value may be in `values.py`, scores that no track catches in
`coverage.py`.
"""

from datetime import time, timedelta
from decimal import Decimal
from typing import Annotated, Any

from pydantic import Field, ValidationInfo, field_validator, model_validator

from orchestration_project.model import Frozen
from orchestration_project.playbook.alert_shapes import AlertsShape, ToldShape
from orchestration_project.playbook.business import Owner, WorkingHours
from orchestration_project.playbook.gate import Gate
from orchestration_project.playbook.mistakes import refuse
from orchestration_project.playbook.model import AiRules, Autonomy, Junk, Limits, ModelPrice
from orchestration_project.playbook.record_shapes import RecordsShape
from orchestration_project.playbook.retention import Retention
from orchestration_project.playbook.scorecard_shapes import ScorecardShape
from orchestration_project.playbook.track_shapes import Tracks
from orchestration_project.playbook.values import (
    ActionOrFollowUp,
    Currency,
    Date,
    Day,
    Email,
    Language,
    LeadField,
    Level,
    OneOrMany,
    ReasoningEffort,
    Region,
    Text,
    Texts,
    TimeOfDay,
    TimeZone,
    TrackRef,
    WebAddress,
    WhenAiFails,
)
from orchestration_project.prices import public_price

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
    look: bool = False


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
    trials_daily_limit_usd: Annotated[Decimal | None, Field(ge=0)] = None
    timeout_seconds: Annotated[float, Field(gt=0, allow_inf_nan=False)] = AiRules().timeout_seconds
    fields: Texts = ()
    samples: Annotated[int, Field(ge=1, le=9)] = AiRules().samples

    @field_validator("daily_limit_usd", "trials_daily_limit_usd")
    @classmethod
    def _can_be_counted(cls, limit: Decimal | None, info: ValidationInfo) -> Decimal | None:
        model = info.data.get("model")
        # the public price last: looking it up takes longer than all else
        if limit is not None and not (
            model is None or model in info.data.get("prices", {model: None}) or public_price(model)
        ):
            raise refuse(
                f"A limit needs a price. `prices` has none for {model}, and its maker's is not known either.",
                f"Add a line for {model} to `prices`, or delete `{info.field_name}`.",
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
    retention: Retention = Retention()
    gate: Gate = Gate()
    alerts: AlertsShape = AlertsShape()
    weekly_report: tuple[ToldShape, ...] = ()
    history: HistoryShape = HistoryShape()
    records: RecordsShape = RecordsShape()
