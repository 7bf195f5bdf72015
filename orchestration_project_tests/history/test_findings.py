"""What the asset checks find: a change that is real is told, chance is not, and too few leads say nothing."""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import pandas as pd
import pytest

from orchestration_project.history import findings
from orchestration_project.history.compare import share, shift, windows
from orchestration_project.history.frames import empty

TODAY = date(2026, 11, 24)


def weeks(a_day: int = 20, **columns: "tuple[Made, Made]") -> pd.DataFrame:
    """So many rows a day over five weeks. A column is a pair: what it is in the four weeks before, and in the
    last one; each a function of a random number."""
    dice = Random(7)
    rows: list[dict[str, Any]] = []
    for ago in range(35):
        for number in range(a_day):
            row = {name: pair[ago < 7](dice.random()) for name, pair in columns.items()}
            rows.append({"day": pd.Timestamp(TODAY - timedelta(days=ago)), "ref": f"L-{ago}-{number}"} | row)
    return pd.DataFrame(rows)


Made = Callable[[float], object]


def often(chance: float) -> Made:
    def made(number: float) -> bool:
        return number < chance

    return made


def evenly(lowest: int, many: int) -> Made:
    def made(number: float) -> int:
        return lowest + int(number * many)

    return made


def test_a_question_that_vanished_is_told_by_name() -> None:
    usual, gone = often(0.8), often(0.02)
    leads = weeks(20, **{name: (usual, gone if name == "has_phone" else usual) for name in findings.GIVEN})
    found = findings.fields_are_filled_in({"leads": leads}, TODAY)
    assert not found.well
    assert [row[0] for row in found.rows] == ["phone"]
    assert "Did a form change?" in found.says


def test_what_chance_does_is_not_told() -> None:
    same = (often(0.5), often(0.5))
    leads = weeks(8, **dict.fromkeys(findings.GIVEN, same))
    assert findings.fields_are_filled_in({"leads": leads}, TODAY).well


def test_a_handful_of_leads_says_nothing() -> None:
    vanished = (often(1), often(0))
    leads = weeks(2, **dict.fromkeys(findings.GIVEN, vanished))
    found = findings.fields_are_filled_in({"leads": leads}, TODAY)
    assert found.well and found.says == findings.TOO_FEW


@pytest.mark.parametrize(
    ("before", "now", "well"), [(0.05, 0.05, True), (0.05, 0.3, False), (0.3, 0.05, False)]
)
def test_more_spam_than_usual_is_told_and_less_too(before: float, now: float, *, well: bool) -> None:
    def spam(chance: float) -> Made:
        def made(number: float) -> str | None:
            return "spam" if number < chance else None

        return made

    found = findings.share_is_usual({"submissions": weeks(reason=(spam(before), spam(now)))}, TODAY, "spam")
    assert found.well is well, found.says


def test_scores_that_move_are_told_with_how_far() -> None:
    scores = weeks(score=(evenly(0, 11), evenly(0, 4)), category=(often(1), often(1)))
    found = findings.columns_are_stable(windows(scores, TODAY), ("score", "category"))
    assert not found.well
    assert found.rows[0][0] == "score" and found.rows[0][3] == "shifted"
    assert found.rows[1][3] == ""


@pytest.mark.parametrize("size", [20, 60, 300])
@pytest.mark.parametrize("kinds", [2, 5, 11])
def test_the_same_distribution_does_not_count_as_shifted(size: int, kinds: int) -> None:
    dice = Random(size * kinds)
    for _ in range(20):
        recent, usual = (
            pd.Series([dice.randrange(kinds) for _ in range(many)], dtype="Int64")
            for many in (size, size * 4)
        )
        assert not shift(recent, usual).shifted


def test_what_was_never_there_before_is_a_shift_and_no_infinity() -> None:
    usual, recent = pd.Series(["nurture"] * 200), pd.Series(["payroll_desk"] * 50)
    assert 1 < shift(recent, usual).psi < 20
    assert shift(recent, usual).shifted
    assert shift(pd.Series([None] * 50, dtype="str"), usual).shifted, "missing is a bin of its own"


def test_a_share_needs_size_and_more_than_chance() -> None:
    def rows(true: int, of: int) -> "pd.Series[bool]":
        return pd.Series([True] * true + [False] * (of - true))

    assert share(rows(80, 100), rows(50, 400)).changed
    assert not share(rows(12, 20), rows(160, 400)).changed, "of twenty, twelve may be chance"
    assert not share(rows(5000, 10_000), rows(4500, 10_000)).changed, (
        "for sure, but not worth a person's time"
    )


