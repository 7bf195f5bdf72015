"""What the gate says against a candidate: nothing, or a sentence for each limit that it does not keep to."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from orchestration_project.history.evaluation.cases import CaseResult
from orchestration_project.history.evaluation.compare import Comparison, comparison
from orchestration_project.history.releasing.gate import objections
from orchestration_project.playbook.gate import Gate
from orchestration_project_tests.history.evaluation.made import made_leads
from orchestration_project_tests.history.evaluation.test_compare import TRACKS, decisions

GATE = Gate(least_leads=4, moved_at_most=0.25)
STEADY = [9, 5, 2, 7]


def compared(
    after: list[float | None], *, before: list[float | None] | None = None, **more: Any
) -> Comparison:
    return comparison(decisions(before or [*STEADY]), decisions(after), tracks=TRACKS, **more)


def test_who_keeps_to_all_limits_may_go_live() -> None:
    assert objections(compared([9, 6, 1, 7]), [], GATE) == ()


def test_too_many_moved_leads_are_told_with_their_share() -> None:
    assert objections(compared([9, 8, 1, 7]), [], GATE) == ()
    (told,) = objections(compared([9, 8, 5, 7]), [], GATE)
    assert told == "50 % of the leads would take another track; the gate allows 25 % (`moved_at_most`)."


def test_too_few_leads_say_nothing() -> None:
    (told,) = objections(compared([9, 6, 1, 7]), [], Gate(least_leads=5))
    assert told.startswith("Only 4 leads of the last 90 days")
    (told,) = objections(None, [], GATE)
    assert "`leads rescore` comes first" in told
    assert objections(None, [], Gate(least_leads=0)) == ()


def test_an_eval_case_that_fails_is_told_and_one_known_to_be_hard_is_not() -> None:
    wrong = CaseResult(name="vendor", what="", got="priority, 9/10", wrong=("It took priority.",))
    hard = wrong.model_copy(update={"name": "irony", "hard": "needs a reader"})
    assert objections(compared([*STEADY]), [hard], GATE) == ()
    assert objections(compared([*STEADY]), [wrong, hard], GATE) == ("Eval case vendor: It took priority.",)
    many = objections(compared([*STEADY]), [wrong] * 9, GATE)
    assert (len(many), many[-1]) == (6, "4 more eval cases fail: `leads playbook eval`.")


@pytest.mark.parametrize(("corrected", "told"), [(3, 0), (40, 1)])
def test_less_agreement_with_people_counts_where_it_is_beyond_chance(corrected: int, told: int) -> None:
    before: list[float | None] = [9] * corrected
    # of three corrections one more is wrong, which may be chance; of forty thirty
    after: list[float | None] = [9 if number >= corrected * 3 // 4 else 5 for number in range(corrected)]
    if corrected < 10:
        after = [5, 9, 9]
    said = pd.DataFrame({"ref": decisions(before)["ref"], "track": "priority"})
    found = compared(after, before=before, verdicts=said)
    gate = Gate(least_leads=0, moved_at_most=1)
    assert len([each for each in objections(found, [], gate) if "agreement_may_fall" in each]) == told


def test_a_score_that_costs_twice_as_much_is_told() -> None:
    before, after = (decisions(STEADY, cost_usd=cost) for cost in (0.001, 0.002))
    found = comparison(before, after, tracks=TRACKS)
    assert objections(found, [], Gate(least_leads=0)) == (
        "A score costs 100 % more than now (`cost_may_grow`).",
    )
    assert objections(found, [], Gate(least_leads=0, cost_may_grow=1)) == ()


def test_a_source_whose_leads_it_orders_worse_is_named() -> None:
    leads, outcomes, _ = made_leads(1200)
    before = leads.assign(track="nurture", service="payroll")
    dice = np.random.default_rng(3)
    blind = leads["source"].eq("typeform")
    after = before.assign(
        score=np.where(blind, dice.permutation(before["score"].to_numpy()), before["score"].to_numpy())
    )
    labelled = outcomes.assign(won=outcomes["outcome"].eq("won"))
    found = comparison(before, after, tracks=TRACKS, labelled=labelled)
    (told,) = objections(found, [], Gate(moved_at_most=1))
    assert told.startswith("Of source typeform it orders leads worse: AUC -")
