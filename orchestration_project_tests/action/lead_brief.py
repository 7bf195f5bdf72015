"""A brief to write drafts and holds from, with whatever a test wants to be different."""

from datetime import UTC, datetime, time

from orchestration_project.action.base import Brief
from orchestration_project.model import (
    Company,
    Context,
    Decision,
    Finding,
    Lead,
    Person,
    Receipt,
    Ref,
    Score,
    Scoring,
    ScoreStatus,
    Standing,
)
from orchestration_project.playbook.model import (
    AiRules,
    Autonomy,
    Business,
    Condition,
    Connection,
    Connections,
    Junk,
    Limits,
    Owner,
    Playbook,
    Scorecard,
    Template,
    Topic,
    Track,
    TrackAction,
    WorkingHours,
)

REF = Ref("L-abcdefghij")
OFFICE_HOURS = WorkingHours(days=("mon", "tue", "wed", "thu", "fri"), start=time(9), end=time(17))
BUSINESS = Business(
    name="Larkfield Bookkeeping",
    owner=Owner(name="Hannah Lark", email="hannah@larkfield.example", role="Founder"),
    region="GB",
    time_zone="Europe/London",
    currency="GBP",
    language="en",
    website="https://www.larkfield.example/about",
    working_hours=OFFICE_HOURS,
)
TEMPLATE = Template(
    file="priority.md",
    subject="Your inquiry, {{ company }}",
    body="""Hello {{ given_name }},

{% if opening %}
{{ opening }}

{% endif %}
thank you for asking **{{ business }}** about {{ service }}. {{ full_name }} of {{ company }} is welcome.

Best wishes,
{{ owner_name }}
{{ owner_role }}, [our website]({{ business_website }})
""",
)
JANE = Person(full_name="Jane Doe", given_name="Jane", family_name="Doe", email="jane@acme.example")
ACME = Company(name="Acme Ltd", domain="acme.example")
SCORE = Score(
    value=9,
    service="payroll",
    rationale="Needs payroll this month.",
    confidence=0.8,
    opening="Fifty payslips by Friday is a tall order.",
)


def playbook(*, business: Business = BUSINESS, template: Template = TEMPLATE, draft: str | None = "priority.md") -> Playbook:
    nothing = Connection(connector="none")
    return Playbook(
        version="0123456789ab",
        ideal_customer="",
        business=business,
        services=(Topic(name="payroll", title="Payroll"),),
        categories=(),
        scorecard=Scorecard(start=3, signals=()),
        junk=Junk(),
        required=("email",),
        tracks=(
            Track(
                name="priority",
                title="Priority",
                when=Condition(),
                actions=(TrackAction(action="draft"),),
                draft=draft,
            ),
        ),
        fallback_track="priority",
        autonomy=Autonomy.DRAFT,
        action_autonomy={},
        ai=AiRules(),
        limits=Limits(),
        templates={template.file: template},
        connections=Connections(
            form_sources={},
            crm=nothing,
            company=nothing,
            website=nothing,
            ai=nothing,
            mail=nothing,
            chat=nothing,
            calendar=nothing,
            folder=nothing,
            sequence=nothing,
        ),
    )


def lead_brief(
    *,
    person: Person = JANE,
    company: Company = ACME,
    score: Score | None = SCORE,
    rules: Playbook | None = None,
    standing: Standing | None = None,
    receipts: dict[str, Receipt] | None = None,
) -> Brief:
    at = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
    status = ScoreStatus.SCORED if score else ScoreStatus.TIMEOUT
    return Brief(
        context=Context(
            lead=Lead(ref=REF, source="inbox", external_id="1", submitted_at=at, person=person, company=company),
            standing=standing or Standing(kind="new"),
            website=Finding(status="not_asked"),
            company=Finding(status="not_asked"),
        ),
        decision=Decision(
            ref=REF,
            scoring=Scoring(ref=REF, status=status, score=score, scorer="offline"),
            track="priority",
            why_track="score 9",
            playbook_version="0123456789ab",
            decided_at=at,
        ),
        playbook=rules or playbook(),
        receipts=receipts or {},
    )
