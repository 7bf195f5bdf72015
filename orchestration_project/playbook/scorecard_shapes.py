"""The shape of `scorecard:` in playbook.yaml: lines with one condition each.

What the conditions mean for a lead is in `decision/signals.py`.
"""

from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from orchestration_project.model import Frozen
from orchestration_project.playbook.mistakes import refuse, shown
from orchestration_project.playbook.scorecard import FormField, Numbers, Seniority
from orchestration_project.playbook.values import Category, Language, OneOrMany, Region, Text, Texts


class NumbersShape(Numbers):
    least: Annotated[Decimal | None, Field(alias="from")] = None
    most: Annotated[Decimal | None, Field(alias="to")] = None

    @model_validator(mode="after")
    def _is_the_right_way_up(self) -> "NumbersShape":
        if self.least is not None and self.most is not None and self.least > self.most:
            raise refuse(f"No number is from {self.least} to {self.most}.", "Swap `from` and `to`.")
        return self


class EmployeesShape(NumbersShape):
    @model_validator(mode="after")
    def _has_an_end(self) -> "EmployeesShape":
        if not self.are_asked:
            raise refuse("No number is given.", "Write {from: 10}, {to: 50}, or both.")
        return self


class FormFieldShape(NumbersShape, FormField):
    name: Text
    any_of: Texts = ()

    @model_validator(mode="after")
    def _asks_one_thing(self) -> "FormFieldShape":
        if self.any_of and self.are_asked:
            raise refuse("This field is asked for words and for a number.", "Make a line of each.")
        return self


def _field(entry: object) -> object:
    """`field: coupon` is short for a field that is filled in."""
    match entry:
        case str():
            return {"name": entry}
        case dict():
            return entry  # pyright: ignore[reportUnknownVariableType] - the shape reads it
        case _:
            raise refuse(
                f"`{shown(entry)}` is not a field of a form.",
                "Write its name, or for instance {name: seats, from: 20}.",
            )


class SignalShape(Frozen):
    points: int
    why: Text
    any_of: Texts = ()
    category: Category | None = None
    budget_from: Annotated[Decimal, Field(ge=0)] | None = None
    service_known: bool | None = None
    company_domain: bool | None = None
    known_contact: bool | None = None
    phone: bool | None = None
    message_words_from: Annotated[int, Field(ge=1)] | None = None
    employees: EmployeesShape | None = None
    industry: Texts = ()
    job_title: Texts = ()
    seniority: Annotated[tuple[Seniority, ...], OneOrMany] = ()
    source: Texts = ()
    campaign: Texts = ()
    region: Annotated[tuple[Region, ...], OneOrMany] = ()
    language: Annotated[tuple[Language, ...], OneOrMany] = ()
    website_says: Texts = ()
    field: Annotated[FormFieldShape | None, BeforeValidator(_field)] = None

    @model_validator(mode="after")
    def _has_one_condition(self) -> "SignalShape":
        conditions = [name for name in SignalShape.model_fields if name not in ("points", "why")]
        given = sorted(self.model_fields_set.intersection(conditions))
        if not given:
            raise refuse("This line has no condition.", f"Give it one of: {', '.join(conditions)}.")
        if len(given) > 1:
            raise refuse(
                f"This line has {len(given)} conditions ({', '.join(given)}).", "Make a line of each."
            )
        return self


class ScorecardShape(Frozen):
    start: Annotated[int, Field(ge=0, le=10)]
    signals: tuple[SignalShape, ...]
