"""Which leads take another track, and why, in one line that names no person.

What the moves add up to is in `compare.py`.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from orchestration_project.model import Frozen, Ref

MOST_REFS = 2_000


class Move(Frozen):
    """A lead that would take another track, and why in one line."""

    ref: Ref
    before: str
    after: str
    score_before: float | None
    score_after: float | None
    why: str


def moves_of(moved: pd.DataFrame, places: Mapping[str, int]) -> tuple[Move, ...]:
    """Those that go furthest first."""
    made = [
        Move(
            ref=Ref(str(row["ref"])),
            before=str(row["track_before"]),
            after=str(row["track_after"]),
            score_before=_number(row["score_before"]),
            score_after=_number(row["score_after"]),
            why=_why(row),
        )
        for row in moved.to_dict("records")
    ]
    made.sort(key=lambda move: (-abs(places[move.after] - places[move.before]), move.ref))
    return tuple(made[:MOST_REFS])


def _why(row: Mapping[Any, Any]) -> str:
    """`score 5 → 8, service payroll → none: score 8 is 8 or more`: what differs, and the new rule's word."""
    parts = [
        f"{name} {_said(row.get(f'{name}_before'))} → {_said(row.get(f'{name}_after'))}"
        for name in ("score", "service")
        if _said(row.get(f"{name}_before")) != _said(row.get(f"{name}_after"))
    ]
    rule = str(row["why_after"]).strip() if _said(row.get("why_after")) != "none" else ""
    told = ", ".join(parts) or "the same score"
    return f"{told}: {rule}" if rule else told


def _said(value: object) -> str:
    if value is None or value is pd.NA or (isinstance(value, float) and np.isnan(value)):
        return "none"
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, int | float) and not np.isnan(value) else None
