"""Pictures of evaluations, as PNG: for asset metadata, pages and reports. No numbers are made here.

matplotlib is imported in the functions: it takes half a second. Without pyplot there is no state to share.
"""

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

from orchestration_project.history.evaluation.compare import Comparison
from orchestration_project.history.evaluation.measures import Band, Interval
from orchestration_project.history.evaluation.quality import Group, ScoreQuality
from orchestration_project.history.evaluation.segments import Segment

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BEFORE, AFTER, BETTER, WORSE, QUIET = "#9aa5b1", "#2b6cb0", "#2f855a", "#c05621", "#52606d"
_DPI = 160
_LONGEST = 28  # letters of a name beside a bar


def track_bars(found: Comparison) -> bytes:
    """How many leads take each track, before and after."""
    before = [sum(row) for row in found.matrix]
    after = [sum(row[place] for row in found.matrix) for place in range(len(found.tracks))]
    figure, axes = _figure(4.6, 0.7 * len(found.tracks) + 0.8)
    for offset, counts, colour, name in (
        (-0.19, before, BEFORE, found.before),
        (0.19, after, AFTER, found.after),
    ):
        bars = axes.barh(
            [place + offset for place in range(len(counts))], counts, 0.36, color=colour, label=name
        )
        axes.bar_label(bars, [f"{count:,}" for count in counts], padding=4, fontsize=8, color=QUIET)
    axes.set_yticks(range(len(found.tracks)), [_spoken(track) for track in found.tracks])
    axes.invert_yaxis()
    axes.margins(x=0.12)
    axes.set_xticks([])
    axes.legend(frameon=False, fontsize=8, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=2)
    return _png(figure)


def score_changes(found: Comparison) -> bytes:
    """How many leads get so many points more or less. Those whose score stays are told, not drawn: they
    would dwarf all others."""
    figure, axes = _figure(6.4, 2.6)
    moved = [(points, leads) for points, leads in found.score_change if points]
    stayed = sum(leads for points, leads in found.score_change if not points)
    if moved:
        axes.bar(
            [points for points, _ in moved],
            [leads for _, leads in moved],
            0.8,
            color=[BETTER if points > 0 else WORSE for points, _ in moved],
        )
        reach = max(abs(points) for points, _ in moved)
        step = 1 if reach <= 5 else 2  # noqa: PLR2004 - as many as have room
        axes.set_xticks(range(-reach - reach % step, reach + 1 + reach % step, step))
        axes.set_xlim(-reach - 0.8, reach + 0.8)
    axes.set_xlabel(f"points more or less; {stayed:,} leads keep their score")
    axes.set_ylabel("leads")
    axes.axvline(0, color=QUIET, linewidth=0.8)
    return _png(figure)


def won_by_band(sides: Sequence[tuple[str, Sequence[Band]]]) -> bytes:
    """How many of each band of scores were won, the highest scores first; whiskers hold 95 %."""
    figure, axes = _figure(6.4, 2.8)
    for number, (name, bands) in enumerate(sides):
        _rates(axes, bands, name, (BEFORE, AFTER)[number] if len(sides) > 1 else AFTER, number * 0.16)
    axes.set_xlabel("leads in order of their score")
    axes.set_ylabel("won")
    axes.yaxis.set_major_formatter("{x:.0%}")
    axes.set_ylim(bottom=0)
    if len(sides) > 1:
        axes.legend(frameon=False, fontsize=8)
    return _png(figure)


def _rates(axes: "Axes", bands: Sequence[Band], name: str, colour: str, offset: float) -> None:
    total = sum(band.leads for band in bands)
    above = 0
    places: list[float] = []
    for band in bands:
        # in the middle of its ranks, since bands differ in size
        places.append((above + band.leads / 2) / total * 100 + offset)
        above += band.leads
    rates = [band.rate for band in bands]
    whiskers = [
        [band.rate - band.interval.low for band in bands],
        [band.interval.high - band.rate for band in bands],
    ]
    axes.errorbar(
        places, rates, yerr=whiskers, color=colour, marker="o", capsize=3, linewidth=1.6, label=name
    )
    axes.set_xlim(0, 100)
    axes.set_xticks([0, 25, 50, 75, 100], ["highest", "", "middle", "", "lowest"])


