"""What a terminal shows of a decision and of the actions that came of it."""

from decimal import Decimal

from orchestration_project.cli.story_view import scored_by
from orchestration_project.cli.view import in_order
from orchestration_project.ledger.lead_lines import ActionLine
from orchestration_project.model import Ref, Score, ScoreStatus, Scoring, Usage

REF = Ref("L-abcdefghij")
SCORE = Score(value=6, rationale="Asks for payroll.", confidence=0.6)


def test_an_answer_of_the_ai_is_shown_with_model_tokens_and_cost() -> None:
    usage = Usage(input_tokens=1_000, output_tokens=34, cost_usd=Decimal("0.00065"))
    made = Scoring(
        ref=REF, status=ScoreStatus.SCORED, score=SCORE, scorer="OpenAI", model="gpt-6.1-terra", usage=usage
    )
    assert scored_by(made) == "Scored by OpenAI gpt-6.1-terra, 1034 tokens, $0.0006."


def test_the_scorecard_in_place_of_the_ai_says_why() -> None:
    made = Scoring(
        ref=REF, status=ScoreStatus.OVER_BUDGET, score=SCORE, scorer="offline", explanation="OpenAI was …"
    )
    assert made.label == "6/10 by the scorecard"
    assert scored_by(made) == "Scored by the offline scorecard. OpenAI was …"


def test_what_costs_nothing_is_shown_without_a_sum() -> None:
    made = Scoring(ref=REF, status=ScoreStatus.SCORED, score=SCORE, scorer="offline")
    assert scored_by(made) == "Scored by the offline scorecard."


def test_actions_stand_in_one_order_whichever_was_through_first() -> None:
    through = ("chat", "sent_mail", "folder", "draft", "crm_contact")
    lines = [
        ActionLine(action=name, status="done", external_id=None, error=None, note="", url=None)
        for name in through
    ]
    assert [line.action for line in in_order(lines)] == [
        "crm_contact",
        "draft",
        "folder",
        "chat",
        "sent_mail",
    ]
