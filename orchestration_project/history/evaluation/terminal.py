"""Evaluations in a terminal: rich tables and sentences. What they say is in `words.py`.

Nothing is printed here; the command line prints what these functions return.
"""

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from orchestration_project.history.evaluation import words
from orchestration_project.history.evaluation.compare import Comparison
from orchestration_project.history.evaluation.measures import Ranking
from orchestration_project.history.evaluation.quality import Group as OfGroup
from orchestration_project.history.evaluation.quality import ScoreQuality
from orchestration_project.history.evaluation.segments import Segment

SHOWN_MOVES = 20


def comparison_view(found: Comparison) -> RenderableType:
    parts: list[RenderableType] = [
        Text(f"{found.before} → {found.after}", style="bold"),
        Text(words.headline(found)),
        Text(words.of_outcomes(found.outcomes)),
        Text(words.of_people(found.tracks_by_people, "the track")),
        Text(words.of_costs(found.cost_before, found.cost_after)),
    ]
    if found.worst:
        parts.append(
            Text(f"Look at {found.worst.name}: there it clearly orders leads worse.", style="yellow")
        )
    parts += [Text(), _matrix(found)]
    for name, group in found.by.items():
        if len(group) > 1:
            parts += [Text(), _segments(name, group)]
    if found.moves:
        parts += [Text(), _moves(found)]
    return Group(*parts)


def _matrix(found: Comparison) -> Table:
    table = _table(
        f"{found.before} ↓   {found.after} →", *(track.replace("_", " ") for track in found.tracks)
    )
    for place, row in enumerate(found.matrix):
        cells = [
            Text(
                f"{leads:,}",
                style="dim" if column == place or not leads else "green" if column < place else "yellow",
            )
            for column, leads in enumerate(row)
        ]
        table.add_row(found.tracks[place].replace("_", " "), *cells)
    return table


def _segments(name: str, group: Sequence[Segment]) -> Table:
    table = _table(name, "leads", "another track", "score by", "95 % between", "AUC before", "after")
    for one in group:
        table.add_row(
            Text(one.name),
            f"{one.leads:,}",
            f"{one.moved:,} ({words.percent(one.moved_share)})",
            "–" if one.mean_change is None else words.signed(one.mean_change),
            "–" if one.change is None else words.between(one.change, 1),
            _auc(one.auc_before),
            _auc(one.auc_after),
        )
    return table


def _moves(found: Comparison) -> RenderableType:
    table = Table(header_style="bold", pad_edge=False, box=None)
    for column in ("lead", "from", "to", "why"):
        table.add_column(column, no_wrap=column != "why")
    for move in found.moves[:SHOWN_MOVES]:
        table.add_row(move.ref, move.before.replace("_", " "), move.after.replace("_", " "), Text(move.why))
    more = found.moved - min(SHOWN_MOVES, len(found.moves))
    return Group(table, Text(f"and {more:,} more", style="dim")) if more else table


def quality_view(found: ScoreQuality) -> RenderableType:
    overall = found.overall
    parts: list[RenderableType] = [
        Text(found.headline, style="bold"),
        Text(found.labels.words),
        Text(found.maturity.words),
    ]
    if overall.auc is not None:
        parts += [Text(), _overall(overall)]
    for name, groups in (
        ("month", found.by_time),
        ("source", found.by_source),
        ("service", found.by_service),
    ):
        if len(groups) > 1:
            parts += [Text(), _groups(name, groups)]
    if found.yardstick is not None:
        strongest = ", ".join(f"{name} {area:.2f}" for name, area in found.yardstick.strongest[:5])
        parts += [Text(), Text(f"The strongest fields, each alone: {strongest}.")]
    told = [check for check in found.fields if check.verdict in {"refused", "flagged"}]
    if told:
        table = _table("field", "alone", "")
        for check in told:
            style = "red" if check.verdict == "flagged" else "yellow"
            table.add_row(
                Text(check.name), _auc(check.auc), Text(f"{check.verdict}: {check.why}", style=style)
            )
        parts += [Text(), Text("Not learned from:"), table]
    return Group(*parts)


def _overall(overall: Ranking) -> RenderableType:
    table = _table("scores", "leads", "won", "rate", "95 % between")
    for band in overall.bands:
        span = f"{band.lowest:g}" if band.lowest == band.highest else f"{band.lowest:g}-{band.highest:g}"
        between = f"{words.percent(band.interval.low)} and {words.percent(band.interval.high)}"
        table.add_row(span, f"{band.leads:,}", f"{band.won:,}", words.percent(band.rate), between)
    tops = "; ".join(
        f"the top {words.percent(top.share)} hold {words.percent(top.found)} of the won leads "
        f"(lift {top.lift:.1f}, precision {words.percent(top.precision)})"
        for top in overall.tops
        if top.found is not None and top.lift is not None
    )
    return Group(
        table, Text(f"{tops[:1].upper()}{tops[1:]}. Average precision {overall.average_precision:.2f}.")
    )


def _groups(name: str, groups: Sequence[OfGroup]) -> Table:
    table = _table(name, "leads", "won", "AUC", "95 % between")
    for group in groups:
        ranking = group.ranking
        table.add_row(
            Text(group.name, style="dim" if ranking.uncertain else ""),
            f"{ranking.leads:,}",
            words.percent(ranking.rate),
            _auc(ranking.auc),
            "–" if ranking.interval is None else str(ranking.interval),
        )
    return table


def _auc(area: float | None) -> str:
    return "–" if area is None else f"{area:.2f}"


def _table(first: str, *columns: str) -> Table:
    table = Table(header_style="bold", pad_edge=False, box=None)
    table.add_column(first)
    for column in columns:
        table.add_column(column, justify="right" if column else "left")
    return table