def test_leads_that_history_lacks_are_told_by_day_and_today_may_lag() -> None:
    submissions = pd.DataFrame({"day": [pd.Timestamp(2026, 11, 23)] * 2, "ref": ["a", "b"]})
    days = {date(2026, 11, 22): 1, date(2026, 11, 23): 2, TODAY: 9}
    found = findings.all_leads_are_here({"submissions": submissions}, days, TODAY)
    assert not found.well
    assert found.rows == [("2026-11-22", 1, 0)]
    del days[date(2026, 11, 22)]
    days[date(2026, 11, 23)] = 1  # one was erased
    assert findings.all_leads_are_here({"submissions": submissions}, days, TODAY).well


def test_a_lead_that_is_done_without_end_or_reason_is_told() -> None:
    frames: Mapping[str, pd.DataFrame] = {
        "submissions": pd.DataFrame({"ref": ["a", "b", "c"], "state": ["done", "done", "waiting"]}),
        "receipts": pd.DataFrame(
            {"ref": ["a", "b", "c"], "action": ["chat"] * 3, "status": ["done", "begun", "waiting"]}
        ),
        "decisions": pd.DataFrame({"ref": ["b", "c"]}),
    }
    assert findings.actions_have_an_end(frames).rows == [("b", "chat", "begun")]
    assert findings.done_was_decided(frames).rows == [("a",)]


@pytest.mark.parametrize(
    ("today", "limit", "well"),
    [
        (1.0, None, True),
        (4.5, None, False),
        (1.0, Decimal(5), True),
        (4.5, Decimal(8), False),
        # the watch tells of a limit while it is reached
        (4.5, Decimal(5), True),
        (1.0, Decimal(1), True),
    ],
)
def test_the_ai_is_told_when_it_costs_more_than_usual_and_its_limit_only_by_the_watch(
    today: float, limit: Decimal | None, *, well: bool
) -> None:
    costs = pd.DataFrame(
        {
            "day": [pd.Timestamp(TODAY - timedelta(days=ago)) for ago in range(10)],
            "cost_usd": [today] + [1.4] * 9,
        }
    )
    found = findings.ai_cost_is_usual({"ai_costs": costs}, TODAY, limit)
    assert found.well is well, found.says
    assert findings.ai_cost_is_usual({"ai_costs": empty("ai_costs")}, TODAY, Decimal(5)).well


def test_a_question_nobody_asked_before_is_told_and_a_new_form_is_not() -> None:
    usual = {"inbox": {"Colour"}}
    found = findings.questions_are_known({"inbox": {"Colour", "Shoe size"}, "tally": {"Pet"}}, usual)
    assert found.rows == [("inbox", "Shoe size")]


def test_scores_that_mean_something_else_by_now_are_told() -> None:
    def leads(won_then: float, won_now: float) -> pd.DataFrame:
        """Two hundred high scores and as many low ones, of which nobody buys."""
        rates = [won_then] * 140 + [won_now] * 60
        high = pd.DataFrame({"score": 9.0, "won": [n % 10 < 10 * rate for n, rate in enumerate(rates)]})
        made = pd.concat([high, high.assign(score=1.0, won=False)], keys=["high", "low"])
        return made.assign(ref=[f"L-{n}" for n in range(400)], at=[*range(200), *range(200)])

    assert findings.calibration_holds(leads(0.5, 0.5)).well
    found = findings.calibration_holds(leads(0.6, 0.1))
    assert not found.well
    assert "scored 8-10 are won otherwise" in found.says
    assert found.rows[0] == ("8-10", "10%", "60%", 60)
    assert findings.calibration_holds(leads(0.6, 0.1)[:50]).well, "too few to say"


def test_answers_of_an_ai_without_evidence_are_counted_and_the_scorecard_is_left_out() -> None:
    def scores(scorer: str, evidence: int) -> pd.DataFrame:
        return weeks(5, score=(evenly(5, 1), evenly(5, 1))).assign(
            scorer=scorer, score_status="scored", evidence=evidence
        )

    assert not findings.evidence_is_given({"lead_scores": scores("OpenAI", 0)}, TODAY).well
    assert findings.evidence_is_given({"lead_scores": scores("OpenAI", 1)}, TODAY).well
    assert findings.evidence_is_given({"lead_scores": scores("offline", 0)}, TODAY).well


def test_drafts_that_come_later_than_usual_are_told() -> None:
    slow = weeks(drafted_seconds=(evenly(5, 2), evenly(500, 2)))
    assert not findings.waits_are_usual({"speed_to_lead": slow}, TODAY).well
    a_little = weeks(drafted_seconds=(evenly(5, 2), evenly(40, 2)))
    assert findings.waits_are_usual({"speed_to_lead": a_little}, TODAY).well, "a minute is no harm"
