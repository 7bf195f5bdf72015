"""`score_quality`: split by time, leaks refused or flagged, and how much of the signal the score found.

The only tests that import scikit-learn, which takes a second."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration_project.errors import LeadsError
from orchestration_project.history.evaluation.fields import as_numbers, guard, refuse_late
from orchestration_project.history.evaluation.labels import Maturity
from orchestration_project.history.evaluation.measures import auc, average_precision
from orchestration_project.history.evaluation.quality import (
    Question,
    ScoreQuality,
    doubtful,
    score_quality,
    split,
)
from orchestration_project_tests.history.evaluation.made import NOBODY, START, made_leads, refs

AS_OF = START + pd.Timedelta(days=500)
KNOWN = {"need": "submission", "called": "later", "colour": "submission", "code": "submission"}


@pytest.fixture(scope="module")
def quality() -> ScoreQuality:
    return score_quality(*made_leads(3000), KNOWN, as_of=AS_OF)  # type: ignore[arg-type]


def test_the_measures_agree_with_scikit_learns() -> None:
    from sklearn.metrics import average_precision_score, roc_auc_score

    dice = np.random.default_rng(9)
    for scores in (dice.normal(size=300), dice.integers(0, 11, size=300).astype(float)):
        won = dice.random(300) < 0.3
        assert auc(scores, won) == pytest.approx(roc_auc_score(won, scores))
        assert average_precision(scores, won) == pytest.approx(average_precision_score(won, scores))


def test_the_yardstick_finds_the_signal_and_says_which_share_of_it_the_score_has(
    quality: ScoreQuality,
) -> None:
    from sklearn.metrics import roc_auc_score

    found = quality.yardstick
    assert found is not None and found.score_auc is not None and found.share_found is not None
    # the best there is: the outcome was drawn by `need`, of which one in ten is missing
    leads, outcomes, features = made_leads(3000)
    need, won = features["need"].fillna(0).to_numpy(), (outcomes["outcome"] == "won").to_numpy()
    best = roc_auc_score(won[2100:], need[2100:])
    assert found.auc == pytest.approx(best, abs=0.02)
    assert found.score_auc == pytest.approx(roc_auc_score(won, leads["score"]), abs=0.03)
    assert found.share_found == pytest.approx((found.score_auc - 0.5) / (found.auc - 0.5))
    assert found.share_interval is not None
    assert found.share_interval.low < found.share_found < found.share_interval.high
    assert quality.headline.startswith("The score found ")
    assert found.strongest[0][0] == "need"


def test_a_field_filled_in_later_is_refused_and_one_nobody_dated_too(quality: ScoreQuality) -> None:
    verdicts = {check.name: check.verdict for check in quality.fields}
    assert verdicts == {"need": "used", "called": "refused", "colour": "used", "code": "used"}
    with pytest.raises(LeadsError, match=r"called \(later\), mystery \(nobody says when\)"):
        refuse_late(["need", "called", "mystery"], {"need": "submission", "called": "later"})
    refuse_late(["need"], {"need": "submission"})


def test_a_planted_leak_is_flagged_by_name_and_a_strong_honest_field_is_not() -> None:
    leads, outcomes, features = made_leads(3000)
    innocent = dict.fromkeys(KNOWN, "submission")
    found = score_quality(leads, outcomes, features, innocent, as_of=AS_OF)  # type: ignore[arg-type]
    checks = {check.name: check for check in found.fields}
    assert checks["called"].verdict == "flagged"
    assert "look who fills it in" in checks["called"].why
    honest = checks["need"]
    assert honest.verdict == "used"
    assert honest.auc is not None and honest.auc > 0.7
    assert found.yardstick is not None and found.yardstick.auc < 0.85, "it must not learn from the leak"
    trusting = score_quality(
        leads,
        outcomes,
        features,
        innocent,  # type: ignore[arg-type]
        as_of=AS_OF,
        question=Question(trusted=("called",)),
    )
    assert trusting.yardstick is not None and trusting.yardstick.auc > 0.95


def test_learned_is_only_from_what_was_sure_before_the_later_leads_came() -> None:
    leads, _, _ = made_leads(1000, days=100)
    earlier, later = split(leads, Maturity(days=30, learned=False))
    at = leads["at"]
    assert at[earlier].max() <= at[later].min() - pd.Timedelta(days=30)
    assert later.sum() == 300
    same_moment = leads.assign(at=START)
    earlier, later = split(same_moment, Maturity(days=0, learned=False))
    assert (earlier.sum(), later.sum()) == (0, 1000), "leads of one moment are not put on two sides"


def test_months_sources_and_services_have_their_own_figures(quality: ScoreQuality) -> None:
    assert len(quality.by_time) == 12
    assert quality.by_time[0].name == "2025-01"
    assert sum(group.ranking.leads for group in quality.by_time) == quality.labels.sure
    assert {group.name for group in quality.by_source} == {"website", "typeform"}
    assert {group.name for group in quality.by_service} == {"payroll", "bookkeeping"}
    assert doubtful(quality.by_source) == ()
    assert quality.overall.in_order


def test_a_source_whose_scores_are_chance_is_told() -> None:
    leads, outcomes, features = made_leads(2000)
    dice = np.random.default_rng(8)
    blind = leads["source"] == "typeform"
    leads.loc[blind, "score"] = dice.integers(0, 11, size=int(blind.sum()))
    found = score_quality(leads, outcomes, features[["ref"]], {}, as_of=AS_OF)
    assert doubtful(found.by_source) == ("typeform",)
    assert found.without_yardstick == "There is no yardstick: no field was known at submission."


def test_a_score_that_is_the_same_for_all_found_nothing() -> None:
    leads, outcomes, features = made_leads(2000)
    found = score_quality(leads.assign(score=3.0), outcomes, features, KNOWN, as_of=AS_OF)  # type: ignore[arg-type]
    assert found.overall.auc == 0.5
    assert found.yardstick is not None and found.yardstick.share_found == 0
    assert found.headline.startswith("The score found 0 % of what was to be found")


def test_where_the_fields_tell_nothing_no_share_is_made_up() -> None:
    leads, outcomes, features = made_leads(2000)
    noise = features[["ref", "colour"]]
    found = score_quality(leads, outcomes, noise, {"colour": "submission"}, as_of=AS_OF)
    assert found.yardstick is not None
    assert found.yardstick.share_found is None
    assert "next to nothing" in found.headline


@given(
    st.lists(
        st.tuples(st.sampled_from([None, 0, 3, 10]), st.sampled_from(["won", "lost", "no_answer", None])),
        max_size=12,
    )
)
@settings(max_examples=25)
def test_few_leads_one_class_or_none_end_in_a_sentence(rows: list[tuple[int | None, str | None]]) -> None:
    leads = pd.DataFrame(
        {
            "ref": refs(len(rows)),
            "at": pd.to_datetime([START] * len(rows), utc=True),
            "score": pd.array([score for score, _ in rows], dtype="Int64"),
            "source": ["website"] * len(rows),
            "service": [None] * len(rows),
        }
    )
    told = [(ref, outcome, START) for ref, (_, outcome) in zip(refs(len(rows)), rows, strict=True) if outcome]
    outcomes = pd.DataFrame(told, columns=["ref", "outcome", "at"]) if told else NOBODY
    features = pd.DataFrame({"ref": refs(len(rows)), "words": range(len(rows))})
    found = score_quality(leads, outcomes, features, {"words": "submission"}, as_of=AS_OF)
    assert found.yardstick is None
    assert found.headline
    assert found.labels.sure == sum(outcome is not None for _, outcome in rows)
    assert "all 1 lead" not in found.headline


def test_a_single_lead_with_a_sure_outcome_is_told_as_one() -> None:
    leads = pd.DataFrame(
        {
            "ref": refs(1),
            "at": pd.to_datetime([START], utc=True),
            "score": pd.array([3], dtype="Int64"),
            "source": ["website"],
            "service": [None],
        }
    )
    outcomes = pd.DataFrame([(*refs(1), "lost", START)], columns=["ref", "outcome", "at"])
    found = score_quality(leads, outcomes, pd.DataFrame({"ref": refs(1)}), {}, as_of=AS_OF)
    assert found.headline.endswith("the only lead with a sure outcome was not won.")


@pytest.mark.parametrize(
    ("values", "numbers"),
    [
        ([1, 2.5, None], True),
        (["1", "2", "x"], False),
        (["1", "2", None], True),
        ([True, False, None], False),
        ([float("inf"), 1, 2], True),
        ([None, None], False),
    ],
)
def test_numbers_are_told_from_other_answers(values: list[object], numbers: bool) -> None:
    assert (as_numbers(pd.Series(values)) is not None) == numbers


def test_ids_and_values_never_seen_before_say_nothing() -> None:
    won = np.arange(400) % 3 == 0
    earlier = np.arange(400) < 300
    table = pd.DataFrame({"id": refs(400), "new": ["old"] * 300 + ["new"] * 100, "one": ["x"] * 400})
    known = dict.fromkeys(table.columns, "submission")
    checks = {check.name: check for check in guard(table, won, earlier, known)}  # type: ignore[arg-type]
    assert checks["id"].auc == 0.5
    assert checks["new"].auc == 0.5
    assert checks["one"].verdict == "empty"
