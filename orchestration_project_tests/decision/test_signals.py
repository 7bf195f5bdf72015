"""What each line of the scorecard looks at, and that nothing unknown counts."""

from decimal import Decimal

import pytest

from orchestration_project.decision.signals import Reading, holds
from orchestration_project.model import (
    Attribution,
    Company,
    CompanyProfile,
    Context,
    Finding,
    Person,
    WebPage,
)
from orchestration_project.playbook.model import Topic
from orchestration_project.playbook.scorecard import FormField, Numbers, Signal
from orchestration_project_tests.decision.samples import a_context

INQUIRY = Topic(name="inquiry", title="Inquiry")


def _of(**condition: object) -> Signal:
    return Signal.model_validate({"points": 1, "why": "it is so", **condition})


def _reading(context: Context) -> Reading:
    return Reading(context, None, INQUIRY)


FULL = _reading(
    a_context(
        source="typeform",
        message="We need help.",
        language="en",
        person=Person(region="GB", job_title="Head of Finance"),
        company=Company(employees=11, industry="Logistics"),
        attribution=Attribution(source="google", campaign="Spring_2026"),
        first_touch=Attribution(source="partner-portal"),
        extra={"answers.Seats": "1,200", "How did you hear": "from a friend", "plan": "Enterprise"},
    ).model_copy(
        update={
            "company": Finding[CompanyProfile](
                status="found",
                value=CompanyProfile(
                    employees=240, industry="Freight", description="Moves boxes.", source="x"
                ),
            ),
            "website": Finding[WebPage](
                status="found", value=WebPage(url="https://a.example", text="We hire drivers")
            ),
        }
    )
)
EMPTY = _reading(
    a_context(
        message="Hello", language=None, person=Person(), company=Company(), extra={}, source="inbox"
    ).model_copy(
        update={
            "company": Finding[CompanyProfile](status="not_found"),
            "website": Finding[WebPage](status="not_found"),
        }
    )
)

HOLDS = [
    _of(employees=Numbers(least=Decimal(50))),  # the counted number wins over the form's 11
    _of(industry=("logistics",)),
    _of(industry=("freight",)),
    _of(industry=("boxes",)),
    _of(job_title=("finance",)),
    _of(seniority=("head", "director")),
    _of(source=("Typeform",)),
    _of(source=("google",)),
    _of(source=("partner portal",)),
    _of(campaign=("spring 2026",)),
    _of(region=("IE", "GB")),
    _of(language=("en",)),
    _of(website_says=("hire",)),
    _of(field=FormField(name="seats", least=Decimal(1000), most=Decimal(1200))),
    _of(field=FormField(name="plan", any_of=("enterprise", "business"))),
    _of(field=FormField(name="how did you hear")),
]
FAILS = [
    _of(employees=Numbers(most=Decimal(49))),
    _of(industry=("dentist",)),
    _of(job_title=("fin",)),
    _of(seniority=("owner",)),
    _of(source=("bing",)),
    _of(campaign=("spring",)),
    _of(region=("DE",)),
    _of(website_says=("fire",)),
    _of(field=FormField(name="seats", most=Decimal(1199))),
    _of(field=FormField(name="plan", least=Decimal(1))),
    _of(field=FormField(name="coupon")),
]


@pytest.mark.parametrize("line", HOLDS, ids=str)
def test_a_line_holds_for_a_lead_that_has_it_and_for_none_of_which_it_is_unknown(line: Signal) -> None:
    assert holds(line, FULL)
    assert not holds(line, EMPTY)


@pytest.mark.parametrize("line", FAILS, ids=str)
def test_a_line_does_not_hold_for_a_lead_that_has_something_else(line: Signal) -> None:
    assert not holds(line, FULL)


def test_without_a_profile_the_form_tells_how_many_work_there() -> None:
    form_only = _reading(a_context(company=Company(employees=60)))
    assert holds(_of(employees=Numbers(least=Decimal(50))), form_only)


@pytest.mark.parametrize(
    ("title", "level", "rank"),
    [(None, "c-suite/founder", "owner"), ("Engineer", "Director", "director"), ("CTO", "senior", "c_level")],
)
def test_a_form_that_asks_for_the_level_is_believed_where_the_title_tells_none(
    title: str | None, level: str, rank: str
) -> None:
    reading = _reading(a_context(person=Person(job_title=title), extra={"seniority": level}))
    assert holds(_of(seniority=(rank,)), reading)
