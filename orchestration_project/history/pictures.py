"""Pictures of history: one function a table, from frames to a small PNG. matplotlib is imported where one is
drawn.

What the pictures are hung on is `shown.py` and the weekly report.
"""

import io
from typing import TYPE_CHECKING

import pandas as pd
from PIL import Image

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, PALE = "#33415c", "#d8dee9"
COLOURS = ("#3a6ea5", "#e09f3e", "#7a9e7e", "#b5594b", "#7d6b91", "#5fa8a8", "#a0aab8")
STAGES = ("submitted", "genuine", "decided", "drafted", "sent", "won")


def png(figure: "Figure") -> bytes:
    """With 32 colours a picture is a third of the size, and the event log keeps every one of them."""
    raw = io.BytesIO()
    figure.savefig(raw, format="png", dpi=90)
    small = io.BytesIO()
    Image.open(raw).convert("RGB").quantize(32).save(small, format="png", optimize=True)
    return small.getvalue()


def _axes(title: str, *, height: float = 2.7) -> "tuple[Figure, Axes]":
    from matplotlib.figure import Figure  # noqa: PLC0415 - half a second, and not every process draws

    figure = Figure(figsize=(7.2, height), layout="constrained")
    axes = figure.add_subplot()
    axes.set_title(title, loc="left", fontsize=10, color=INK)
    axes.spines[["top", "right"]].set_visible(False)
    axes.spines[["left", "bottom"]].set_color(PALE)
    axes.tick_params(colors=INK, labelsize=8, length=0)
    axes.set_axisbelow(b=True)
    return figure, axes


def _by_day(frame: pd.DataFrame, column: str, values: str | None = None) -> pd.DataFrame:
    """Days down, what `column` says across, counted or summed; days without a row are there, too."""
    named = frame.assign(**{column: frame[column].fillna("none")})
    grouped = named.groupby(["day", column])
    table = (grouped[values].sum() if values else grouped.size()).unstack(fill_value=0)  # noqa: PD010 - sizes
    every = pd.date_range(frame["day"].min(), frame["day"].max(), freq="D")
    return table.reindex(every, fill_value=0)


def _stacked(axes: "Axes", table: pd.DataFrame) -> None:
    below = pd.Series(0.0, index=table.index)
    order = list(table.sum().sort_values(ascending=False).index)
    for number, name in enumerate(order):
        heights = table[name].astype(float)
        axes.bar(
            table.index, heights, bottom=below, width=0.85, color=COLOURS[number % len(COLOURS)], label=name
        )
        below += heights
    axes.grid(axis="y", color=PALE, linewidth=0.6)
    axes.legend(
        fontsize=7, frameon=False, ncols=min(len(order), 6), loc="upper left", bbox_to_anchor=(0, -0.12)
    )
    _dates(axes)


def _dates(axes: "Axes") -> None:
    import matplotlib.dates as mdates  # noqa: PLC0415 - as above

    axes.xaxis.set_major_locator(mdates.AutoDateLocator(minticks=3, maxticks=8))
    axes.xaxis.set_major_formatter(mdates.DateFormatter("%-d %b"))


def _whole_numbers(axes: "Axes") -> None:
    from matplotlib.ticker import MaxNLocator  # noqa: PLC0415 - as above

    axes.yaxis.set_major_locator(MaxNLocator(integer=True))


def states(submissions: pd.DataFrame) -> "Figure":
    figure, axes = _axes("Submissions a day, by where they stand now")
    _stacked(axes, _by_day(submissions, "state"))
    _whole_numbers(axes)
    return figure


def tracks(decisions: pd.DataFrame) -> "Figure":
    figure, axes = _axes("Newest decisions a day, by track")
    _stacked(axes, _by_day(decisions[decisions["newest"]], "track"))
    _whole_numbers(axes)
    return figure


def scores(lead_scores: pd.DataFrame) -> "Figure":
    counts = lead_scores["score"].dropna().astype(int).value_counts().reindex(range(11), fill_value=0)
    without = int(lead_scores["score"].isna().sum())
    figure, axes = _axes(f"Scores{f', and {without} without one' if without else ''}")
    bars = axes.bar(counts.index, counts, width=0.85, color=COLOURS[0])
    axes.bar_label(bars, fontsize=7, color=INK, padding=1)
    axes.set_xticks(range(11))
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    return figure


