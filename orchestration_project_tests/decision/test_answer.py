"""Which answers are believed, and what becomes of the others."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestration_project.connectors.ai.interface import Answer
from orchestration_project.decision.answer import MAX_RATIONALE, judge_answer
from orchestration_project.model import Score, ScoreStatus, Scoring, Usage
from orchestration_project.playbook.model import AiRules, Playbook
from orchestration_project_tests.decision.samples import PLAYBOOK, a_context, a_playbook
from orchestration_project_tests.fakes.openai_answers import REPLY

MODEL = "gpt-6.1-terra-2026-10-26"
USAGE = Usage(input_tokens=1_000_000, output_tokens=500_000)


def judge(
    text: str | None, *, message: str | None = None, playbook: Playbook = PLAYBOOK, **answer: Any
) -> Scoring:
    context = a_context() if message is None else a_context(message=message)
    given_answer = Answer(text=text, model=MODEL, usage=USAGE).model_copy(update=answer)
    return judge_answer(given_answer, context, playbook, "OpenAI")


def judged(*, message: str | None = None, **changes: Any) -> Scoring:
    return judge(json.dumps({**REPLY, **changes}), message=message)


def score_of(scoring: Scoring) -> Score:
    assert scoring.status is ScoreStatus.SCORED
    assert scoring.score is not None
    return scoring.score


def assert_no_score(scoring: Scoring, status: ScoreStatus) -> None:
    assert scoring.status is status
    assert scoring.score is None
    assert scoring.explanation


def test_a_good_answer_is_taken_as_it_is() -> None:
    scoring = judged()
    assert score_of(scoring) == Score(
        value=8,
        service="bookkeeping",
        category="inquiry",
        rationale="A company of twelve with a date and a need we serve.",
        evidence=("Our bookkeeper has just left",),
        confidence=0.8,
        opening="Thank you for writing to us.",
    )
    assert (scoring.scorer, scoring.model, scoring.explanation) == ("OpenAI", MODEL, "")


def test_no_service_is_an_answer() -> None:
    assert score_of(judged(service=None)).service is None


def test_a_refusal_is_no_score() -> None:
    assert_no_score(judge(None, refusal="I cannot."), ScoreStatus.REFUSED)


def test_an_answer_cut_off_is_no_score_even_where_it_parses() -> None:
    assert_no_score(judge(json.dumps(REPLY), cut_off=True), ScoreStatus.MALFORMED)


@pytest.mark.parametrize("text", [None, "", "Sure! Here it is:", "[]", "8", '{"score": 8', "{}"])
def test_what_is_no_answer_of_the_agreed_form_is_no_score(text: str | None) -> None:
    assert_no_score(judge(text), ScoreStatus.MALFORMED)


@pytest.mark.parametrize(
    "changes",
    [
        {"score": "8"},
        {"score": 8.5},
        {"score": None},
        {"score": True},
        {"service": "crypto"},
        {"category": "vip"},
        {"category": None},
        {"confidence": 1.2},
        {"confidence": float("nan")},
        {"evidence": "Our bookkeeper"},
        {"track": "priority"},
    ],
)
def test_what_the_playbook_does_not_know_is_no_score(changes: dict[str, Any]) -> None:
    assert_no_score(judged(**changes), ScoreStatus.MALFORMED)


def test_the_explanation_of_a_broken_answer_does_not_quote_it() -> None:
    scoring = judge(json.dumps({**REPLY, "rationale": 7, "secret of Anna": "x"}))
    assert_no_score(scoring, ScoreStatus.MALFORMED)
    assert "Anna" not in scoring.explanation


@pytest.mark.parametrize("score", [11, -1, 100, 10**30])
def test_a_score_off_the_scale_is_not_pulled_into_it(score: int) -> None:
    assert_no_score(judged(score=score), ScoreStatus.OFF_SCALE)


@pytest.mark.parametrize("score", [0, 10])
def test_the_ends_of_the_scale_belong_to_it(score: int) -> None:
    assert score_of(judged(score=score)).value == score


@pytest.mark.parametrize(
    "quote",
    [
        "our BOOKKEEPER has\njust left",
        '"Our bookkeeper has just left"',
        "  we\u2019re 12 people ",
        "Our bookkeeper has just left\u2026",
    ],
)
def test_a_quote_may_differ_in_case_spaces_and_quote_marks(quote: str) -> None:
    message = "Our  bookkeeper has just left. We're 12 people."
    assert score_of(judged(message=message, evidence=[quote])).evidence == (quote.strip(),)


def test_a_quote_may_come_from_another_field_of_the_form() -> None:
    assert score_of(judged(evidence=["Harbour Dental"])).evidence


def test_a_made_up_quote_is_dropped_and_noted() -> None:
    scoring = judged(evidence=["Our bookkeeper has just left", "We have a budget of a million"])
    assert score_of(scoring).evidence == ("Our bookkeeper has just left",)
    assert "1 of 2 quotes" in scoring.explanation


@pytest.mark.parametrize("evidence", [["We have a budget of a million"], ["a"], ["made", "up quotes"]])
def test_made_up_evidence_alone_is_no_score(evidence: list[str]) -> None:
    assert_no_score(judged(evidence=evidence), ScoreStatus.UNSUPPORTED)


@pytest.mark.parametrize("evidence", [[], [""], ["  ", "..."]])
def test_no_evidence_is_not_made_up_evidence(evidence: list[str]) -> None:
    assert score_of(judged(message="", evidence=evidence)).evidence == ()


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/pay",
        "evil.app/pay",
        "www.evil.example",
        "boss@evil.example",
        "evil.a\u200bpp",
        "10.1.2.3/x",
        "[pay](//evil.example)",
    ],
)
def test_no_link_gets_into_rationale_or_opening(link: str) -> None:
    score = score_of(judged(rationale=f"Good, see {link} for more.", opening=f"Look at {link} please."))
    assert "evil" not in score.rationale
    assert "10.1" not in score.rationale
    assert score.rationale.startswith("Good, see")
    assert score.opening == ""


@pytest.mark.parametrize("link", ["tel:+4412345678", "evil。com", "app://open", "javascript:alert(1)"])
def test_an_opening_goes_for_what_only_some_programs_make_clickable(link: str) -> None:
    assert score_of(judged(opening=f"Look at {link} please.")).opening == ""


def test_long_texts_are_limited() -> None:
    score = score_of(judged(rationale="Very good. " * 500, opening="So good. " * 100))
    assert len(score.rationale) <= MAX_RATIONALE
    assert score.rationale.endswith("…")
    assert score.opening == ""


def test_the_opening_is_one_line() -> None:
    assert score_of(judged(opening="Thank you for\n\nwriting.")).opening == "Thank you for writing."


def test_the_cost_is_counted_with_the_playbooks_price() -> None:
    assert judged().usage.cost_usd == Decimal("1.25")  # a million at 0.25, half a million at 2.00


def test_an_answer_without_a_score_costs_too() -> None:
    assert judge("nonsense").usage.cost_usd == Decimal("1.25")


def test_an_answer_under_another_name_costs_what_the_model_asked_for_does() -> None:
    assert judge(json.dumps(REPLY), model="proxy/gpt-6.1-terra").usage.cost_usd == Decimal("1.25")


def test_a_model_without_a_price_has_no_cost() -> None:
    playbook = a_playbook(ai=AiRules(model="llama"))
    assert judge(json.dumps(REPLY), model="llama", playbook=playbook).usage.cost_usd is None


@given(st.text() | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_any_answer_is_judged_without_an_error(text: str) -> None:
    assert (judge(text).score is None) == (judge(text).status is not ScoreStatus.SCORED)
