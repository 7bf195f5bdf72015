"""Weights of the scorecard's lines, learned from what became of leads."""

import numpy as np
import pytest

from orchestration_project.errors import LeadsError
from orchestration_project.history.evaluation.fit import LEAST_HELD, Card, fit
from orchestration_project.history.evaluation.measures import Floats


def made(
    leads: int, worth: tuple[float, ...], shares: tuple[float, ...], seed: int = 5
) -> tuple[Floats, Floats]:
    """Leads for which each line holds by chance, and which are good by what their lines are worth."""
    dice = np.random.default_rng(seed)
    held = (dice.random((leads, len(worth))) < shares).astype(float)
    logits = held @ np.array(worth) - 1.5
    return held, (dice.random(leads) < 1 / (1 + np.exp(-logits))).astype(float)


def test_what_speaks_for_a_lead_gets_points_and_what_says_nothing_gets_none() -> None:
    held, good = made(1500, (3.0, 0.0, 1.5, -2.5), (0.3, 0.5, 0.4, 0.3))
    fitted = fit(held, good, Card(start=3, points=(1, 3, 1, -1)))
    first, second, third, fourth = fitted.after.points
    assert first > third > 0 == second > fourth
    assert fitted.auc_after > fitted.auc_before
    assert fitted.difference.low > 0


def test_a_line_keeps_the_sign_its_owner_gave_it() -> None:
    held, good = made(1500, (2.0, 2.0), (0.4, 0.4))
    fitted = fit(held, good, Card(start=3, points=(2, -2)))
    assert fitted.after.points[0] > 0
    assert fitted.after.points[1] == 0, "what is against all evidence is left out, never turned round"


def test_a_line_that_held_for_few_leads_stays_as_it_is() -> None:
    held, good = made(600, (2.0, 1.0), (0.4, 0.4))
    held[:, 1] = 0
    held[: LEAST_HELD - 1, 1] = 1
    fitted = fit(held, good, Card(start=3, points=(1, 5)))
    assert fitted.after.points[1] == 5
    assert fitted.untouched == (False, True)


def test_a_better_card_is_not_a_stricter_one() -> None:
    held, good = made(1500, (3.0, 1.5, -2.5), (0.3, 0.4, 0.3))
    card = Card(start=5, points=(2, 2, -3))
    after = fit(held, good, card).after
    assert abs(after.scores(held).mean() - card.scores(held).mean()) < 0.6


@pytest.mark.parametrize("won", [0, 3])
def test_too_few_of_one_kind_are_refused_in_a_sentence(won: int) -> None:
    good = np.zeros(200)
    good[:won] = 1
    with pytest.raises(LeadsError, match=f"{won} good leads"):
        fit(np.ones((200, 1)), good, Card(start=3, points=(1,)))
