"""Measures against what can be counted by hand; whatever comes in, they end with a figure or with None."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration_project.history.evaluation.measures import (
    Interval,
    at_top,
    auc,
    auc_interval,
    average_precision,
    bands,
    mid_ranks,
    percentiles,
    rank,
    wilson,
)

WILD = st.lists(
    st.tuples(
        st.one_of(st.integers(0, 10).map(float), st.floats(allow_nan=True, allow_infinity=True)),
        st.booleans(),
    ),
    max_size=40,
)


def flags(text: str) -> np.ndarray:
    return np.array([letter == "1" for letter in text])


def by_pairs(scores: np.ndarray, won: np.ndarray) -> float:
    """The definition: of all pairs of a won lead and another, how often the won one is higher."""
    pairs = [(a, b) for a in scores[won] for b in scores[~won]]
    return sum(1.0 if a > b else 0.5 if a == b else 0.0 for a, b in pairs) / len(pairs)


def test_the_auc_is_the_share_of_pairs_in_the_right_order() -> None:
    assert auc(np.array([1.0, 2.0, 3.0, 4.0]), flags("0011")) == 1.0
    assert auc(np.array([4.0, 3.0, 2.0, 1.0]), flags("0011")) == 0.0
    assert auc(np.full(6, 3.0), flags("010110")) == 0.5
    # by hand: pairs (1,1) half, (1,2) no, (3,1) yes, (3,2) yes
    assert auc(np.array([1.0, 1.0, 2.0, 3.0]), flags("1001")) == pytest.approx(2.5 / 4)


@given(WILD)
@settings(max_examples=100)
def test_whatever_comes_in_the_measures_agree_with_the_definition(rows: list[tuple[float, bool]]) -> None:
    scores, won = (
        np.array([score for score, _ in rows], dtype=float),
        np.array([hit for _, hit in rows], dtype=bool),
    )
    made = rank(scores, won)
    known = np.isfinite(scores)
    assert made.leads + made.unscored == len(rows)
    both = won[known].any() and (~won[known]).any()
    assert (made.auc is not None) == both
    if made.auc is not None and made.interval is not None:
        assert made.auc == pytest.approx(by_pairs(scores[known], won[known]))
        assert 0 <= made.interval.low <= made.auc + 1e-9
        assert made.auc - 1e-9 <= made.interval.high <= 1
    assert sum(band.leads for band in made.bands) == made.leads
    assert sum(band.won for band in made.bands) == made.won
    for upper, lower in zip(made.bands, made.bands[1:], strict=False):
        assert upper.lowest > lower.highest


def test_the_interval_is_delongs_on_the_logit_scale() -> None:
    # by hand: won 2, 4, others 1, 3; AUC 3/4. Won leads are above (1/2, 1) of the others, the others below
    # (1, 1/2) of the won ones: both variances are 1/8, so the variance of the AUC is 1/8.
    found = auc_interval(np.array([1.0, 2.0, 3.0, 4.0]), flags("0101"))
    assert found is not None
    width = 1.959964 * math.sqrt(1 / 8) / (0.75 * 0.25)
    middle = math.log(3)
    assert found.low == pytest.approx(1 / (1 + math.exp(width - middle)), abs=1e-6)
    assert found.high == pytest.approx(1 / (1 + math.exp(-width - middle)), abs=1e-6)


def test_of_a_hundred_intervals_about_ninety_five_hold_the_truth() -> None:
    dice = np.random.default_rng(5)
    truth = 0.7602499389065233  # of two normals, one apart: the normal distribution at 1 / sqrt(2)
    held = 0
    for _ in range(400):
        won = dice.random(150) < 0.4
        scores = dice.normal(size=150) + won
        found = auc_interval(scores, won)
        assert found is not None
        held += found.low <= truth <= found.high
    assert 0.92 <= held / 400 <= 0.98


def test_an_interval_is_wide_where_a_perfect_order_of_few_leads_proves_little() -> None:
    few = auc_interval(np.array([1.0, 2.0, 3.0, 4.0]), flags("0011"))
    many = auc_interval(np.arange(400.0), np.arange(400) >= 200)
    assert few is not None and many is not None
    assert few.low < 0.5
    assert many.low > 0.97
    assert auc_interval(np.full(50, 3.0), np.arange(50) % 2 == 0) == Interval(low=0.5, high=0.5)


def test_average_precision_is_the_mean_precision_at_the_won_leads() -> None:
    # won at places 1 and 3: (1/1 + 2/3) / 2
    assert average_precision(np.array([4.0, 3.0, 2.0, 1.0]), flags("1010")) == pytest.approx((1 + 2 / 3) / 2)
    # all equal: one step, with the precision of all
    assert average_precision(np.full(10, 3.0), np.arange(10) < 3) == pytest.approx(0.3)
    assert average_precision(np.array([1.0]), flags("0")) is None


def test_the_top_of_the_list_takes_a_tie_across_its_end_in_part() -> None:
    scores = np.array([9.0, 5.0, 5.0, 5.0, 5.0, 1.0, 1.0, 1.0, 1.0, 1.0])
    found = at_top(scores, flags("1110000000"), 0.2)
    # the 9, and one of four fives of which two are won: 1 + 1/2 of 2
    assert found.precision == pytest.approx(0.75)
    assert found.lift == pytest.approx(0.75 / 0.3)
    assert found.found == pytest.approx(1.5 / 3)
    nobody = at_top(scores, np.zeros(10, dtype=bool), 0.1)
    assert (nobody.precision, nobody.lift, nobody.found) == (0, None, None)


def test_equal_scores_never_stand_in_two_bands() -> None:
    made = bands(np.repeat([10.0, 6.0, 3.0], [10, 10, 80]), np.repeat([True, False], [10, 90]))
    assert [(band.highest, band.leads, band.rate) for band in made] == [(10, 20, 0.5), (3, 80, 0)]
    assert bands(np.full(7, 3.0), np.zeros(7, dtype=bool))[0].leads == 7
    assert bands(np.array([]), np.array([], dtype=bool)) == ()


def test_the_order_of_bands_is_told() -> None:
    scores = np.arange(100.0)
    assert rank(scores, scores >= 60).in_order
    assert not rank(scores, scores < 40).in_order


def test_ranks_of_equal_values_are_in_their_middle() -> None:
    assert list(mid_ranks(np.array([5.0, 1.0, 5.0, 9.0]))) == [2.5, 1, 2.5, 4]


def test_wilsons_interval_is_known() -> None:
    assert wilson(8, 10).low == pytest.approx(0.4901625, abs=1e-6)  # from the literature: 8 of 10
    assert wilson(8, 10).high == pytest.approx(0.9433178, abs=1e-6)
    assert wilson(0, 0) == Interval(low=0, high=1)
    assert wilson(0, 20).low == 0


def test_percentiles_leave_out_what_is_missing() -> None:
    assert percentiles([1.0, float("nan"), 3.0], (50,)) == (2,)
    assert percentiles([float("nan")], (50,)) is None
