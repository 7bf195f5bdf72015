"""What a terminal shows of a decision and of the actions that came of it."""

from datetime import UTC, datetime
from decimal import Decimal

from orchestration_project.cli.story_view import as_delivered, scored_by, what_now
from orchestration_project.cli.view import in_order
from orchestration_project.ledger.lead_lines import ActionLine, LeadLine
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


def held(*actions: tuple[str, str]) -> LeadLine:
    lines = [
        ActionLine(action=name, status=status, external_id=None, error=None, note="", url=None)
        for name, status in actions
    ]
    nothing = dict.fromkeys(
        [name for name, field in LeadLine.model_fields.items() if field.annotation != tuple[ActionLine, ...]]
    )
    return LeadLine.model_validate(
        {
            **nothing,
            "ref": REF,
            "source": "inbox",
            "external_id": "1",
            "status": "quarantined",
            "deliveries": 1,
            "received_at": datetime(2026, 11, 24, tzinfo=UTC),
            "attention": "",
            "explanation": "",
            "actions": tuple(lines),
        }
    )


def test_a_lead_that_was_set_aside_late_says_what_was_done_before() -> None:
    late = what_now(
        held(("draft", "done"), ("crm_contact", "done"), ("folder", "begun"), ("chat", "skipped"))
    )
    assert late == (
        "Set aside. What was done before stays: crm contact, draft. Begun, and perhaps done: folder. "
        f"Should it go on: `leads replay {REF} --genuine`."
    )


def test_a_lead_that_was_held_at_once_says_that_nothing_was_written() -> None:
    told = what_now(held(("crm_contact", "planned")))
    assert told == f"Set aside, and nothing was written. Should it go on: `leads replay {REF} --genuine`."


def test_what_a_stranger_sent_is_shown_and_not_obeyed_by_the_terminal() -> None:
    sent = "\x1b]0;title\x07 \x1b]52;c;cm0=\x1b\\ \x9b31mred \r\x08\x7f \u202eback"
    shown = as_delivered(sent)
    assert shown == ("\\x1b]0;title\\x07 \\x1b]52;c;cm0=\\x1b\\ \\x9b31mred \\x0d\\x08\\x7f \\u202eback")
    assert as_delivered('{\r\n\t"name": "Zoë 🙂"\n}') == '{\n\t"name": "Zoë 🙂"\n}'


def test_a_huge_submission_is_cut_and_says_so() -> None:
    assert as_delivered("x" * 20_000) == "x" * 20_000
    assert as_delivered("x" * 21_234) == (
        "x" * 20_000 + "\n… and 1,234 characters more; `--json` has the whole."
    )
