"""What the lines of a scorecard are worth by what became of leads: few, rounded, and of the owner's sign.

Pure arithmetic over which line held for which lead. Whether a line holds is `decision/signals.py`'s, which
labels are sure `labels.py`'s.
"""

from collections.abc import Sequence

import numpy as np
from scipy.optimize import minimize

from orchestration_project.errors import LeadsError
from orchestration_project.history.evaluation.measures import Flags, Floats, Interval, auc
from orchestration_project.history.evaluation.resample import auc_difference
from orchestration_project.model import Frozen

LEARNED_ON = 0.7
"""Of the leads, the oldest; on the others it is measured."""
LEAST_HELD = 15
"""Leads for which a line must have held, before anything is learned of it."""
LEAST_OF_EACH = 15
"""Good leads, and others, without which nothing can be learned."""
MOST_POINTS = 6
PENALTIES = (0.25, 1.0, 4.0)
"""Of a weight, in leads: how much evidence a line has to bring before it counts."""


class Card(Frozen):
    """A scorecard as numbers: where it starts, and the points of each line in order."""

    start: int
    points: tuple[int, ...]

    def scores(self, held: Floats) -> Floats:
        """From 0 to 10, a row of `held` each."""
        return np.clip(self.start + held @ np.array(self.points, dtype=float), 0, 10)


class Fitted(Frozen):
    """The card before and after, and what each is worth on leads that came after those it learned from."""

    before: Card
    after: Card
    held: tuple[int, ...]  # for how many leads each line held
    learned_on: int
    measured_on: int
    auc_before: float
    auc_after: float
    difference: Interval  # 95 %, of the AUCs, by the paired bootstrap

    @property
    def untouched(self) -> tuple[bool, ...]:
        """Lines that held for too few leads to learn of."""
        return tuple(count < LEAST_HELD for count in self.held)


def fit(held: Floats, good: Floats, card: Card) -> Fitted:
    """`held`: leads in order of time, a column a line, 0 or 1; `good`: what each lead turned out
    to be, from 0 to 1.
    Raises LeadsError where there is too little to learn from."""
    until = round(len(held) * LEARNED_ON)
    _insist(good[:until] > 0.5, "to learn from")  # noqa: PLR2004 - the middle
    _insist(good[until:] > 0.5, "to measure it on")  # noqa: PLR2004
    after = _learn(held[:until], good[:until], card)
    won = good[until:] > 0.5  # noqa: PLR2004
    old, new = card.scores(held[until:]), after.scores(held[until:])
    return Fitted(
        before=card,
        after=after,
        held=tuple(int(count) for count in held[:until].sum(axis=0)),
        learned_on=until,
        measured_on=len(held) - until,
        auc_before=auc(old, won) or 0.5,
        auc_after=auc(new, won) or 0.5,
        difference=auc_difference(old, new, won),
    )


def _insist(good: Flags, what: str) -> None:
    won = int(good.sum())
    if min(won, len(good) - won) < LEAST_OF_EACH:
        raise LeadsError(
            f"There are {won} good leads and {len(good) - won} others {what}; {LEAST_OF_EACH} of each are "
            "needed. Outcomes come by `leads import --outcomes` or from the CRM, verdicts by `leads verdict`."
        )


def _learn(held: Floats, good: Floats, card: Card) -> Card:
    known = held.sum(axis=0) >= LEAST_HELD
    # the strength of the penalty is chosen on the newest of the leads that are learned from
    inner = round(len(held) * 0.75)
    won = good[inner:] > 0.5  # noqa: PLR2004
    tried = []
    for penalty in PENALTIES:
        found = _rounded(held[:inner], good[:inner], card, known, penalty)
        tried.append((auc(found.scores(held[inner:]), won) or 0.5, penalty))
    return _rounded(held, good, card, known, max(tried)[1])


def _rounded(held: Floats, good: Floats, card: Card, known: Flags, penalty: float) -> Card:
    """The weights as whole points: of all scales the one whose scores order the leads best, begun so that the
    mean score stays what it was; a better card is not a stricter one."""
    signs = np.where(np.array(card.points) < 0, -1.0, 1.0)
    weights = _weights(held[:, known] * signs[known], good, penalty)
    was = card.scores(held).mean()
    won = good > 0.5  # noqa: PLR2004
    best, best_value = card, -1.0
    for most in np.linspace(1, MOST_POINTS, 21):
        scale = most / weights.max() if weights.size and weights.max() > 0 else 0.0
        points = np.array(card.points, dtype=float)
        points[known] = np.rint(weights * scale) * signs[known]
        tried = _begun_at(tuple(int(value) for value in points), held, was)
        value = auc(tried.scores(held), won) or 0.5
        if value > best_value + 1e-3:  # a finer scale has to be worth it
            best, best_value = tried, value
    return best


def _begun_at(points: tuple[int, ...], held: Floats, mean: float) -> Card:
    cards = (Card(start=start, points=points) for start in range(11))
    return min(cards, key=lambda card: abs(card.scores(held).mean() - mean))


def _weights(held: Floats, good: Floats, penalty: float) -> Floats:
    """Of a logistic regression whose weights are not below 0, and 0 where there is little to say for them."""
    lines = held.shape[1]

    def loss(given: Floats) -> tuple[float, Floats]:
        logits = given[0] + held @ given[1:]
        away = 1 / (1 + np.exp(-logits)) - good
        value = np.logaddexp(0, logits) - good * logits
        gradient = np.concatenate([[away.sum()], held.T @ away + penalty])
        return float(value.sum() + penalty * given[1:].sum()), gradient

    bounds: Sequence[tuple[float | None, float | None]] = [(None, None), *[(0.0, None)] * lines]
    found = minimize(loss, np.zeros(lines + 1), jac=True, method="L-BFGS-B", bounds=bounds)
    return np.asarray(found.x[1:], dtype=float)
