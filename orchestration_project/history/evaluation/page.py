"""A comparison as one HTML file that can be sent to the owner: nothing is loaded from anywhere.

What it says is in `words.py`, the pictures in `pictures.py`, how it looks in `comparison.html.j2`.
"""

import base64
from datetime import datetime
from importlib.resources import files

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from orchestration_project.history.evaluation import pictures, words
from orchestration_project.history.evaluation.compare import Comparison

SHOWN_MOVES = 200
_TEMPLATE = "comparison.html.j2"


def comparison_page(found: Comparison, *, business: str, made_at: datetime) -> str:
    """`made_at` as people read it, in the business' time zone."""
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["percent"] = words.percent
    environment.filters["signed"] = words.signed
    environment.filters["between"] = words.between
    environment.filters["spoken"] = lambda name: str(name).replace("_", " ")
    template = environment.from_string(
        files("orchestration_project.history.evaluation").joinpath(_TEMPLATE).read_text(encoding="utf-8")
    )
    outcomes = found.outcomes
    return template.render(
        found=found,
        business=business,
        made_at=f"{made_at.day} {made_at:%B %Y, %H:%M}",
        headline=words.headline(found),
        by_track=words.of_people(found.tracks_by_people, "the track"),
        by_score=words.of_people(found.scores_by_people, "the score"),
        by_outcome=words.of_outcomes(outcomes),
        costs=words.of_costs(found.cost_before, found.cost_after),
        tracks_picture=_inline(pictures.track_bars(found)),
        change_picture=_inline(pictures.score_changes(found)),
        bands_picture=_inline(
            pictures.won_by_band(((found.before, outcomes.bands_before), (found.after, outcomes.bands_after)))
        )
        if outcomes is not None and outcomes.difference is not None
        else None,
        # one value for all leads tells nothing
        groups={name: group for name, group in found.by.items() if len(group) > 1},
        group_pictures={
            name: _inline(pictures.segment_changes(group))
            for name, group in found.by.items()
            if len(group) > 1
        },
        moves=found.moves[:SHOWN_MOVES],
    )


def _inline(picture: bytes) -> Markup:
    return Markup("data:image/png;base64,{}").format(base64.b64encode(picture).decode())
