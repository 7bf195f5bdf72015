"""What the UI shows of each day that is made: row counts, and for the newest day a few rows and a picture.

The picture is of the four weeks up to that day. pandas is imported here.
"""

import base64
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

import dagster as dg
import pandas as pd

from orchestration_project.history import pictures
from orchestration_project.history.days import days_between
from orchestration_project.history.making import make
from orchestration_project.history.resources import History

if TYPE_CHECKING:
    from matplotlib.figure import Figure

WINDOW = timedelta(days=27)
ROWS = 8
LONGEST = 40
PICTURES: "Mapping[str, Callable[[pd.DataFrame], Figure]]" = {
    "submissions": pictures.states,
    "lead_scores": pictures.scores,
    "decisions": pictures.tracks,
    "funnel": pictures.stages,
    "speed_to_lead": pictures.waits,
    "source_quality": pictures.sources,
    "ai_costs": pictures.costs,
}


def parts_shown(
    context: dg.AssetExecutionContext, history: History, name: str, days: Sequence[str]
) -> "Iterator[tuple[str, pd.DataFrame]]":
    """The frames of these days, one after another; what the UI shows is hung on each as it goes by."""
    made, newest, last = 0, days[-1], None
    for day, rows in make(history, name, days):
        path = dg.MetadataValue.path(str(history.store.path(name, day)))
        told = {"dagster/partition_row_count": len(rows), "file": path}
        context.add_asset_metadata(told, partition_key=day)
        made += len(rows)
        last = rows if len(rows) else last
        yield day, rows
    if last is not None:
        context.add_asset_metadata({"newest rows": dg.MetadataValue.md(a_few(last))}, partition_key=newest)
    # by now the store has all of them
    picture = picture_of(history, name, date.fromisoformat(newest))
    if picture is not None:
        context.add_asset_metadata({"last four weeks": dg.MetadataValue.md(picture)}, partition_key=newest)
    context.log.info("%s: %s rows of %s days.", name, made, len(days))


def picture_of(history: History, name: str, until: date) -> str | None:
    """As Markdown, with the picture in it; None: there is nothing to be seen."""
    draw = PICTURES.get(name)
    if draw is None:
        return None
    days = [day.isoformat() for day in days_between(until - WINDOW, until)]
    rows = history.store.read(name, days)
    return as_markdown(draw(rows), name) if len(rows) else None


def as_markdown(figure: "Figure", name: str) -> str:
    encoded = base64.b64encode(pictures.png(figure)).decode()
    return f"![{name}](data:image/png;base64,{encoded})"


def a_few(rows: pd.DataFrame) -> str:
    """The first rows as a table in Markdown; columns without a value are left out."""
    shown = rows.head(ROWS).drop(columns="day").dropna(axis="columns", how="all")
    lines = [_line(shown.columns), _line("---" for _ in shown.columns)]
    lines += [_line(map(_cell, row)) for row in shown.itertuples(index=False)]
    more = len(rows) - len(shown)
    return "\n".join(lines) + (f"\n\nand {more} more" if more > 0 else "")


def _line(cells: object) -> str:
    return "| " + " | ".join(map(str, cells)) + " |"  # type: ignore[call-overload]


def _cell(value: object) -> str:
    if pd.isna(value):  # type: ignore[call-overload]
        return ""
    if isinstance(value, pd.Timestamp):
        return value.strftime("%d %b %H:%M:%S")
    text = f"{value:.4g}" if isinstance(value, float) else str(value)
    return (text[:LONGEST] + "…" if len(text) > LONGEST else text).replace("|", "\\|")
