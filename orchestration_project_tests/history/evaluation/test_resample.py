"""The paired bootstrap against what is known in closed form."""

import numpy as np
import pytest

from orchestration_project.history.evaluation.measures import auc
from orchestration_project.history.evaluation.resample import (
    auc_difference,
    draws,
    mean_interval,
    weighted_auc,
)


def test_weights_are_leads_that_come_so_often() -> None:
    scores, won = np.array([1.0, 2.0, 2.0, 5.0]), np.array([False, True, False, True])
    weights = np.array([[1.0, 1, 1, 1], [2, 3, 0, 1], [1, 0, 1, 0]])
    found = weighted_auc(scores, won, weights)
    assert found[0] == pytest.approx(auc(scores, won))
    assert found[1] == pytest.approx(auc(np.repeat(scores, [2, 3, 0, 1]), np.repeat(won, [2, 3, 0, 1])))
    assert np.isnan(found[2])


def test_a_draw_has_as_many_leads_as_there_are_and_the_same_seed_the_same_draws() -> None:
    counts = np.array([7.0, 1.0, 12.0])
    first, second = (np.concatenate(list(draws(counts, 500))) for _ in range(2))
    assert first.shape == (500, 3)
    assert (first.sum(axis=1) == 20).all()
    assert (first == second).all()
    assert first.mean(axis=0) == pytest.approx(counts, abs=0.5)


def test_the_interval_of_a_mean_is_nearly_the_normal_one() -> None:
    values = np.random.default_rng(1).normal(loc=0.3, size=800)
    found = mean_interval(values)
    half = 1.96 * values.std() / np.sqrt(800)
    assert found.low == pytest.approx(values.mean() - half, abs=0.01)
    assert found.high == pytest.approx(values.mean() + half, abs=0.01)


def test_of_a_hundred_intervals_about_ninety_five_hold_the_true_difference() -> None:
    """Both sides see the same quality through fogs of equal strength: the true difference is none."""
    dice = np.random.default_rng(2)
    held = 0
    for _ in range(150):
        won = dice.random(200) < 0.4
        seen = won + dice.normal(size=200)
        before, after = (np.clip(np.rint(seen + dice.normal(size=200)), -3, 5) for _ in range(2))
        found = auc_difference(before, after, won, times=400)
        held += found.low <= 0 <= found.high
    assert 0.90 <= held / 150 <= 0.99


def test_a_side_that_sees_better_is_told_from_one_that_does_not() -> None:
    dice = np.random.default_rng(4)
    won = dice.random(2000) < 0.4
    clear, foggy = won + dice.normal(size=2000), won + dice.normal(size=2000) * 3
    assert auc_difference(foggy, clear, won, times=300).low > 0
    same = auc_difference(clear, clear, won, times=300)
    assert (same.low, same.high) == (0, 0)
