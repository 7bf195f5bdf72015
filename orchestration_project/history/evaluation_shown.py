"""What the UI shows of evaluations: a headline, tables and pictures; of a comparison also the page as a file.

The words are `evaluation/words.py`, the pictures `evaluation/pictures.py`. pandas is imported here.
"""

import base64
from collections.abc import Iterable, Sequence

import dagster as dg

from orchestration_project.history.comparing import compare
from orchestration_project.history.evaluation import pictures, words
from orchestration_project.history.evaluation.compare import Comparison
from orchestration_project.history.evaluation.page import comparison_page
from orchestration_project.history.evaluation.quality import Group, ScoreQuality
from orchestration_project.history.rescoring.rules import LIVE, rules_called
from orchestration_project.history.resources import History
from orchestration_project.history.store import write_whole
from orchestration_project.ledger.sides import Side
from orchestration_project.offer import capabilities
from orchestration_project.timezones import zone

SHOWN_MOVES = 25
Metadata = dict[str, dg.MetadataValue]  # type: ignore[type-arg]


def quality_metadata(found: ScoreQuality) -> Metadata:
    overall, yardstick = found.overall, found.yardstick
    shown: Metadata = {
        "headline": dg.MetadataValue.text(found.headline),
        "labels": dg.MetadataValue.text(f"{found.labels.words} {found.maturity.words}"),
        "leads with a sure outcome": dg.MetadataValue.int(found.labels.sure),
    }
    if overall.auc is not None:
        shown["AUC"] = dg.MetadataValue.float(round(overall.auc, 4))
        shown["won by score"] = _picture(pictures.won_by_band((("score", overall.bands),)))
        shown["by month"] = _picture(pictures.auc_by_group(found.by_time))
        shown["by source"] = _table(("source", "leads", "won", "AUC", "95 %"), _groups(found.by_source))
        shown["by service"] = _table(("service", "leads", "won", "AUC", "95 %"), _groups(found.by_service))
    if yardstick is not None and yardstick.share_found is not None:
        shown["share found"] = dg.MetadataValue.float(round(yardstick.share_found, 4))
    if (drawn := pictures.found_of_the_signal(found)) is not None:
        shown["found of the signal"] = _picture(drawn)
    told = [check for check in found.fields if check.verdict in {"refused", "flagged"}]
    if told:
        rows = [(check.name, check.verdict, check.why) for check in told]
        shown["not learned from"] = _table(("field", "", "why"), rows)
    return shown


def comparison_metadata(found: Comparison, history: History) -> Metadata:
    """Keeps the page beside history's tables, and says where."""
    business = history.playbook.business
    made_at = history.clock().astimezone(zone(business.time_zone))
    path = history.store.base / "comparison" / f"{found.after} beside {found.before}.html"
    write_whole(path, comparison_page(found, business=business.name, made_at=made_at).encode())
    header = ("", *(track.replace("_", " ") for track in found.tracks))
    matrix = [(found.tracks[place].replace("_", " "), *row) for place, row in enumerate(found.matrix)]
    moves = [(move.ref, move.before, move.after, move.why) for move in found.moves[:SHOWN_MOVES]]
    shown: Metadata = {
        "headline": dg.MetadataValue.text(words.headline(found)),
        "outcomes": dg.MetadataValue.text(words.of_outcomes(found.outcomes)),
        "people": dg.MetadataValue.text(words.of_people(found.tracks_by_people, "the track")),
        "costs": dg.MetadataValue.text(words.of_costs(found.cost_before, found.cost_after)),
        "page": dg.MetadataValue.path(str(path)),
        "moved share": dg.MetadataValue.float(round(found.moved_share, 4)),
        "tracks": _table(header, matrix),
        "tracks before and after": _picture(pictures.track_bars(found)),
        "score change": _picture(pictures.score_changes(found)),
    }
    if moves:
        shown["who moves"] = _table(("lead", "from", "to", "why"), moves)
    return shown


def compared(history: History, candidate: str, against: str | None = None) -> Comparison:
    """The candidate, or an older version, beside what was decided live, or beside the rules of that name.
    Raises LeadsError where they have no lead in common, and where one of them is not there or has a mistake.
    """
    ledger, live = history.ledger, history.playbook
    after, before = (
        rules_called(name, live, history.folder, ledger.playbooks, capabilities()).version
        for name in (candidate, against or LIVE)
    )
    return compare(
        ledger.sides,
        Side(version=before) if against else Side(otherwise=before),
        Side(version=after),
        names=(against or "decided live", candidate),
        tracks=tuple(track.name for track in live.tracks),
        since=None,
        until=None,
        now=history.clock(),
    )


def _groups(groups: Sequence[Group]) -> list[tuple[object, ...]]:
    return [
        (
            group.name,
            group.ranking.leads,
            words.percent(group.ranking.rate),
            "–" if group.ranking.auc is None else f"{group.ranking.auc:.2f}",
            "–" if group.ranking.interval is None else group.ranking.interval,
        )
        for group in groups
    ]


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> dg.MarkdownMetadataValue:
    lines = [_line(header), _line(["---"] * len(header)), *(_line(row) for row in rows)]
    return dg.MetadataValue.md("\n".join(lines))


def _line(cells: Iterable[object]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") for cell in cells) + " |"


def _picture(png: bytes) -> dg.MarkdownMetadataValue:
    return dg.MetadataValue.md(f"![picture](data:image/png;base64,{base64.b64encode(png).decode()})")
