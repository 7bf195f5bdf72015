"""A lead on its way through the action layer, for the tests of the actions: change what a test is about.

Only data; fakes of the connectors are in `fakes/`.
"""

from typing import Any

from orchestration_project.action.base import Brief
from orchestration_project.model import (
    Attribution,
    Company,
    Context,
    Decision,
    Finding,
    Person,
    Receipt,
    ReceiptStatus,
    Score,
    ScoreStatus,
    Scoring,
    Standing,
)
from orchestration_project.playbook.model import (
    AiRules,
    Autonomy,
    Connection,
    Connections,
    Junk,
    Limits,
    Playbook,
    Topic,
)
from orchestration_project.playbook.scorecard import Scorecard
from orchestration_project.playbook.tracks import Condition, ScoreRange, Track, TrackAction
from orchestration_project_tests.larkfield import BUSINESS, a_lead

PLAYBOOK = Playbook(
    version="a1b2c3d4",
    ideal_customer="Growing companies.",
    business=BUSINESS,
    services=(Topic(name="payroll", title="Payroll"),),
    categories=(Topic(name="inquiry", title="Inquiry"),),
    scorecard=Scorecard(start=3, signals=()),
    junk=Junk(),
    required=("email",),
    tracks=(
        Track(
            name="priority",
            title="Priority",
            when=Condition(score=ScoreRange(lowest=8)),
            actions=tuple(
                TrackAction(action=name) for name in ("crm_contact", "task", "draft", "folder", "chat")
            ),
            draft="priority.md",
        ),
        Track(
            name="nurture",
            title="Nurture",
            when=Condition(score=ScoreRange(highest=7)),
            actions=tuple(TrackAction(action=name) for name in ("crm_contact", "task", "sequence", "chat")),
            sequence="monthly-letter",
            due_in_days=2,
        ),
    ),
    fallback_track="nurture",
    autonomy=Autonomy.DRAFT,
    action_autonomy={},
    ai=AiRules(),
    limits=Limits(),
    templates={},
    connections=Connections(
        form_sources={"inbox": Connection(connector="inbox")},
        crm=Connection(connector="local"),
        company=Connection(connector="none"),
        website=Connection(connector="none"),
        ai=Connection(connector="offline"),
        mail=Connection(connector="outbox"),
        chat=Connection(connector="file"),
        calendar=Connection(connector="ics"),
        folder=Connection(connector="disk"),
        sequence=Connection(connector="local"),
    ),
)

LEAD = a_lead(
    person=Person(
        full_name="Jane Doe",
        given_name="Jane",
        family_name="Doe",
        email="Jane@acme.example",
        phone="+442079460000",
    ),
    company=Company(name="Acme Ltd", domain="acme.example", website="https://acme.example"),
    message="We are 40 people and need payroll from next month.",
    consent=True,
    attribution=Attribution(source="google", medium="cpc", campaign="autumn"),
    first_touch=Attribution(source="newsletter"),
)
REF = LEAD.ref

SCORE = Score(
    value=9,
    service="payroll",
    rationale="Asks for payroll for 40 people, soon.",
    evidence=("need payroll from next month",),
    confidence=0.8,
)


def a_brief(
    *,
    track: str = "priority",
    score: Score | None = SCORE,
    status: ScoreStatus = ScoreStatus.TIMEOUT,
    receipts: tuple[Receipt, ...] = (),
    **changes: Any,
) -> Brief:
    """`status` says why, if there is no score; `changes` are fields of the lead."""
    lead = LEAD.model_copy(update=changes)
    scoring = Scoring(
        ref=lead.ref,
        status=ScoreStatus.SCORED if score else status,
        score=score,
        explanation="" if score else "The AI did not answer within 12 s.",
        scorer="OpenAI",
        model="gpt-6.1-terra",
    )
    return Brief(
        context=Context(
            lead=lead,
            standing=Standing(kind="new"),
            website=Finding(status="not_asked"),
            company=Finding(status="not_asked"),
        ),
        decision=Decision(
            ref=lead.ref,
            scoring=scoring,
            track=track,
            why_track="score 9 is 8 or more",
            playbook_version=PLAYBOOK.version,
            decided_at=lead.submitted_at,
        ),
        playbook=PLAYBOOK,
        receipts={receipt.action: receipt for receipt in receipts},
    )


def a_receipt(action: str, status: ReceiptStatus = ReceiptStatus.DONE, external_id: str = "1") -> Receipt:
    return Receipt(ref=REF, action=action, status=status, external_id=external_id)
