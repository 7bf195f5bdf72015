"""What a firm's own words for genuine and spam add to the shipped text model, and whether that is any better.

Pure arithmetic over leads with a label. Which leads have one is the ledger's to say.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
from scipy.optimize import minimize

from orchestration_project.decision.genuine.judge import judge, texts_of
from orchestration_project.decision.genuine.signs import NOTHING
from orchestration_project.decision.genuine.text_model import counted
from orchestration_project.errors import LeadsError
from orchestration_project.history.evaluation.measures import Floats
from orchestration_project.model import Frozen, Lead
from orchestration_project.playbook.model import Junk
from orchestration_project.text import so_many

Weights = Mapping[int, float]

LEAST = 5
"""Leads that a person has called spam or genuine, without which nothing is learned."""
TRUST = 3.0
"""How much a label counts against the shipped weights: one alone about turns a text that was on the fence."""
FOLDS = 5
MORE_STOPPED = 0.005
"""So large a share of the leads that nobody complained of may be stopped in addition, and no larger."""
_SMALLEST = 0.02
_FENCE = 1e-6


class Labelled(Frozen):
    """A lead and whether it was spam. `by_person`: somebody said so; else it simply came through, and was
    answered."""

    lead: Lead
    spam: bool
    by_person: bool


class Learned(Frozen):
    """The added weights by bucket of the text model, and how many of the labelled leads are judged right
    before and after: each by weights that have not seen its text."""

    weights: dict[int, float]
    spam: int
    genuine: int
    right_before: int
    right_after: int
    right_known: int  # with what was learned from themselves, too
    stopped_before: int  # genuine ones that were held or to be checked
    stopped_after: int

    @property
    def labels(self) -> int:
        return self.spam + self.genuine

    @property
    def objections(self) -> tuple[str, ...]:
        """Why it should not be used; none: it is better, and stops nobody more who is meant."""
        found: list[str] = []
        if self.genuine < LEAST:
            found.append(
                f"{LEAST} genuine leads are needed to see whom it would stop that is meant: say so of some, "
                "with `leads verdict REF --genuine`"
            )
        if self.right_after < self.right_before:
            found.append(f"it judges fewer right than before, {self.right_after:,} of {self.labels:,}")
        elif self.right_known <= self.right_before:
            found.append("it changes nothing, not even for the leads it was learned from")
        most = self.stopped_before + math.floor(MORE_STOPPED * self.genuine)
        if self.stopped_after > most:
            found.append(
                f"it would stop {self.stopped_after:,} of {self.genuine:,} genuine leads, now "
                f"{self.stopped_before:,}"
            )
        return tuple(found)

    @property
    def words(self) -> str:
        told = (
            f"Learned from {self.spam:,} spam and {self.genuine:,} genuine leads. Of those, each judged by "
            f"what was learned from the others, {self.right_after:,} are told right, before "
            f"{self.right_before:,}; {self.stopped_after:,} genuine ones are stopped, before "
            f"{self.stopped_before:,}."
        )
        return f"{told} It is not used: {'; '.join(self.objections)}." if self.objections else told


def learn(labelled: Sequence[Labelled], junk: Junk) -> Learned:
    """Raises LeadsError where people have said too little."""
    said = sum(each.by_person for each in labelled)
    if said < LEAST:
        raise LeadsError(
            f"A person has called {so_many(said, 'lead')} spam or genuine so far, and {LEAST} are needed to "
            "learn from. Say what a lead was with `leads replay REF --spam` or `--genuine`."
        )
    # two folds never share a text: who sends one thing a hundred times has said it once
    folds = _folds(labelled)
    before = [_stopped(each, junk, {}) for each in labelled]
    after = [False] * len(labelled)
    for fold in range(FOLDS):
        train = [each for each, of in zip(labelled, folds, strict=True) if of != fold]
        weights = _fit(train, junk) if any(of == fold for of in folds) else {}
        for place, of in enumerate(folds):
            if of == fold:
                after[place] = _stopped(labelled[place], junk, weights)
    spam = [each.spam for each in labelled]
    weights = _fit(labelled, junk)
    known = [_stopped(each, junk, weights) for each in labelled]
    return Learned(
        weights=weights,
        spam=sum(spam),
        genuine=len(spam) - sum(spam),
        right_before=sum(one == other for one, other in zip(before, spam, strict=True)),
        right_after=sum(one == other for one, other in zip(after, spam, strict=True)),
        right_known=sum(one == other for one, other in zip(known, spam, strict=True)),
        stopped_before=sum(one and not other for one, other in zip(before, spam, strict=True)),
        stopped_after=sum(one and not other for one, other in zip(after, spam, strict=True)),
    )


def _stopped(each: Labelled, junk: Junk, own: Weights) -> bool:
    return judge(each.lead, junk, NOTHING, own).likely >= junk.check_from


def _folds(labelled: Sequence[Labelled]) -> list[int]:
    """Dealt out in turn, spam and others apart; the same text always goes to the same fold."""
    of_text: dict[str, int] = {}
    dealt = {True: 0, False: 0}
    for each in labelled:
        text = texts_of(each.lead)
        if text not in of_text:
            of_text[text] = dealt[each.spam] % FOLDS
            dealt[each.spam] += 1
    return [of_text[texts_of(each.lead)] for each in labelled]


def _fit(labelled: Sequence[Labelled], junk: Junk) -> dict[int, float]:
    """A logistic regression on top of what is judged without it, whose weights stay near 0."""
    shares = [counted(texts_of(each.lead)) for each in labelled]
    buckets = sorted({bucket for share in shares for bucket in share})
    place = {bucket: number for number, bucket in enumerate(buckets)}
    rows = np.repeat(np.arange(len(shares)), [len(share) for share in shares])
    columns = np.array([place[bucket] for share in shares for bucket in share], dtype=np.intp)
    values = np.array([part for share in shares for part in share.values()])
    given = np.array([_logit(judge(each.lead, junk, NOTHING).likely) for each in labelled])
    spam = np.array([float(each.spam) for each in labelled])
    # what nobody said counts in all as much as what somebody did, however many of them there are
    by_person = np.array([each.by_person for each in labelled])
    silent = max(1, int((~by_person).sum()))
    weight = TRUST * np.where(by_person, 1.0, min(1.0, by_person.sum() / silent))

    def loss(added: Floats) -> tuple[float, Floats]:
        logits = given + np.bincount(rows, values * added[columns], minlength=len(shares))
        away = weight * (1 / (1 + np.exp(-logits)) - spam)
        value = weight * (np.logaddexp(0, logits) - spam * logits)
        gradient = np.bincount(columns, values * away[rows], minlength=len(buckets)) + added
        return float(value.sum() + added @ added / 2), gradient

    found = minimize(loss, np.zeros(len(buckets)), jac=True, method="L-BFGS-B")
    return {
        bucket: round(float(value), 4)
        for bucket, value in zip(buckets, found.x, strict=True)
        if abs(value) >= _SMALLEST
    }


def _logit(likely: float) -> float:
    share = min(max(likely, _FENCE), 1 - _FENCE)
    return math.log(share / (1 - share))