def stages(funnel: pd.DataFrame) -> "Figure":
    totals = funnel[list(STAGES)].sum().astype(int)
    figure, axes = _axes("How far leads get")
    bars = axes.barh(range(len(STAGES)), totals, height=0.7, color=COLOURS[0])
    first = max(int(totals.iloc[0]), 1)
    axes.bar_label(
        bars, [f"{total}  ({total / first:.0%})" for total in totals], fontsize=8, color=INK, padding=3
    )
    axes.set_yticks(range(len(STAGES)), STAGES)
    axes.invert_yaxis()
    axes.set_xlim(0, first * 1.15)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    return figure


def waits(speed: pd.DataFrame) -> "Figure":
    """Median and 90th percentile of how long leads waited, by what for; the scale is logarithmic."""
    from matplotlib.ticker import FuncFormatter, NullFormatter  # noqa: PLC0415 - as above

    names = {"decided_seconds": "decision", "drafted_seconds": "draft", "sent_seconds": "sent mail"}
    figure, axes = _axes("From the form to …: median, and the line to the 90th percentile", height=2.0)
    for row, (column, name) in enumerate(names.items()):
        waited = speed[column].dropna().clip(lower=0.1)
        if waited.empty:
            axes.text(
                0.99,
                row,
                f"no {name} yet",
                fontsize=8,
                color=INK,
                va="center",
                transform=_beside(axes),
                ha="right",
            )
            continue
        half, most = (float(waited.quantile(share)) for share in (0.5, 0.9))
        axes.plot([half, most], [row, row], color=PALE, linewidth=5, solid_capstyle="round", zorder=1)
        axes.scatter([half], [row], s=45, color=COLOURS[0], zorder=2)
        axes.annotate(
            f"{told(half)} … {told(most)}",
            (most, row),
            (8, 0),
            textcoords="offset points",
            fontsize=8,
            color=INK,
            va="center",
        )
    axes.set_yticks(range(len(names)), names.values())
    axes.invert_yaxis()
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_xscale("log")
    axes.margins(x=0.3)
    axes.xaxis.set_major_formatter(FuncFormatter(_tick))
    axes.xaxis.set_minor_formatter(NullFormatter())
    axes.grid(axis="x", color=PALE, linewidth=0.6)
    return figure


def _beside(axes: "Axes") -> object:
    return axes.get_yaxis_transform()


def _tick(seconds: float, _place: int) -> str:
    return told(seconds)


def told(seconds: float) -> str:
    """`4.2 s`, `3 min`, `5 h` or `2 days`."""
    for size, unit in ((86400, "days"), (3600, "h"), (60, "min")):
        if seconds >= size * 1.5:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"  # noqa: PLR2004 - digits that mean something


def sources(quality: pd.DataFrame) -> "Figure":
    """By source: how many leads, and how many of them were genuine, high and won."""
    totals = quality.groupby("source")[["submitted", "spam", "duplicates", "high", "won"]].sum()
    totals = totals.astype(float).sort_values("submitted").tail(8)
    parts = {
        "high": totals["high"] / totals["submitted"],
        "won": totals["won"] / totals["submitted"],
        "spam": totals["spam"] / totals["submitted"],
    }
    figure, axes = _axes("Share of each source's leads", height=1.2 + 0.45 * len(totals))
    for number, (name, share) in enumerate(parts.items()):
        places = [row + (1 - number) * 0.26 for row in range(len(totals))]
        bars = axes.barh(
            places, share, height=0.24, color=(COLOURS[0], COLOURS[2], COLOURS[3])[number], label=name
        )
        axes.bar_label(bars, [f"{part:.0%}" for part in share], fontsize=7, color=INK, padding=2)
    axes.set_yticks(
        range(len(totals)), [f"{name} ({int(count)})" for name, count in totals["submitted"].items()]
    )
    axes.set_xlim(0, 1.05)
    axes.set_xticks([])
    axes.spines["bottom"].set_visible(False)
    axes.legend(fontsize=7, frameon=False, ncols=3, loc="upper left", bbox_to_anchor=(0, 0))
    return figure


def costs(ai_costs: pd.DataFrame) -> "Figure":
    figure, axes = _axes("What the AI cost a day, in US dollars")
    _stacked(axes, _by_day(ai_costs, "model", "cost_usd"))
    return figure
