"""The yardstick: how much there was to find in what is known at submission, learned from the same leads.

Two plain models (logistic regression, gradient boosting) learn from the earlier leads and are measured on the
later ones, never at random. It scores nobody: it says how far a score could have come.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd

from orchestration_project.history.evaluation.fields import as_numbers, as_texts
from orchestration_project.history.evaluation.measures import FEW, Flags, Floats, Interval, auc, auc_interval
from orchestration_project.history.evaluation.resample import paired
from orchestration_project.model import Frozen

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

Model = Literal["logistic regression", "gradient boosting"]
MODELS: tuple[Model, ...] = ("logistic regression", "gradient boosting")
RARE = 20
"""Leads; values of a field that fewer have are taken together."""
MOST_VALUES = 100
SEED = 20_261_124
_ANY_SIGNAL = 0.02
"""A yardstick's AUC has to be so far above 0.5 before a share of it means anything."""


class Yardstick(Frozen):
    """What was to be found, and what the score found of it, both on the later leads."""

    learned_from: int
    measured_on: int
    models: dict[Model, float]  # AUC of each
    chosen: Model  # by the newest of the earlier leads alone
    auc: float
    interval: Interval
    score_auc: float | None  # of the score, on the same leads
    share_found: float | None  # (score - 0.5) / (yardstick - 0.5); None: there was nothing to find
    share_interval: Interval | None
    strongest: tuple[tuple[str, float], ...]  # fields, by their AUC alone


def measure(
    features: pd.DataFrame,
    won: Flags,
    earlier: Flags,
    later: Flags,
    scores: Floats,
    strongest: Sequence[tuple[str, float]] = (),
) -> Yardstick | str:
    """`features`: only what was known at submission, one row a lead in order of time; the other arrays in the
    same order. A text instead says in a sentence why there is no yardstick."""
    lacking = _lacking(features, won, earlier, later)
    if lacking:
        return lacking
    table = prepared(features)
    chosen = _better(table, won, earlier)
    predicted = {name: _predict(name, table, won, earlier, later) for name in MODELS}
    hits, values = won[later], predicted[chosen]
    areas: dict[Model, float] = {name: _area(predicted[name], hits) for name in MODELS}
    interval = auc_interval(values, hits)
    assert interval is not None  # noqa: S101 - both classes are there
    scored = np.isfinite(scores[later])
    share, share_interval, score_area = None, None, auc(scores[later][scored], hits[scored])
    if score_area is not None:
        # on the leads that have a score, so that both are asked the same
        signal = _area(values[scored], hits[scored]) - 0.5
        if signal >= _ANY_SIGNAL:
            share = (score_area - 0.5) / signal
            share_interval = _share_interval(scores[later][scored], values[scored], hits[scored])
    return Yardstick(
        learned_from=int(earlier.sum()),
        measured_on=int(later.sum()),
        models=areas,
        chosen=chosen,
        auc=areas[chosen],
        interval=interval,
        score_auc=score_area,
        share_found=share,
        share_interval=share_interval,
        strongest=tuple(strongest),
    )


def _lacking(features: pd.DataFrame, won: Flags, earlier: Flags, later: Flags) -> str:
    for when, part in (("earlier", earlier), ("later", later)):
        fewest = min(int(won[part].sum()), int((~won[part]).sum()))
        if fewest < FEW:
            return (
                f"There is no yardstick: of the {when} leads only {fewest} were "
                f"{'won' if won[part].sum() == fewest else 'not won'}, and {FEW} of each are needed."
            )
    if not len(features.columns):
        return "There is no yardstick: no field was known at submission."
    return ""


def prepared(features: pd.DataFrame) -> pd.DataFrame:
    """Numbers as floats with NaN, all else as texts with "" for a missing answer."""
    columns: Mapping[str, Any] = {
        str(name): as_texts(features[name]) if numbers is None else numbers
        for name in features.columns
        for numbers in [as_numbers(features[name])]
    }
    return pd.DataFrame(columns, index=features.index)


def pipeline(model: Model, table: pd.DataFrame) -> "Pipeline":
    """Not fitted yet. Robust to missing answers, rare values, values never seen and ids among the fields."""
    from sklearn.compose import ColumnTransformer  # noqa: PLC0415 - a second to import
    from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: PLC0415
    from sklearn.impute import SimpleImputer  # noqa: PLC0415
    from sklearn.linear_model import LogisticRegression  # noqa: PLC0415
    from sklearn.pipeline import Pipeline, make_pipeline  # noqa: PLC0415
    from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler  # noqa: PLC0415

    texts = [name for name in table.columns if not pd.api.types.is_float_dtype(table[name])]
    numbers = [name for name in table.columns if name not in texts]
    if model == "logistic regression":
        filled = SimpleImputer(strategy="median", add_indicator=True, keep_empty_features=True)
        encode = OneHotEncoder(
            min_frequency=RARE, max_categories=MOST_VALUES, handle_unknown="infrequent_if_exist"
        )
        read = ColumnTransformer(
            [("numbers", make_pipeline(filled, StandardScaler()), numbers), ("texts", encode, texts)]
        )
        return Pipeline([("read", read), ("model", LogisticRegression(max_iter=2000))])
    order = OrdinalEncoder(
        min_frequency=RARE,
        max_categories=MOST_VALUES,
        handle_unknown="use_encoded_value",
        unknown_value=np.nan,
    )
    read = ColumnTransformer([("texts", order, texts), ("numbers", "passthrough", numbers)])
    boosting = HistGradientBoostingClassifier(
        categorical_features=list(range(len(texts))),  # pyright: ignore[reportArgumentType] - guessed types
        max_iter=120,
        learning_rate=0.08,
        max_leaf_nodes=8,
        l2_regularization=1.0,
        early_stopping=False,  # pyright: ignore[reportArgumentType]
        random_state=SEED,
    )
    return Pipeline([("read", read), ("model", boosting)])


def _predict(model: Model, table: pd.DataFrame, won: Flags, earlier: Flags, later: Flags) -> Floats:
    from threadpoolctl import threadpool_limits  # noqa: PLC0415 - comes with scikit-learn

    # some thousand rows: threads that wait for each other on a busy machine take ten times as long
    with threadpool_limits(1):
        fitted = pipeline(model, table[earlier]).fit(table[earlier], won[earlier])
        return np.asarray(fitted.predict_proba(table[later])[:, 1], dtype=float)


def _better(table: pd.DataFrame, won: Flags, earlier: Flags) -> Model:
    """Which model to believe: the better one on the newest quarter of the earlier leads."""
    places = np.flatnonzero(earlier)
    cut = int(len(places) * 0.75)
    first, last = np.zeros_like(earlier), np.zeros_like(earlier)
    first[places[:cut]], last[places[cut:]] = True, True
    if len(set(won[first])) < len({True, False}):
        return MODELS[0]
    areas = [auc(_predict(model, table, won, first, last), won[last]) or 0.5 for model in MODELS]
    return MODELS[int(np.argmax(areas))]


def _area(values: Floats, won: Flags) -> float:
    area = auc(values, won)
    return 0.5 if area is None else area


def _share_interval(scores: Floats, yardstick: Floats, won: Flags) -> Interval:
    def share(areas: Floats) -> Floats:
        return (areas[0] - 0.5) / np.maximum(areas[1] - 0.5, _ANY_SIGNAL)

    return paired(scores, yardstick, won, share)
