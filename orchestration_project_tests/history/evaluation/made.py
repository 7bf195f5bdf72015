"""Made leads whose truth is known: how much signal there is in them, and which field knows too much."""

from datetime import UTC, datetime

import numpy as np
import pandas as pd

START = pd.Timestamp(datetime(2025, 1, 1, tzinfo=UTC))
NOBODY = pd.DataFrame({"ref": [], "outcome": [], "at": pd.to_datetime(pd.Series([], dtype="str"), utc=True)})


def refs(count: int) -> list[str]:
    return [f"L-{number:010}" for number in range(count)]


def made_leads(
    count: int, *, days: float = 365, seed: int = 1
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Leads, outcomes, features. A lead is won with the logit of `need` - 1; `score` sees `need` through a
    fog, `called` was filled in by a salesman afterwards, `colour` is noise, `code` differs for each lead."""
    dice = np.random.default_rng(seed)
    need = dice.normal(size=count) * 1.5
    won = dice.random(count) < 1 / (1 + np.exp(1 - need))
    at = START + pd.to_timedelta(np.sort(dice.random(count)) * days, unit="D")
    leads = pd.DataFrame(
        {
            "ref": refs(count),
            "at": at,
            "score": np.clip(np.rint(need * 1.2 + dice.normal(size=count) * 2 + 5), 0, 10),
            "source": np.where(np.arange(count) % 3 == 0, "typeform", "website"),
            "service": np.where(np.arange(count) % 2 == 0, "payroll", "bookkeeping"),
        }
    )
    outcomes = pd.DataFrame(
        {
            "ref": refs(count),
            "outcome": np.where(won, "won", "lost"),
            "at": at + pd.to_timedelta(dice.exponential(10, size=count), unit="D"),
        }
    )
    features = pd.DataFrame(
        {
            "ref": refs(count),
            "need": np.where(dice.random(count) < 0.1, np.nan, need),
            "called": pd.Series(np.where(won, "will sign", "Ringing")).where(dice.random(count) < 0.92),
            "colour": dice.choice(["red", "green", "blue", ""], size=count),
            "code": [f"{number:x}" for number in range(count)],
        }
    )
    return leads, outcomes, features
