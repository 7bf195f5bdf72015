"""`comparison`: what a candidate changes, counted by hand; and what cannot be told is not made up."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestration_project.errors import LeadsError
from orchestration_project.history.evaluation.compare import Comparison, clearly, comparison
from orchestration_project_tests.history.evaluation.made import made_leads, refs

TRACKS = ("priority", "nurture", "not_fit")


def decisions(scores: Sequence[float | None], service: str = "payroll", **columns: object) -> pd.DataFrame:
    """One a lead, by the default tracks."""
    tracks = ["nurture" if s is None else TRACKS[0 if s >= 8 else 1 if s >= 4 else 2] for s in scores]
    return pd.DataFrame(
        {
            "ref": refs(len(scores)),
            "track": tracks,
            "score": pd.array(scores, dtype="Int64"),
            "why": [f"score {score} decides" for score in scores],
            "service": service,
            **columns,
        }
    )


def test_who_moves_and_why_is_told_in_one_line() -> None:
    found = comparison(decisions([9, 5, 2, 7]), decisions([9, 8, 3, None], service="books"), tracks=TRACKS)
    assert (found.leads, found.moved, found.up, found.down) == (4, 1, 1, 0)
    (move,) = found.moves
    assert (move.ref, move.before, move.after) == ("L-0000000001", "nurture", "priority")
    assert move.why == "score 5 → 8, service payroll → books: score 8 decides"
    assert found.matrix == ((1, 0, 0), (1, 1, 0), (0, 0, 1))
    assert found.moved_to("priority") == 1 and found.moved_to("nurture") == -1
    assert found.score_change == ((0, 1), (1, 1), (3, 1))
    assert found.mean_change == pytest.approx(4 / 3)


def test_the_last_decision_of_a_lead_counts_and_leads_of_one_side_are_told() -> None:
    before = pd.concat([decisions([2, 2]), decisions([9])])
    found = comparison(before, decisions([9, 2, 5]), tracks=TRACKS)
    assert (found.leads, found.moved, found.only_before, found.only_after) == (2, 0, 0, 1)


def test_a_track_that_only_older_decisions_know_has_its_place() -> None:
    before = decisions([9, 5]).assign(track=["vip", "nurture"])
    found = comparison(before, decisions([9, 5]), tracks=TRACKS)
    assert found.tracks == (*TRACKS, "vip")
    assert found.moved == 1 and found.up == 1


def test_two_that_have_no_lead_in_common_cannot_be_compared() -> None:
    with pytest.raises(LeadsError, match="no lead in common"):
        comparison(decisions([1]), decisions([1]).assign(ref="L-OTHER"), tracks=TRACKS)


def test_agreement_with_people_is_counted_on_the_leads_they_spoke_of() -> None:
    verdicts = pd.DataFrame(
        {
            "ref": ["L-0000000000", "L-0000000000", "L-0000000001", "L-0000000002", "L-NOBODY"],
            "track": ["not_fit", "priority", "priority", None, "nurture"],
            "score": [None, None, None, 3, 1],
        }
    )
    found = comparison(decisions([9, 5, 5]), decisions([9, 8, 3]), tracks=TRACKS, verdicts=verdicts)
    by_track, by_score = found.tracks_by_people, found.scores_by_people
    assert by_track is not None and by_score is not None
    assert (by_track.leads, by_track.before, by_track.after) == (2, 0.5, 1)
    assert by_track.difference.high == 1
    assert (by_score.leads, by_score.before, by_score.after) == (1, 0, 1)
    nobody = comparison(decisions([9]), decisions([9]), tracks=TRACKS, verdicts=verdicts.iloc[4:])
    assert nobody.tracks_by_people is None


def test_cost_and_time_are_added_up_where_they_are_known() -> None:
    before = decisions([9, 5], cost_usd=[0.5, 1.5], seconds=[1.0, 3.0])
    found = comparison(before, decisions([9, 5], cost_usd=[None, None]), tracks=TRACKS)
    assert (found.cost_before.usd, found.cost_before.usd_per_lead) == (2, 1)
    assert (found.cost_before.seconds_median, found.cost_after.usd) == (2, None)


@pytest.fixture(scope="module")
def segmented() -> Comparison:
    """The candidate is blind for leads of typeform, and as before for all others."""
    leads, outcomes, _ = made_leads(3000)
    before = decisions([float(score) for score in leads["score"]], source=leads["source"])
    dice = np.random.default_rng(3)
    blind = np.where(leads["source"] == "typeform", dice.integers(0, 11, size=len(leads)), leads["score"])
    after = decisions([float(score) for score in blind], source=leads["source"])
    labelled = pd.DataFrame({"ref": leads["ref"], "won": outcomes["outcome"] == "won"})
    return comparison(before, after, tracks=TRACKS, labelled=labelled)


def test_the_segment_that_loses_is_found_and_no_other(segmented: Comparison) -> None:
    worst = segmented.worst
    assert worst is not None and worst.name == "typeform"
    by_name = {segment.name: segment for segment in segmented.by["source"]}
    assert by_name["website"].auc_difference is not None
    assert (by_name["website"].moved, by_name["website"].auc_difference.high) == (0, 0)
    assert by_name["typeform"].auc_after == pytest.approx(0.5, abs=0.05)


def test_outcomes_say_which_side_orders_better(segmented: Comparison) -> None:
    found = segmented.outcomes
    assert found is not None and found.before is not None and found.after is not None
    assert found.after < found.before
    assert found.leads == 3000
    assert clearly(found.difference)


def test_without_outcomes_nothing_is_said_of_them() -> None:
    found = comparison(decisions([9, 5]), decisions([5, 9]), tracks=TRACKS)
    assert found.outcomes is None and found.worst is None
    labelled = pd.DataFrame({"ref": refs(2), "won": [True, True]})
    one_class = comparison(decisions([9, 5]), decisions([5, 9]), tracks=TRACKS, labelled=labelled).outcomes
    assert one_class is not None and one_class.before is None and one_class.difference is None


@given(st.lists(st.tuples(*[st.sampled_from([None, 0, 3, 7, 8, 10])] * 2), min_size=1, max_size=20))
@settings(max_examples=25)
def test_whatever_is_compared_each_lead_stands_once_in_the_matrix(
    rows: list[tuple[int | None, int | None]],
) -> None:
    before, after = decisions([row[0] for row in rows]), decisions([row[1] for row in rows])
    found = comparison(before, after, tracks=TRACKS)
    assert sum(map(sum, found.matrix)) == len(rows)
    assert found.moved == len(rows) - sum(found.matrix[place][place] for place in range(3))
    assert len(found.moves) == found.moved
    assert sum(count for _, count in found.score_change) == sum(None not in row for row in rows)
