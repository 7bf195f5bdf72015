"""The shape of `alerts:` in playbook.yaml, as the owner writes it.

What it becomes is `alerts.py`.
"""

from datetime import timedelta
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator, model_validator

from orchestration_project.model import Frozen
from orchestration_project.model.alerts import SEVERITIES, Severity
from orchestration_project.playbook.alerts import AlertRules
from orchestration_project.playbook.capabilities import names_of
from orchestration_project.playbook.mistakes import refuse, shown
from orchestration_project.playbook.values import Date, OneOrMany, Text, TimeOfDay, check_name

_NEVER = "never"
_LONGEST_HOURS = 24 * 365


def _severity(value: object) -> object:
    return check_name("severity", str(value), frozenset(SEVERITIES))


Least = Annotated[Severity, BeforeValidator(_severity)]


def _sender(value: object, info: ValidationInfo) -> str:
    return check_name("way to tell", str(value), names_of(info).capabilities.senders)


def _source(value: object, info: ValidationInfo) -> str:
    return check_name("source", str(value), names_of(info).sources)


def _hours(value: object) -> timedelta | None:
    if value == _NEVER:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value <= _LONGEST_HOURS:
        return timedelta(hours=value)
    raise refuse(f"`{shown(value)}` is no number of hours.", f"Write a number such as 24, or `{_NEVER}`.")


class ToldShape(Frozen):
    through: Annotated[str, BeforeValidator(_sender)]
    to: Annotated[tuple[Text, ...], OneOrMany] = ()
    least: Annotated[Least, Field(alias="from")] = "warning"

    @model_validator(mode="after")
    def _has_somebody(self) -> "ToldShape":
        match self.through:
            case "email" if not self.to:
                raise refuse("`email` tells nobody.", "Add `to: you@firm.example`.")
            case "email" if lacking := [address for address in self.to if "@" not in address]:
                raise refuse(f"`{shown(lacking[0])}` is not an e-mail address.", "Write it in full.")
            case "apprise" if any(not name.replace("_", "").isalnum() for name in self.to):
                # an address would be a secret: it stands in the environment
                raise refuse(
                    "`apprise` is told the name of an address, and not the address.",
                    "Write `to: phone`, and put the address into LEADS_APPRISE_PHONE.",
                )
            case _:
                return self


class QuietShape(Frozen):
    start: Annotated[TimeOfDay, Field(alias="from")]
    end: Annotated[TimeOfDay, Field(alias="to")]
    but: Annotated[Least | None, Field(alias="except")] = None


def _digest(value: object) -> object:
    return None if value == _NEVER else value


class AlertsShape(Frozen):
    """`AlertRules`, in the words of the owner."""

    tell: tuple[ToldShape, ...] = (ToldShape.model_construct(through="chat", to=(), least="warning"),)
    again_after_minutes: Annotated[float, Field(ge=1, le=24 * 60)] = 60
    quiet_hours: QuietShape | None = None
    digest: Annotated[TimeOfDay | None, BeforeValidator(_digest)] = AlertRules().digest
    promised_minutes: Annotated[float, Field(gt=0, le=60 * 24 * 30)] = 60
    silent_after_hours: dict[
        Annotated[str, BeforeValidator(_source)], Annotated[timedelta | None, BeforeValidator(_hours)]
    ] = Field(default_factory=dict)
    ends: dict[Text, Date] = Field(default_factory=dict)

    @field_validator("tell")
    @classmethod
    def _tells_each_once(cls, tell: tuple[ToldShape, ...]) -> tuple[ToldShape, ...]:
        if not tell:
            raise refuse("`tell` is empty.", "Add a line, such as {through: chat}, or delete `tell`.")
        places = [(told.through, told.to) for told in tell]
        if len(set(places)) < len(places):
            raise refuse("Two lines tell the same people the same way.", "Delete one of the two.")
        return tell

    def as_rules(self) -> dict[str, Any]:
        rules = self.model_dump(exclude={"again_after_minutes", "promised_minutes", "silent_after_hours"})
        return rules | {
            "again_after": timedelta(minutes=self.again_after_minutes),
            "promised": timedelta(minutes=self.promised_minutes),
            "silent_after": self.silent_after_hours,
        }
