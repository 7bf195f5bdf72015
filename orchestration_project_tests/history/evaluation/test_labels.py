"""Labels count when they are sure: as old as deals take, for quick and slow ones alike."""

import numpy as np
import pandas as pd
import pytest

from orchestration_project.history.evaluation.labels import Labels, Maturity, learn_maturity, sure_labels
from orchestration_project_tests.history.evaluation.made import NOBODY, START, refs


def table(*rows: tuple[str, float, str | None, float | None]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Leads and outcomes: ref, day it came, outcome, days it took."""
    leads = pd.DataFrame({"ref": [row[0] for row in rows], "at": [START + day(row[1]) for row in rows]})
    closed = [
        (ref, outcome, START + day(came + took) if took is not None else pd.NaT)
        for ref, came, outcome, took in rows
        if outcome is not None
    ]
    outcomes = pd.DataFrame(closed, columns=["ref", "outcome", "at"])
    outcomes["at"] = pd.to_datetime(outcomes["at"], utc=True)
    return leads, outcomes


def day(number: float) -> pd.Timedelta:
    return pd.Timedelta(days=number)


def test_where_all_deals_are_closed_the_window_is_their_percentile() -> None:
    leads, outcomes = table(*((f"L-{number}", 0, "won", number) for number in range(1, 101)))
    found = learn_maturity(leads, outcomes, START + day(1000))
    assert (found.median_days, found.p90_days, found.days) == (50, 90, 90)
    assert found.learned and found.closed == 100
    assert "half of 100 deals were closed after 50 days, nine of ten after 90" in found.words


def test_deals_that_are_still_open_do_not_make_the_window_shorter() -> None:
    """Leads come every day for 400 days and take between 0 and 100 days: of the young ones only the quick
    ones are closed. Their plain percentile would be too short."""
    dice = np.random.default_rng(3)
    came = dice.random(4000) * 200
    took = dice.random(4000) * 100
    leads, outcomes = table(*((ref, c, "won", t) for ref, c, t in zip(refs(4000), came, took, strict=True)))
    as_of = START + day(130)
    closed = outcomes[outcomes["at"] <= as_of]
    naive = np.quantile((closed["at"] - START).dt.days - came[closed.index], 0.9)
    found = learn_maturity(leads[leads["at"] <= as_of], outcomes, as_of)
    assert naive < 85
    assert found.p90_days == pytest.approx(90, abs=3)
    assert found.median_days == pytest.approx(50, abs=3)


def test_a_lead_counts_when_it_is_old_enough_and_what_comes_later_does_not() -> None:
    leads, outcomes = table(
        ("quick", 0, "won", 5),
        ("late", 0, "won", 40),
        ("lost", 0, "lost", 10),
        ("silent", 0, None, None),
        ("young", 90, "won", 2),
    )
    maturity = Maturity(days=30, learned=False)
    found, labels = sure_labels(leads, outcomes, START + day(100), maturity)
    assert dict(zip(found["ref"], found["won"], strict=True)) == {"quick": True, "lost": False}
    assert (labels.sure, labels.too_young, labels.without_outcome) == (2, 1, 2)
    found, labels = sure_labels(leads, outcomes, START + day(100), maturity, unknown="not_won")
    assert found.set_index("ref")["won"].to_dict() == {
        "quick": True,
        "late": False,
        "lost": False,
        "silent": False,
    }
    assert "counted as not won" in labels.words


def test_of_two_deals_of_a_lead_one_won_is_enough() -> None:
    leads, outcomes = table(("both", 0, "lost", 3))
    outcomes = pd.concat([outcomes, table(("both", 0, "won", 9))[1]])
    found, _ = sure_labels(leads, outcomes, START + day(99), Maturity(days=30, learned=False))
    assert list(found["won"]) == [True]


def test_outcomes_without_a_date_count_for_all() -> None:
    leads, outcomes = table(("a", 0, "won", None), ("b", 1, "lost", None), ("c", 2, None, None))
    maturity = learn_maturity(leads, outcomes, START + day(3))
    assert (maturity.days, maturity.learned) == (0, False)
    found, _ = sure_labels(leads, outcomes, START + day(3), maturity)
    assert found.set_index("ref")["won"].to_dict() == {"a": True, "b": False}


def test_nothing_at_all_is_no_error() -> None:
    leads, outcomes = table()
    leads["at"] = pd.to_datetime(leads["at"], utc=True)
    maturity = learn_maturity(leads, outcomes, START)
    found, labels = sure_labels(leads, NOBODY, START, maturity)
    assert (len(found), labels.all) == (0, 0)
    only_leads, _ = table(("a", 0, None, None))
    assert not learn_maturity(only_leads, NOBODY, START + day(9)).learned


def test_one_of_each_is_told_as_one() -> None:
    one = Maturity(days=1, learned=True, median_days=1, p90_days=1, closed=1)
    assert one.words == "A lead counts 1 day after it came: the only deal was closed after 1 day."
    two = Maturity(days=9, learned=True, median_days=1, p90_days=9, closed=2)
    assert two.words.endswith("half of 2 deals were closed after 1 day, nine of ten after 9.")
    assert Maturity(days=1, learned=False).words == "A lead counts 1 day after it came, as it was asked for."
    labels = Labels(all=1, sure=1, too_young=1, without_outcome=0, unknown="left_out")
    assert labels.words.startswith("1 of 1 lead has a sure outcome; 1 is too young,")
