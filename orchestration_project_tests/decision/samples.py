"""A small playbook and a lead for the tests of the decision layer.

Reading a playbook from files is tested with the playbook's own loader.
"""

from datetime import UTC, datetime, time
from decimal import Decimal
from typing import Any

from orchestration_project.model import (
    Company,
    CompanyProfile,
    Context,
    Finding,
    Lead,
    Person,
    Ref,
    Standing,
    WebPage,
)
from orchestration_project.playbook.business import Business, Owner, WorkingHours
from orchestration_project.playbook.model import (
    AiRules,
    Autonomy,
    Connection,
    Connections,
    Junk,
    Limits,
    ModelPrice,
    Playbook,
    Topic,
)
from orchestration_project.playbook.scorecard import Scorecard, Signal
from orchestration_project.playbook.tracks import Condition, ScoreRange, Track

MESSAGE = (
    "Our bookkeeper has just left and the VAT return is due next month. We are 12 people in Leeds and "
    "need somebody to take over the books and the payroll. Could we talk this week?"
)

_ANY = Connection(connector="local")

PLAYBOOK = Playbook(
    version="v-test",
    ideal_customer='Companies with **5 to 50 people**. "Fit" means {a need} and a date.',
    business=Business(
        name="Larkfield Bookkeeping",
        owner=Owner(name="Hannah Lark", email="hannah@larkfield.example"),
        region="GB",
        time_zone="Europe/London",
        currency="GBP",
        language="en",
        working_hours=WorkingHours(days=("mon",), start=time(9), end=time(17)),
    ),
    services=(
        Topic(name="bookkeeping", title="Monthly bookkeeping", words=("bookkeeper", "books", "vat")),
        Topic(name="payroll", title="Payroll", words=("payroll", "payslips", "wages")),
        Topic(name="year_end", title="Year-end accounts", words=("year end", "year-end", "corporation tax")),
    ),
    categories=(
        Topic(name="inquiry", title="Inquiry", description="May want to buy."),
        Topic(name="vendor", title="Vendor", words=("our agency", "guest post")),
    ),
    scorecard=Scorecard(
        start=3,
        signals=(
            Signal(points=2, why="asks for something we offer", service_known=True),
            Signal(points=1, why="writes from a company address", company_domain=True),
            Signal(points=1, why="left a phone number", phone=True),
            Signal(points=1, why="describes the situation", message_words_from=25),
            Signal(points=2, why="names a budget", budget_from=Decimal(400)),
            Signal(points=1, why="is known to us", known_contact=True),
            Signal(points=2, why="has a pressing reason", any_of=("next month", "just left")),
            Signal(points=-6, why="wants to sell us something", category="vendor"),
        ),
    ),
    junk=Junk(
        spam_words=("casino", "seo package", "backlinks"),
        test_words=("test", "testing", "asdf", "lorem ipsum", "please ignore"),
        blocked_domains=("mailinator.com",),
    ),
    required=("email",),
    tracks=(
        Track(name="priority", title="Priority", when=Condition(score=ScoreRange(lowest=8)), actions=()),
        Track(
            name="nurture", title="Nurture", when=Condition(score=ScoreRange(lowest=4, highest=7)), actions=()
        ),
        Track(name="not_fit", title="Not a fit", when=Condition(score=ScoreRange(highest=3)), actions=()),
    ),
    fallback_track="nurture",
    autonomy=Autonomy.DRAFT,
    action_autonomy={},
    ai=AiRules(prices={"gpt-6.1-terra": ModelPrice(input=Decimal("0.25"), output=Decimal("2.00"))}),
    limits=Limits(),
    templates={},
    connections=Connections(
        form_sources={"inbox": _ANY},
        crm=_ANY,
        company=_ANY,
        website=_ANY,
        ai=_ANY,
        mail=_ANY,
        chat=_ANY,
        calendar=_ANY,
        folder=_ANY,
        sequence=_ANY,
    ),
)

PERSON = Person(
    full_name="Anna Whitfield",
    given_name="Anna",
    family_name="Whitfield",
    email="anna@harbourdental.example",
    phone="+441134960123",
    region="GB",
)
COMPANY = Company(name="Harbour Dental Ltd", domain="harbourdental.example")


def a_lead(**changes: Any) -> Lead:
    lead = Lead(
        ref=Ref("L-abcdefghij"),
        source="inbox",
        external_id="1",
        submitted_at=datetime(2026, 11, 24, 9, 0, tzinfo=UTC),
        person=PERSON,
        company=COMPANY,
        message=MESSAGE,
        language="en",
    )
    return lead.model_copy(update=changes)


def a_context(standing: Standing | None = None, **changes: Any) -> Context:
    return Context(
        lead=a_lead(**changes),
        standing=standing or Standing(kind="new"),
        website=Finding[WebPage](status="not_asked"),
        company=Finding[CompanyProfile](status="not_asked"),
    )


def a_playbook(**changes: Any) -> Playbook:
    return PLAYBOOK.model_copy(update=changes)