def segment_changes(groups: Sequence[Segment]) -> bytes:
    """How the score changes on average in each segment, grey where that may be chance; the whiskers hold for
    all of them together."""
    known = [group for group in groups if group.mean_change is not None and group.change is not None]
    figure, axes = _figure(6.4, 0.27 * len(known) + 0.75)
    means = [group.mean_change or 0.0 for group in known]
    colours = [AFTER if group.changed else QUIET for group in known]
    for place, (group, mean, colour) in enumerate(zip(known, means, colours, strict=True)):
        assert group.change is not None  # noqa: S101 - filtered above
        _whisker(axes, place, mean, group.change, colour)
    axes.set_yticks(range(len(known)), [_short(f"{group.name} ({group.leads:,})") for group in known])
    axes.set_ylim(len(known) - 0.4, -0.6)
    axes.axvline(0, color=QUIET, linewidth=0.8)
    axes.set_xlabel("points more or less, on average")
    return _png(figure)


def auc_by_group(groups: Sequence[Group]) -> bytes:
    """The AUC of each month, source or service; grey where there are too few leads to trust it."""
    known = [
        group for group in groups if group.ranking.auc is not None and group.ranking.interval is not None
    ]
    figure, axes = _figure(6.4, 0.27 * len(known) + 0.75)
    for place, group in enumerate(known):
        assert group.ranking.auc is not None and group.ranking.interval is not None  # noqa: S101, PT018 - filtered
        colour = BEFORE if group.ranking.uncertain else AFTER
        _whisker(axes, place, group.ranking.auc, group.ranking.interval, colour)
    axes.set_yticks(range(len(known)), [_short(f"{group.name} ({group.ranking.leads:,})") for group in known])
    axes.set_ylim(len(known) - 0.4, -0.6)
    axes.axvline(0.5, color=QUIET, linewidth=0.8)
    axes.set_xlabel("AUC; 0.5 is chance")
    return _png(figure)


def found_of_the_signal(quality: ScoreQuality) -> bytes | None:
    """Chance, our score and the yardstick on one line; None: there is no yardstick."""
    found = quality.yardstick
    if found is None or found.score_auc is None:
        return None
    figure, axes = _figure(6.4, 1.3)
    axes.barh([0], [found.auc - 0.5], 0.5, left=0.5, color="#e4e7eb")
    axes.barh([0], [found.score_auc - 0.5], 0.5, left=0.5, color=AFTER)
    axes.axvline(found.auc, color=QUIET, linewidth=1.5)
    axes.annotate(
        f"score {found.score_auc:.2f}", (found.score_auc, 0.3), ha="center", va="bottom", fontsize=8
    )
    axes.annotate(f"yardstick {found.auc:.2f}", (found.auc, -0.3), ha="center", va="top", fontsize=8)
    axes.set_xlim(min(0.45, found.score_auc - 0.05), 1)
    axes.set_ylim(-0.7, 0.7)
    axes.set_yticks([])
    axes.set_xlabel("AUC; 0.5 is chance, 1 is foresight")
    return _png(figure)


def _whisker(axes: "Axes", place: float, value: float, interval: Interval, colour: str) -> None:
    axes.plot([interval.low, interval.high], [place, place], color=colour, linewidth=1.6)
    axes.plot([value], [place], "o", color=colour, markersize=5)


def _figure(width: float, height: float) -> tuple["Figure", "Axes"]:
    from matplotlib.figure import Figure  # noqa: PLC0415 - slow to import

    figure = Figure(figsize=(width, height), layout="constrained")
    axes = figure.add_subplot()
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color("#cbd2d9")
    axes.tick_params(length=0, labelsize=8, labelcolor=QUIET)
    axes.xaxis.label.set(size=8, color=QUIET)
    axes.yaxis.label.set(size=8, color=QUIET)
    axes.grid(axis="both", color="#eef1f4", linewidth=0.8)
    axes.set_axisbelow(True)
    return figure, axes


def _png(figure: "Figure") -> bytes:
    held = io.BytesIO()
    figure.savefig(held, format="png", dpi=_DPI)
    return held.getvalue()


def _spoken(name: str) -> str:
    return _short(name.replace("_", " "))


def _short(name: str) -> str:
    # a dollar sign would begin a formula
    plain = name.replace("$", "\\$")
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"
